"""Rules by which the numbers of an instance become integers; results compare under one rule only.

    round    to the nearest integer
    trunc    towards 0
    dimacs   ten times, then towards 0
    exact    a thousand times, then to the nearest integer
    double   not at all: distances are what they are

Source of the first four: PyVRP 0.14.1, ``read.py``; they are applied to every number of a file but
counts and costs of a unit of distance. Under ``double`` the search counts in ten-thousandths, with
times rounded to the safe side, and plans are costed in double precision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from cellchain.science.routing.problem import Integers

Floats: TypeAlias = NDArray[np.float64]

FINE = 10_000
"""Steps of the search in a unit, where nothing is rounded."""
SAFE = 1e-9
"""What a product in double precision may be off."""
OF_TYPE = {"CVRP": "round", "MDVRPTW": "exact", "HFVRP": "exact", "MTVRPTWR": "dimacs"}
"""`TYPE` of a VRPLIB file → the rule under which its best known value is published."""
SCALES = {"round": 1, "trunc": 1, "dimacs": 10, "exact": 1_000, "double": FINE}


@dataclass(frozen=True, slots=True)
class Rounding:
    """One of the rules."""

    name: str

    @property
    def scale(self) -> int:
        """Integers in a unit of the file."""
        return SCALES[self.name]

    @property
    def is_double(self) -> bool:
        """Whether nothing is rounded but inside the search."""
        return self.name == "double"

    def near(self, values: Floats) -> Integers:
        """Return distances and costs as integers."""
        scaled = self.scale * values
        return (np.trunc if self.name in {"trunc", "dimacs"} else np.rint)(scaled).astype(np.int64)

    def up(self, values: Floats) -> Integers:
        """Return what must not become less: times that something takes or begins at."""
        if not self.is_double:
            return self.near(values)
        return np.ceil(self.scale * values - SAFE * np.abs(values)).astype(np.int64)

    def down(self, values: Floats) -> Integers:
        """Return what must not become more: limits."""
        if not self.is_double:
            return self.near(values)
        return np.floor(self.scale * values + SAFE * np.abs(values)).astype(np.int64)

    def load(self, values: Floats, what: str) -> Integers:
        """Return amounts as integers.

        Raises:
            Refused: ``route.number``: nothing is rounded, and one is no whole number.
        """
        if not self.is_double:
            return self.near(values)
        broken = values[values != np.rint(values)]
        if len(broken):
            raise Refused(
                "route.number",
                f"{what} is {broken[0]:g}, and --round double rounds nothing",
                remedy="give whole amounts, or another rounding",
            )
        return values.astype(np.int64)


def rounding_of(kind: str, asked: str) -> Rounding:
    """Return the rule of a file's type, or the one that is asked for.

    Raises:
        Refused: ``route.round``: neither is known.
    """
    name = asked or OF_TYPE.get(kind.upper(), "")
    if name not in SCALES:
        told = f"there is no rounding {name!a}" if name else f"TYPE {kind[:40]!a} tells no rounding"
        raise Refused("route.round", told, remedy=f"name one of {', '.join(SCALES)} with --round")
    return Rounding(name)
