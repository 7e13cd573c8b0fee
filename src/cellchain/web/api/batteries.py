"""Endpoints about batteries: search, facts, passport, genealogy, timeline, the label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from cellchain.contracts.assembly import view as assembly
from cellchain.contracts.custody import view as custody
from cellchain.contracts.passport import view as passports
from cellchain.core.errors import Refused
from cellchain.core.names import battery_id
from cellchain.ledger import view as explorer
from cellchain.services.access.shown import readable_passport
from cellchain.web.api.endpoint import Answer, Call, Endpoint, Paged
from cellchain.web.api.reading import LIST_OFFERS, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cellchain.web.page import Access

BATTERY = "/batteries/01/{gtin}/21/{serial}"
PASSPORT = "/passports/{passport:path}"
TEXT_MAX = 200


class BatteriesQuery(Paged, frozen=True, kw_only=True):
    """Which batteries. Several values of one facet are separated by commas."""

    text: str = ""
    sort: str = ""
    phase: str = ""
    status: str = ""
    category: str = ""
    holder: str = ""
    maker: str = ""


class BatteryShown(msgspec.Struct, frozen=True, kw_only=True):
    """A battery: what it is, who has which right to it, what it is made of."""

    battery: passports.BatteryRow
    custody: custody.CustodyRow | None
    item: assembly.ItemRow | None


class PassportsQuery(Paged, frozen=True, kw_only=True):
    """Which passports."""

    level: str | None = None
    """``item``, ``model`` or ``batch``."""
    phase: str | None = None
    operator: str | None = None


class GenealogyQuery(msgspec.Struct, frozen=True, kw_only=True):
    """How far to look."""

    up: int = 12
    """Steps towards the mine."""
    down: int = 12
    """Steps onwards."""


def battery_endpoints() -> Iterator[Endpoint]:
    """Yield the endpoints about batteries and passports."""
    yield Endpoint(
        method="GET",
        path="/batteries",
        name="batteries.search",
        summary="Search batteries by words and facets; each facet is counted.",
        answer=_search,
        query=BatteriesQuery,
        result=passports.Found,
        offers=LIST_OFFERS,
        rows=lambda found: list(found.rows),
        refusals=(422,),
        tag="batteries",
    )
    yield _about("", "batteries.show", "Show a battery.", answer=_show, result=BatteryShown)
    yield _about(
        "/hand-overs",
        "batteries.hand_overs",
        "How it went from hand to hand.",
        answer=_hand_overs,
        result=list[custody.HandOver],
    )
    yield _about(
        "/life", "batteries.life", "Its life line.", answer=_life, result=list[assembly.Stage]
    )
    yield _about(
        "/genealogy",
        "batteries.genealogy",
        "Where it came from and what became of it.",
        answer=_genealogy,
        result=assembly.Graph,
        query=GenealogyQuery,
    )
    yield _about(
        "/timeline",
        "batteries.timeline",
        "Everything that mentions it, the newest first.",
        answer=_timeline,
        result=explorer.Listed[explorer.EventRow],
        query=Paged,
    )
    yield listed(
        "/passports",
        "passports.list",
        "List passports, without their values.",
        query=PassportsQuery,
        find=passports.passports,
        result=explorer.Listed[passports.PassportRow],
        tag="batteries",
    )
    yield Endpoint(
        method="GET",
        path=PASSPORT,
        name="passports.show",
        summary="Show a passport with the values that the caller may read.",
        answer=_passport,
        access="public",  # values are left out one by one
        result=passports.PassportShown,
        refusals=(404,),
        tag="batteries",
    )


def _about(
    part: str,
    name: str,
    summary: str,
    *,
    answer: Callable[[Call], Answer],
    result: Any,
    query: type[msgspec.Struct] | None = None,
    access: Access = "member",
) -> Endpoint:
    return Endpoint(
        method="GET",
        path=BATTERY + part,
        name=name,
        summary=summary,
        answer=answer,
        access=access,
        query=query,
        result=result,
        refusals=(404, 422),
        tag="batteries",
    )


def _search(call: Call) -> Answer:
    query = call.query
    if len(query.text) > TEXT_MAX:
        raise Refused("web.query", f"text has at most {TEXT_MAX} characters")
    facets = {
        name: tuple(v for v in getattr(query, name).split(",") if v) for name in passports.FACETS
    }
    search = passports.BatterySearch(
        text=query.text, after=query.after or None, limit=query.limit, **facets
    )
    return Answer(data=passports.search_batteries(call.db, search))


def _show(call: Call) -> Answer:
    name = _named(call)
    found = passports.battery(call.db, name)
    if found is None:
        raise _none(name)
    return Answer(
        data=BatteryShown(
            battery=found,
            custody=custody.custody(call.db, name),
            item=assembly.item(call.db, name),
        )
    )


def _hand_overs(call: Call) -> Answer:
    return Answer(data=list(custody.hand_overs(call.db, _known(call))))


def _life(call: Call) -> Answer:
    return Answer(data=list(assembly.life(call.db, _known(call))))


def _genealogy(call: Call) -> Answer:
    up, down = call.query.up, call.query.down
    if not (0 <= up <= 50 and 0 <= down <= 50):  # noqa: PLR2004
        raise Refused("web.query", "up and down are 0 to 50 steps")
    return Answer(data=assembly.genealogy(call.db, _known(call), up_max=up, down_max=down))


def _timeline(call: Call) -> Answer:
    after, limit = call.query.after or None, call.query.limit
    return Answer(data=explorer.timeline(call.db, _known(call), after=after, limit=limit))


def _passport(call: Call) -> Answer:
    return Answer(data=readable_passport(call.db, call.viewer, call.path["passport"]))


def _named(call: Call) -> str:
    return battery_id(call.path["gtin"], call.path["serial"])


def _known(call: Call) -> str:
    name = _named(call)
    if passports.battery(call.db, name) is None:
        raise _none(name)
    return name


def _none(name: str) -> Refused:
    return Refused("web.not_found", f"there is no {name[:80]!a}")
