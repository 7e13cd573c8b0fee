"""Batteries: one by its name, and a page of a search with the counts of every facet."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from sqlalchemy import Table, bindparam, func, select

from cellchain.contracts.passport.view.tables import (
    BATTERY,
    BATTERY_COUNT,
    FACETS,
    NO_HOLDER,
    NO_MAKER,
)
from cellchain.ledger.question import Question, among
from cellchain.ledger.table import clamped, read_cursor, write_cursor
from cellchain.ledger.view import matching

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

COUNT_MAX = 2_000
"""Matches of a text that are counted; beyond it the counts are at least that."""


class BatteryRow(msgspec.Struct, frozen=True, kw_only=True):
    """A battery with what one searches it by."""

    battery: str
    sort: str
    """``cell``, ``module``, ``pack``, ``vehicle``; empty where it was only registered."""
    phase: str
    """Of its passport; empty without one."""
    status: str
    """Of `STATUSES`; what the passport itself says of it is an attribute that few may read."""
    category: str
    holder: str
    """Who holds it, or the whole that it is a part of; ``contract:assembly`` for a cell that is a
    part, and for what has ended."""
    owner: str
    responsible: str
    maker: str
    gb_t_34014: str
    whole: str | None
    made_ms: int | None
    in_service_ms: int | None
    retired_ms: int | None
    mass_mg: int | None
    model: str
    """Its model's name, where this home may open it; else empty."""
    version: int
    """Of its passport; 0 without one."""


class BatterySearch(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for. Several values of one facet: any of them."""

    text: str = ""
    """Beginnings of words of serial, GTIN, codes and model, at most 200 characters."""
    sort: tuple[str, ...] = ()
    phase: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    holder: tuple[str, ...] = ()
    maker: tuple[str, ...] = ()
    after: str | None = None
    limit: int = 50


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a search, and how many there are of what."""

    rows: tuple[BatteryRow, ...]
    after: str | None
    total: int
    more: bool
    """Whether total and counts are lower bounds: a text matched more than `COUNT_MAX`."""
    facets: dict[str, tuple[tuple[str, int], ...]]
    """Facet → value and count, the most first; each is counted without its own choice."""


_BATTERY_BY_ID = Question(
    select(*[c for c in BATTERY.c if c.key != "facet"]).where(
        BATTERY.c.battery == bindparam("battery")
    ),
    BatteryRow,
)


def battery(db: Connection, identity: str) -> BatteryRow | None:
    """Return a battery."""
    return _BATTERY_BY_ID.first(db, battery=identity)


def search_batteries(db: Connection, search: BatterySearch) -> Found:
    """Return a page of batteries and the counts of every facet.

    The order is that of the facets' combinations (wholes before parts, living passports first)
    and of ids in each. Anything at all may be in the text: what is no letter or digit parts words.

    Raises:
        Refused: ``views.cursor``.
    """
    chosen = {facet: list(given) for facet in FACETS if (given := getattr(search, facet))}
    matched = matching("battery", search.text)
    if matched is not None:
        return _matches(db, search, chosen, matched.limit(COUNT_MAX + 1))
    rows, after = _page(db, search, chosen)
    facets = {facet: _summed(db, facet, chosen) for facet in FACETS}
    some = FACETS[0]
    return Found(
        rows=rows,
        after=after,
        total=sum(n for value, n in facets[some] if value in chosen.get(some, (value,))),
        more=False,
        facets=facets,
    )


_Chosen: TypeAlias = "Mapping[str, list[str]]"
"""The facets chosen, with the values that fit."""
_Page: TypeAlias = tuple[tuple[BatteryRow, ...], str | None]
"""Rows and the cursor behind them."""
_Row: TypeAlias = tuple[Any, ...]
"""A battery as its table has it."""
_COLUMNS = tuple(BATTERY.c.keys())
_PLACE = {name: _COLUMNS.index(name) for name in ("battery", "facet", *FACETS)}
_BATTERIES_OF: Question[_Row] = Question(
    select(BATTERY)
    .where(BATTERY.c.facet == bindparam("facet"), BATTERY.c.battery > bindparam("behind"))
    .order_by(BATTERY.c.battery)
    .limit(bindparam("limit"))
)


def _counts_of(facets: Iterable[str]) -> Table:
    """Return the smallest table of counts that knows these facets."""
    named = set(facets)
    if "holder" not in named:
        return NO_HOLDER
    return BATTERY_COUNT if "maker" in named else NO_MAKER


def _fits(table: Table, chosen: Iterable[str]) -> list[ColumnElement[bool]]:
    """Return what holds for rows of ``table`` with the facets chosen."""
    return [among(table.c[facet], facet) for facet in chosen]


@cache
def _sums(facet: str, others: tuple[str, ...]) -> Question[tuple[str, int]]:
    """Return how many batteries there are of each value of a facet, by other choices."""
    table = _counts_of({*others, facet})
    column, total = table.c[facet], func.sum(table.c.count)
    wanted = select(column, total.label("total")).where(*_fits(table, others)).group_by(column)
    return Question(wanted.order_by(total.desc(), column))


def _summed(db: Connection, facet: str, chosen: _Chosen) -> tuple[tuple[str, int], ...]:
    others = {name: values for name, values in chosen.items() if name != facet}
    rows = _sums(facet, tuple(others)).all(db, **others)
    return tuple([(value, int(count)) for value, count in rows])


@cache
def _combinations(chosen: tuple[str, ...]) -> Question[tuple[int]]:
    """Return the combinations of facets from one on, in order."""
    number = BATTERY_COUNT.c.facet
    wanted = select(number).where(number >= bindparam("first"), *_fits(BATTERY_COUNT, chosen))
    return Question(wanted.order_by(number).limit(bindparam("limit")))


def _page(db: Connection, search: BatterySearch, chosen: _Chosen) -> _Page:
    """Return a page of the batteries with the facets chosen.

    A combination is a run of the index, and has one battery at least: a page reads no more rows
    than it shows, and no more combinations.
    """
    limit = clamped(search.limit)
    first, last = _last(search)
    found: list[_Row] = []
    combinations = _combinations(tuple(chosen)).all(db, first=first, limit=limit + 2, **chosen)
    for (facet,) in combinations:
        if len(found) > limit:
            break
        behind = last if facet == first else ""
        found += _BATTERIES_OF.all(db, facet=facet, behind=behind, limit=limit + 1 - len(found))
    return _shown_page(found, limit)


def _matches(db: Connection, search: BatterySearch, chosen: _Chosen, matched: Select[Any]) -> Found:
    """Return a page of what a text matched, all of which is looked at."""
    limit, last = clamped(search.limit), _last(search)
    names = matched.cte("matched").prefix_with("MATERIALIZED")
    joined = names.join(BATTERY, BATTERY.c.battery == names.c.subject)
    found = db.execute(select(BATTERY).select_from(joined)).all()
    rows = list({row[0]: tuple(row) for row in found}.values())
    fitting = _fitting(rows, chosen)
    place = itemgetter(_PLACE["facet"], _PLACE["battery"])
    behind = (row for row in sorted(fitting, key=place) if place(row) > last)
    shown, after = _shown_page(list(islice(behind, limit + 1)), limit)
    return Found(
        rows=shown,
        after=after,
        total=len(fitting),
        more=len(found) > COUNT_MAX,
        facets={facet: _counted(rows, fitting, facet, chosen) for facet in FACETS},
    )


def _fitting(rows: Sequence[_Row], chosen: _Chosen, but: str = "") -> Sequence[_Row]:
    """Return the rows with the facets chosen, ``but`` one of them."""
    for facet, values in chosen.items():
        if facet != but:
            place = _PLACE[facet]
            rows = [row for row in rows if row[place] in values]
    return rows


def _counted(
    rows: Sequence[_Row], fitting: Sequence[_Row], facet: str, chosen: _Chosen
) -> tuple[tuple[str, int], ...]:
    """Return how many rows there are of each value of a facet, by the other choices."""
    others = _fitting(rows, chosen, facet) if facet in chosen else fitting
    counts = Counter(map(itemgetter(_PLACE[facet]), others))
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _last(search: BatterySearch) -> tuple[int, str]:
    """Return the place that a search goes on behind."""
    if search.after is None:
        return -1, ""
    place: tuple[int, str] = read_cursor(search.after, tuple[int, str])
    return place


def _shown_page(found: Sequence[_Row], limit: int) -> _Page:
    rows = tuple(_shown(row) for row in found[:limit])
    end = found[limit - 1] if len(found) > limit else None
    return rows, None if end is None else write_cursor((end[_PLACE["facet"]], end[0]))


def _shown(row: _Row) -> BatteryRow:
    values = dict(zip(_COLUMNS, row, strict=True))
    del values["facet"]
    return BatteryRow(**values)
