"""A day from its files: TOML, and CSV of stops, lorries and distances for who has spreadsheets.

    [day]
    date = 2026-03-02
    unload_min = 20              # at a depot, after each trip
    apart = [["north", "south"]] # stops of which no two ride on one trip

    [[depot]]
    id = "yard"
    latitude = 50.11
    longitude = 8.68
    opens = "06:00"
    closes = "20:00"

    [[lorry]]
    ...

    [[stop]]
    ...

The rows of `--stops` and `--lorries` follow those of the TOML, a column a field. `--distances` has
`from,to,km,minutes` and perhaps `tunnel`; a road leads one way, several rows of a pair are roads to
choose from, and where there is no row there is no road. Kilometres count in tens of metres.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import shown
from cellchain.services.analysis.toml_file import decoded
from cellchain.services.circle.collecting.day import PER_KM, Day, Road
from cellchain.services.circle.collecting.entries import (
    DayEntry,
    DepotEntry,
    LorryEntry,
    StopEntry,
    depot_of,
    lorry_of,
    number,
    seconds,
    stop_of,
)
from cellchain.services.circle.collecting.goods import EDITION, EDITION_YEARS, TUNNELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

T = TypeVar("T")
SHEET_BYTES_MAX = 1 << 26
CELL_MAX = 1_000
DEPOTS_MAX, LORRIES_MAX, STOPS_MAX, ROADS_MAX = 50, 300, 2_000, 1_000_000
APART_MAX = 20
"""Each is a way to measure a load."""
DETOUR, SPEED_KMH, UNLOAD_MIN = 1.3, 60.0, 30.0
"""What counts where a file says nothing; each is told with the answer."""
DETOUR_MAX, SPEED_MAX_KMH = 3.0, 130.0
ROAD_COLUMNS = "from", "to", "km", "minutes"
_DAY = re.compile(rb"^[ \t]*\[\[?[ \t]*(day|depot|lorry|stop)[ \t]*\]", re.MULTILINE)
TEMPLATE = """\
[day]
date = 2026-03-02
detour = 1.3      # of the great circle; without a table of distances
speed_kmh = 60
unload_min = 20   # at the depot, after each trip
# apart = [["north", "south"]]   # stops of which no two ride on one trip

[[depot]]
id = "yard"
latitude = 50.11
longitude = 8.68
opens = "06:00"
closes = "20:00"

[[lorry]]
id = "F-AB 12"
depot = "yard"
capacity_kg = 7500
pallets = 15
energy_kwh = 900
damaged_packs = 4
cost_eur_per_km = 1.2
fixed_cost_eur = 180
begins = "06:00"
ends = "16:00"
drive_h_max = 9
adr = ["intact", "damaged_noncritical", "critical"]
trips = 1         # rounds beside those of critical packs

[[stop]]
id = "north"
latitude = 50.3
longitude = 8.7
weight_kg = 820
pallets = 2
energy_kwh = 120
packs = 2
damage_class = "intact"
un_number = 3480
opens = "08:00"
closes = "12:00"
service_min = 30

[[stop]]
id = "south"
latitude = 49.9
longitude = 8.6
weight_kg = 410
pallets = 1
energy_kwh = 60
packs = 1
damage_class = "critical"
un_number = 3480
service_min = 45
ready = "07:00"
"""


@dataclass(frozen=True, slots=True)
class DayFiles:
    """What a day is read from."""

    day: bytes
    stops: bytes | None = None
    lorries: bytes | None = None
    distances: bytes | None = None


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    day: DayEntry
    depot: tuple[DepotEntry, ...] = ()
    lorry: tuple[LorryEntry, ...] = ()
    stop: tuple[StopEntry, ...] = ()


def is_day(data: bytes) -> bool:
    """Say whether a file is a day of ours, and no instance of others."""
    return _DAY.search(data) is not None


def read_day(files: DayFiles) -> Day:
    """Return the day that stands in some files.

    Raises:
        Refused: ``route.day``: the TOML is none; ``route.sheet``: a CSV is none; ``route.size``;
            ``route.twice``, ``route.unknown``, ``route.number``, ``route.clock``,
            ``route.windows``, ``route.packs``, ``route.name``, ``route.depot``,
            ``route.vehicles``, ``route.nothing``, ``route.places``, ``route.road``: what cannot be.
    """
    try:
        told = decoded(files.day, _File)
    except ValueError as error:
        raise Refused(
            "route.day", f"this is no day: {error}",
            remedy="begin with --template --out day.toml",
        ) from error  # fmt: skip
    lorries = (*told.lorry, *_sheet("lorries", files.lorries, LorryEntry, LORRIES_MAX))
    stops = (*told.stop, *_sheet("stops", files.stops, StopEntry, STOPS_MAX))
    _check_counts(len(told.depot), len(lorries), len(stops))
    depot_ids = [one.id for one in told.depot]
    ids = [*depot_ids, *(one.id for one in stops)]
    _check_once("place", ids)
    _check_once("lorry", [one.id for one in lorries])
    detour, speed, unload, assumed = _constants(told.day, with_table=files.distances is not None)
    day = Day(
        date=told.day.date,
        depots=tuple(map(depot_of, told.depot)),
        lorries=tuple(lorry_of(one, depot_ids) for one in lorries),
        stops=tuple(map(stop_of, stops)),
        apart=_apart(told.day, ids, len(depot_ids)),
        unload_s=seconds("unload_min", unload),
        detour=detour,
        speed_kmh=speed,
        roads=None if files.distances is None else tuple(_roads(files.distances, ids)),
        assumed=assumed,
    )
    _check_places(day)
    return day


def _check_counts(depots: int, lorries: int, stops: int) -> None:
    if not depots:
        raise Refused("route.depot", "there is no [[depot]]", remedy="add one")
    if not lorries:
        raise Refused("route.vehicles", "there is no [[lorry]]", remedy="add one")
    if not stops:
        raise Refused("route.nothing", "there is no [[stop]]", remedy="add one")
    for what, count, most in (
        ("depots", depots, DEPOTS_MAX), ("lorries", lorries, LORRIES_MAX),
        ("stops", stops, STOPS_MAX),
    ):  # fmt: skip
        if count > most:
            raise Refused("route.size", f"{count} {what}", remedy=f"give up to {most}")


def _check_once(sort: str, names: Sequence[str]) -> None:
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise Refused(
            "route.twice", f"two have the {sort} id {shown(twice[0])!a}",
            remedy="give each its own",
        )  # fmt: skip


def _constants(day: DayEntry, *, with_table: bool) -> tuple[float, float, float, tuple[str, ...]]:
    assumed = []
    detour = DETOUR if day.detour is None else day.detour
    speed = SPEED_KMH if day.speed_kmh is None else day.speed_kmh
    unload = UNLOAD_MIN if day.unload_min is None else day.unload_min
    if not with_table:
        assumed.append(f"a road is {detour:g} times the great circle, driven at {speed:g} km/h")
    if day.date.year not in EDITION_YEARS:
        assumed.append(f"{EDITION} counts, which is not the edition of {day.date.isoformat()}")
    if day.unload_min is None:
        assumed.append(f"unloading at a depot takes {unload:g} minutes after each trip")
    return (
        number("detour", detour, least=1, most=DETOUR_MAX),
        number("speed_kmh", speed, least=1, most=SPEED_MAX_KMH),
        unload,
        tuple(assumed),
    )


def _apart(day: DayEntry, ids: Sequence[str], depots: int) -> tuple[tuple[int, ...], ...]:
    places = {name: place for place, name in enumerate(ids) if place >= depots}
    if len(day.apart) > APART_MAX:
        raise Refused("route.size", f"{len(day.apart)} lists apart", remedy=f"give {APART_MAX}")
    found = []
    for names in day.apart:
        for name in names:
            if name not in places:
                raise Refused(
                    "route.unknown", f"apart names {shown(name)!a}, which is no stop",
                    remedy="name stops by their id",
                )  # fmt: skip
        _check_once("stop", names)
        found.append(tuple(places[name] for name in names))
    return tuple(found)


def _check_places(day: Day) -> None:
    for one in day.places if day.roads is None else ():
        if one.at is None:
            raise Refused(
                "route.places", f"{one.id} has no coordinates, and there is no table of distances",
                remedy="give latitude and longitude, or --distances",
            )  # fmt: skip


def _rows(what: str, data: bytes, most: int) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a sheet with their lines; empty cells are left out."""
    if len(data) > SHEET_BYTES_MAX:
        raise Refused("route.size", f"the sheet of {what} has more than 64 MiB")
    try:
        lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        heads = [cell.strip() for cell in next(lines, [])]
        _check_once(f"column of {what},", heads)
        for place, cells in enumerate(line for line in lines if line):
            if place >= most:
                raise Refused("route.size", f"more than {most} {what}")
            if len(cells) != len(heads):
                raise ValueError(
                    f"line {lines.line_num} has {len(cells)} cells, the head {len(heads)}"
                )
            told = zip(heads, map(str.strip, cells), strict=True)
            yield lines.line_num, {name: cell[:CELL_MAX] for name, cell in told if cell}
    except (ValueError, csv.Error) as error:
        raise Refused(
            "route.sheet", f"this is no sheet of {what}: {shown(str(error), 200)}",
            remedy="save it as CSV with commas, in UTF-8",
        ) from error  # fmt: skip


def _sheet(what: str, data: bytes | None, kind: type[T], most: int) -> Iterator[T]:
    for line, row in () if data is None else _rows(what, data, most):
        cells = row | ({"adr": row["adr"].split()} if "adr" in row else {})
        try:
            yield msgspec.convert(cells, kind, strict=False)
        except (msgspec.MsgspecError, ValueError) as error:
            raise Refused(
                "route.sheet", f"line {line} of {what}: {shown(str(error), 200)}",
                remedy="name and fill the columns as the fields of the TOML",
            ) from error  # fmt: skip


def _roads(data: bytes, ids: Sequence[str]) -> Iterator[Road]:
    places = {name: place for place, name in enumerate(ids)}
    known: set[Road] = set()
    for line, row in _rows("distances", data, ROADS_MAX):
        if not set(ROAD_COLUMNS) <= row.keys() <= {*ROAD_COLUMNS, "tunnel"}:
            raise Refused(
                "route.sheet", f"line {line} of distances has {', '.join(sorted(row))[:200]}",
                remedy=f"give {', '.join(ROAD_COLUMNS)}, and perhaps tunnel",
            )  # fmt: skip
        one = _road(f"line {line} of distances", row, places)
        if one in known:
            raise Refused(
                "route.twice", f"line {line} of distances says again what another one says",
                remedy="leave it out",
            )  # fmt: skip
        known.add(one)
        yield one


def _road(where: str, row: dict[str, str], places: dict[str, int]) -> Road:
    begin, end = row["from"], row["to"]
    for name in (begin, end):
        if name not in places:
            raise Refused(
                "route.unknown", f"{where} names {shown(name)!a}, which is no place",
                remedy="name depots and stops by their id",
            )  # fmt: skip
    if begin == end:
        raise Refused("route.road", f"{where} leads from {shown(begin)!a} to itself")
    tunnel = row.get("tunnel", "")
    if tunnel and (len(tunnel) > 1 or tunnel not in TUNNELS):
        raise Refused(
            "route.road", f"{where} has a tunnel of category {shown(tunnel)!a}",
            remedy="give A to E, or nothing",
        )  # fmt: skip
    try:
        km, minutes = float(row["km"]), float(row["minutes"])
    except ValueError as error:
        raise Refused("route.sheet", f"{where}: {shown(str(error))}") from error
    if km * 60 > SPEED_MAX_KMH * minutes:
        raise Refused(
            "route.road", f"{where} is {km:g} km in {minutes:g} minutes",
            remedy=f"give roads at most {SPEED_MAX_KMH:g} km/h",
        )  # fmt: skip
    return Road(
        places[begin], places[end], round(number(f"{where}: km", km) * PER_KM),
        seconds(f"{where}: minutes", minutes), tunnel,
    )  # fmt: skip
