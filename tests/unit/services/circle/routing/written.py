"""Small instances as files."""

from __future__ import annotations

SOLOMON = """small

VEHICLE
NUMBER     CAPACITY
  2         10

CUSTOMER
CUST NO.   XCOORD.   YCOORD.    DEMAND   READY TIME   DUE DATE   SERVICE TIME

    0      0         0          0          0       100          0
    1      3         4          4          0        50         10
    2      6         8          5         20        60         10
    3      0         5          6          0       100         10
"""
SECTIONS = {
    "NODE_COORD": "1 0 0\n2 3 4\n3 6 8\n4 0 5",
    "DEMAND": "1 0\n2 4\n3 5\n4 6",
    "DEPOT": "1\n-1",
}
TOLD = {
    "NAME": "small",
    "TYPE": "CVRP",
    "DIMENSION": "4",
    "EDGE_WEIGHT_TYPE": "EUC_2D",
    "VEHICLES": "2",
    "CAPACITY": "10",
}


def vrplib(*, without=(), **changed):
    """Return an instance; keywords are specifications or, with ``_SECTION``, sections."""
    sections = {f"{name}_SECTION": rows for name, rows in SECTIONS.items()}
    told = dict(TOLD)
    for name, value in changed.items():
        (sections if name.endswith("_SECTION") else told)[name] = value
    for name in without:
        sections.pop(name, None)
        told.pop(name, None)
    lines = [f"{name} : {value}" for name, value in told.items()]
    lines += [f"{name}\n{rows}" for name, rows in sections.items()]
    return ("\n".join(lines) + "\nEOF\n").encode()
