"""Batteries: search with facets, compare, export, bulk upload."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec

from cellchain.contracts.assembly.view import ItemRow, item
from cellchain.contracts.custody.view import CustodyRow, custody
from cellchain.contracts.membership.view import names
from cellchain.contracts.passport.view import (
    FACETS,
    AttributeRow,
    BatteryRow,
    BatterySearch,
    Found,
    battery,
    passport,
    search_batteries,
)
from cellchain.core.errors import Refused
from cellchain.services.access.reading import readable
from cellchain.web.page import Asked, Page, Shown

TEXT_MAX = 200
COMPARED_MAX = 4
SHOWN = 40


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A value of a facet."""

    value: str
    count: int
    chosen: bool
    query: str
    """Of the page with this value chosen, or no longer."""


class BatteriesPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a search."""

    text: str
    found: Found
    facets: dict[str, tuple[Choice, ...]]
    following: str
    """Query of the next page; empty where this was the last."""
    export: str
    """Query of the same search, for exports."""
    chosen: int
    """How many values are chosen."""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """Batteries beside each other."""

    batteries: tuple[BatteryRow, ...]
    custody: dict[str, CustodyRow]
    items: dict[str, ItemRow]
    values: dict[str, dict[str, AttributeRow]]
    """Attribute → battery → value, as far as the viewer may read it."""
    missing: tuple[str, ...]
    """Names that are no batteries in the book."""


def show(asked: Asked) -> Shown:
    """Show a search."""
    text = asked.query.get("text", "")[:TEXT_MAX]
    chosen = {facet: tuple(asked.query.getlist(facet)) for facet in FACETS}
    search = BatterySearch(text=text, after=asked.query.get("after") or None, limit=SHOWN, **chosen)
    found = search_batteries(asked.db, search)
    pairs = [("text", text)] if text else []
    pairs += [(facet, value) for facet in FACETS for value in chosen[facet]]
    data = BatteriesPage(
        text=text,
        found=found,
        facets={facet: _choices(facet, found, pairs) for facet in FACETS},
        following=urlencode([*pairs, ("after", found.after)]) if found.after else "",
        export=urlencode([("text", text), *((f, ",".join(v)) for f, v in chosen.items() if v)]),
        chosen=sum(map(len, chosen.values())),
    )
    only = asked.query.get("part") == "results"
    template = "batteries/results.html" if only else "batteries/batteries.html"
    known = names(asked.db, _parties(data))
    return Shown(template=template, data=data, title="Batteries", also={"names": known})


def _parties(data: BatteriesPage) -> list[str]:
    """Return who is named on a page of a search."""
    facets = (choice.value for facet in ("holder", "maker") for choice in data.facets[facet])
    return list({*facets, *(row.holder for row in data.found.rows)} - {""})


def _choices(facet: str, found: Found, pairs: list[tuple[str, str]]) -> tuple[Choice, ...]:
    counted = dict(found.facets.get(facet, ()))
    values = [*counted, *(v for f, v in pairs if f == facet and v not in counted)]
    return tuple(
        Choice(
            value=value,
            count=counted.get(value, 0),
            chosen=(facet, value) in pairs,
            query=urlencode(_toggled(pairs, (facet, value))),
        )
        for value in values[:12]
    )


def _toggled(pairs: list[tuple[str, str]], pair: tuple[str, str]) -> list[tuple[str, str]]:
    return [one for one in pairs if one != pair] if pair in pairs else [*pairs, pair]


def compare(asked: Asked) -> Shown:
    """Show up to four batteries beside each other."""
    wanted = list(dict.fromkeys(asked.query.getlist("b")))
    if len(wanted) > COMPARED_MAX:
        raise Refused("web.query", f"{len(wanted)} batteries; at most {COMPARED_MAX} at once")
    rows = {name: battery(asked.db, name) for name in wanted}
    values: dict[str, dict[str, AttributeRow]] = {}
    for name, row in rows.items():
        found = passport(asked.db, name) if row else None
        if found is None:
            continue
        rights = custody(asked.db, row.whole or name) if row else None
        for value in readable(asked.viewer, found.attributes, rights, found.passport.operator):
            values.setdefault(value.name, {})[name] = value
    data = Compared(
        batteries=tuple(row for row in rows.values() if row),
        custody={n: c for n in wanted if (c := custody(asked.db, n))},
        items={n: i for n in wanted if (i := item(asked.db, n))},
        values=values,
        missing=tuple(name for name, row in rows.items() if row is None),
    )
    known = {p for row in data.batteries for p in (row.maker, row.holder) if p}
    known |= {value.stated_by for row in values.values() for value in row.values()}
    return Shown(
        template="batteries/compare.html",
        data=data,
        title="Compare batteries",
        also={"compared_values": values, "names": names(asked.db, list(known))},
        about=frozenset({*wanted, *known}),
    )


PAGES = (
    Page(path="/batteries", name="Batteries", show=show, access="member", nav=2),
    Page(path="/batteries/compare", name="Compare", show=compare, access="member"),
)
