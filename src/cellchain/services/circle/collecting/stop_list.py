"""The stops of one lorry in order, with times and goods, as CSV.

    order, trip, what, where, arrives, begins, leaves, opens, closes, kg, pallets, kwh, packs,
    class, un_number, proper_shipping_name, provision, packing, tunnel_code, note

A row each for leaving the depot, a stop, a break, and a return to unload. A break has the time at
which it begins and ends.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, NamedTuple

from cellchain.science.routing.breaks import BREAK_S
from cellchain.services.circle.collecting.day import LAST_S, THOUSAND, Stop, clock
from cellchain.services.circle.collecting.goods import NAMES, RULES, TUNNEL_CODE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cellchain.science.routing.breaks import Visit
    from cellchain.services.circle.collecting.task import LorryDay, Task


_BEGUN = re.compile(r";(?=\s*[=+\-@])")


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


def sheet_csv(rows: Sequence[Row]) -> bytes:
    """Return a stop list as CSV."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADS)
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def _inert(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    told = _BEGUN.sub(";'", cell)  # where a semicolon parts cells
    return f"'{told}" if told[:1] in {"=", "+", "-", "@", "\t"} else told


def rows_of(task: Task, one: LorryDay) -> Iterator[Row]:
    """Yield the lines of a lorry's day, in order."""
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
