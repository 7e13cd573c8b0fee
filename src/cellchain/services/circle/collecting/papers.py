"""What a driver carries: for each lorry its stops in order, with times, goods and papers, as CSV.

    order, trip, what, where, arrives, begins, leaves, opens, closes, kg, pallets, kwh, packs,
    class, un_number, proper_shipping_name, provision, packing, tunnel_code, note

A row each for leaving the depot, a stop, a break, and a return to unload. A break has the time at
which it begins and ends.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from cellchain.science.routing.breaks import BREAK_S
from cellchain.services.circle.collecting.day import HOUR_S, LAST_S, PER_KM, THOUSAND, Stop, clock
from cellchain.services.circle.collecting.goods import (
    EDITION,
    NAMES,
    RULES,
    TUNNEL_CODE,
    documents,
)
from cellchain.services.circle.collecting.papers_pdf import sheet_pdf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.science.routing.breaks import Visit
    from cellchain.services.circle.collecting.day_routes import RoutedDay
    from cellchain.services.circle.collecting.task import LorryDay, Task

ZIP_TIME = (1980, 1, 1, 0, 0, 0)
"""The same files make the same archive."""


class Row(NamedTuple):
    """A line of a stop list; all text."""

    order: str
    trip: str
    what: str
    where: str
    arrives: str
    begins: str
    leaves: str
    opens: str = ""
    closes: str = ""
    kg: str = ""
    pallets: str = ""
    kwh: str = ""
    packs: str = ""
    damage_class: str = ""
    un_number: str = ""
    proper_shipping_name: str = ""
    provision: str = ""
    packing: str = ""
    tunnel_code: str = ""
    note: str = ""


HEADS = tuple(name.replace("damage_class", "class") for name in Row._fields)


def papers_of(found: RoutedDay) -> dict[str, bytes]:
    """Return the files of all lorries that drive, by name: a CSV and a PDF each.

    Raises:
        Refused: ``papers.no_reportlab``: the extra is not installed.
    """
    files = {}
    for one in found.lorries:
        lorry = found.task.day.lorries[one.lorry]
        name = f"{one.lorry + 1:03d}-{re.sub(r'[^A-Za-z0-9-]+', '_', lorry.id)}"
        rows = list(_rows(found.task, one))
        files[f"{name}.csv"] = _csv(rows)
        files[f"{name}.pdf"] = sheet_pdf(
            f"Lorry {lorry.id}, {found.task.day.date.isoformat()}",
            _summary(found.task, one), rows, _notes(found, one),
        )  # fmt: skip
    return files


def zipped(files: dict[str, bytes]) -> bytes:
    """Return files as one archive, the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, ZIP_TIME), content)
    return out.getvalue()


def _csv(rows: list[Row]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADS)
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def _inert(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t"} else cell


def _rows(task: Task, one: LorryDay) -> Iterator[Row]:
    depot = task.day.depots[task.day.lorries[one.lorry].depot]
    order, visits = 0, iter(one.visits)
    yield Row("0", "1", "leave", depot.id, "", "", clock(one.start_s))
    for trip, places in enumerate(one.trips, start=1):
        for place in places:
            visit, order = next(visits), order + 1
            stop = task.day.stops[place - len(task.day.depots)]
            yield from _breaks(trip, visit, stop.id)
            yield _stop(order, trip, stop, visit)
        visit = next(visits)
        yield from _breaks(trip, visit, depot.id)
        yield Row(
            "", str(trip), "unload", depot.id, clock(visit.arrives_s), clock(visit.begins_s),
            clock(visit.leaves_s), clock(depot.opens_s), clock(depot.closes_s),
        )  # fmt: skip


def _breaks(trip: int, visit: Visit, where: str) -> Iterator[Row]:
    for begins_s in visit.breaks_s:
        there = begins_s >= visit.arrives_s
        yield Row(
            "", str(trip), "break", f"{'at' if there else 'on the way to'} {where}",
            "", clock(begins_s), clock(begins_s + BREAK_S),
            note="45 min, Regulation (EC) 561/2006, article 7",
        )  # fmt: skip


def _stop(order: int, trip: int, stop: Stop, visit: Visit) -> Row:
    rule = RULES[stop.damage_class]
    kg, pallets, kwh, _ = (f"{one / THOUSAND:g}" for one in stop.load)
    return Row(
        order=str(order), trip=str(trip), what="load", where=stop.id,
        arrives=clock(visit.arrives_s), begins=clock(visit.begins_s), leaves=clock(visit.leaves_s),
        opens=clock(stop.opens_s), closes=clock(stop.closes_s) if stop.closes_s < LAST_S else "",
        kg=kg, pallets=pallets, kwh=kwh, packs=str(stop.packs),
        damage_class=stop.damage_class, un_number=f"UN {stop.un_number}",
        proper_shipping_name=NAMES[stop.un_number], provision=rule.provision, packing=rule.packing,
        tunnel_code=TUNNEL_CODE, note=rule.note,
    )  # fmt: skip


def _summary(task: Task, one: LorryDay) -> str:
    kind = task.problem.vehicle_types[one.lorry]
    matrix, km = task.problem.distance[kind.profile], 0.0
    for trip in one.trips:
        path = (kind.start_depot, *trip, kind.end_depot)
        km += sum(int(matrix[edge]) for edge in pairwise(path)) / PER_KM
    breaks = sum(len(visit.breaks_s) for visit in one.visits)
    return (
        f"{sum(map(len, one.trips))} stops on {len(one.trips)} trips, {km:.1f} km,"
        f" {one.driven_s / HOUR_S:.2f} h of driving, {breaks} breaks; leaves"
        f" {clock(one.start_s)}, done {clock(one.visits[-1].leaves_s)}"
    )


def _notes(found: RoutedDay, one: LorryDay) -> list[str]:
    task = found.task
    lorry = task.day.lorries[one.lorry]
    states = {task.day.stops[place - len(task.day.depots)].damage_class
              for trip in one.trips for place in trip}  # fmt: skip
    tunnels = (
        "Tunnels of category E are open to it: it takes at most 333 kg (1.1.3.6, 8.6.3.3)."
        if lorry.may_pass
        else f"Tunnels of category E are closed to it: code {TUNNEL_CODE} (8.6.4)."
    )
    return [
        f"The driver carries ({EDITION}):",
        *(f"- {paper}" for paper in documents(states, exempt=lorry.may_pass)),
        tunnels,
        *(f"Assumed: {one}." for one in task.day.assumed),
        "A plan, no transport document: a person who is trained for it checks goods and papers.",
    ]
