"""Batteries: one by its name, and a page of a search with the counts of every facet."""

from __future__ import annotations

from collections import Counter
from operator import attrgetter
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
from cellchain.ledger.question import Question
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
    chosen = {facet: getattr(search, facet) for facet in FACETS if getattr(search, facet)}
    matched = matching("battery", search.text)
    if matched is None:
        rows, after = _page(db, search, chosen)
        return Found(
            rows=rows,
            after=after,
            total=_total(db, chosen),
            more=False,
            facets={facet: _summed(db, facet, chosen) for facet in FACETS},
        )
    return _matches(db, search, chosen, matched.limit(COUNT_MAX + 1))


def _counts_of(facets: Iterable[str]) -> Table:
    """Return the smallest table of counts that knows these facets."""
    named = set(facets)
    if "holder" not in named:
        return NO_HOLDER
    return BATTERY_COUNT if "maker" in named else NO_MAKER


def _where(
    table: Table, chosen: Mapping[str, Sequence[str]], but: str = ""
) -> list[ColumnElement[bool]]:
    """Return what holds for rows of ``table`` with the facets chosen, ``but`` one of them."""
    return [table.c[facet].in_(values) for facet, values in chosen.items() if facet != but]


def _summed(
    db: Connection, facet: str, chosen: Mapping[str, Sequence[str]]
) -> tuple[tuple[str, int], ...]:
    """Return how many batteries there are of each value of a facet, by the other choices."""
    table = _counts_of({*chosen, facet})
    column, total = table.c[facet], func.sum(table.c.count)
    wanted = select(column, total).where(*_where(table, chosen, facet)).group_by(column)
    rows = db.execute(wanted.order_by(total.desc(), column))
    return tuple([(value, int(count)) for value, count in rows])


def _total(db: Connection, chosen: Mapping[str, Sequence[str]]) -> int:
    table = _counts_of(chosen)
    wanted = select(func.coalesce(func.sum(table.c.count), 0)).where(*_where(table, chosen))
    return int(db.execute(wanted).scalar_one())


_Page: TypeAlias = tuple[tuple[BatteryRow, ...], str | None]
"""Rows and the cursor behind them."""


def _page(db: Connection, search: BatterySearch, chosen: Mapping[str, Sequence[str]]) -> _Page:
    """Return a page of the batteries with the facets chosen.

    A combination is a run of the index, and has one battery at least: a page reads no more rows
    than it shows, and no more combinations.
    """
    limit = clamped(search.limit)
    last = _last(search)
    numbers = select(BATTERY_COUNT.c.facet).where(BATTERY_COUNT.c.facet >= last[0])
    numbers = numbers.where(*_where(BATTERY_COUNT, chosen)).order_by(BATTERY_COUNT.c.facet)
    found: list[Any] = []
    for facet in db.execute(numbers.limit(limit + 2)).scalars().all():
        if len(found) > limit:
            break
        wanted = select(BATTERY).where(BATTERY.c.facet == facet)
        if facet == last[0]:
            wanted = wanted.where(BATTERY.c.battery > last[1])
        ordered = wanted.order_by(BATTERY.c.battery).limit(limit + 1 - len(found))
        found += db.execute(ordered).mappings()
    return _shown_page(found, limit)


def _matches(
    db: Connection,
    search: BatterySearch,
    chosen: Mapping[str, Sequence[str]],
    matched: Select[Any],
) -> Found:
    """Return a page of what a text matched, all of which is looked at."""
    limit, last = clamped(search.limit), _last(search)
    names = matched.cte("matched").prefix_with("MATERIALIZED")
    joined = names.join(BATTERY, BATTERY.c.battery == names.c.subject)
    found = db.execute(select(BATTERY).select_from(joined)).all()
    rows = list({row.battery: row for row in found}.values())
    fitting = _fitting(rows, chosen)
    ordered = sorted(fitting, key=lambda row: (row.facet, row.battery))
    behind = [row for row in ordered if (row.facet, row.battery) > last]
    page = [row._mapping for row in behind[: limit + 1]]  # noqa: SLF001  # its public name
    shown, after = _shown_page(page, limit)
    return Found(
        rows=shown,
        after=after,
        total=len(fitting),
        more=len(found) > COUNT_MAX,
        facets={facet: _counted(rows, fitting, facet, chosen) for facet in FACETS},
    )


def _fitting(rows: Sequence[Any], chosen: Mapping[str, Sequence[str]], but: str = "") -> list[Any]:
    """Return the rows with the facets chosen, ``but`` one of them."""
    fitting = list(rows)
    for facet, values in chosen.items():
        if facet != but:
            fitting = [row for row in fitting if getattr(row, facet) in values]
    return fitting


def _counted(
    rows: Sequence[Any], fitting: Sequence[Any], facet: str, chosen: Mapping[str, Sequence[str]]
) -> tuple[tuple[str, int], ...]:
    """Return how many rows there are of each value of a facet, by the other choices."""
    others = _fitting(rows, chosen, facet) if facet in chosen else fitting
    counts = Counter(map(attrgetter(facet), others))
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _last(search: BatterySearch) -> tuple[int, str]:
    """Return the place that a search goes on behind."""
    if search.after is None:
        return -1, ""
    place: tuple[int, str] = read_cursor(search.after, tuple[int, str])
    return place


def _shown_page(found: Sequence[Any], limit: int) -> _Page:
    rows = tuple(_without_facet(row) for row in found[:limit])
    end = found[limit - 1] if len(found) > limit else None
    return rows, None if end is None else write_cursor((end["facet"], end["battery"]))


def _without_facet(row: Mapping[str, Any]) -> BatteryRow:
    return BatteryRow(**{name: value for name, value in row.items() if name != "facet"})
