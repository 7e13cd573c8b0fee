"""What the page of a battery shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.contracts.assembly import view as assembly
from cellchain.contracts.assembly.view import Graph, ItemRow, Stage
from cellchain.contracts.custody import view as custody
from cellchain.contracts.custody.view import CustodyRow, HandOver
from cellchain.contracts.membership.view import names
from cellchain.contracts.passport import view as passports
from cellchain.contracts.passport.view import AttributeRow, BatteryRow, PassportRow
from cellchain.contracts.telemetry.view import GapRow, StreamRow, gaps, streams
from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId, DocumentId, battery_id
from cellchain.ledger.view import EventRow, timeline
from cellchain.services.access.interest import has_interest
from cellchain.services.access.reading import readable
from cellchain.services.gateway.series import Series
from cellchain.web.frame.chart import chart_svg, sentence
from cellchain.web.frame.genealogy import drawing
from cellchain.web.frame.journey import Stop, journey_svg
from cellchain.web.frame.rendering import asset
from cellchain.web.frame.scale import scale_of
from cellchain.web.page import Asked, Page, Shown
from cellchain.web.pages.battery.journey import journey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from cellchain.web.site import Site

CHART_POINTS = 240
CHANNELS = 3
TIMELINE = 12
FOREVER_MS = 253_402_300_799_999
OFFER_RIGHTS = ("holder", "owner", "responsible")
KEY_FACTS = (
    "health_capacity",
    "remaining_capacity",
    "capacity",
    "cycle_count",
    "chemistry",
    "weight",
)
"""What one wants to know first, in this order."""
KEY_FACTS_SHOWN = 4


class BatteryPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything on the page of a battery that the viewer may see."""

    battery: BatteryRow
    height: int
    """Of the block that all of it is of."""
    item: ItemRow | None
    custody: CustodyRow | None
    whole: str
    """The whole that it goes along with; itself where it stands alone."""
    rights: tuple[str, ...]
    """What the viewer's party has to it: ``holder``, ``owner``, ``responsible``."""
    passport: PassportRow | None
    attributes: tuple[AttributeRow, ...]
    """Those that the viewer may read."""
    missing: tuple[str, ...]
    life: tuple[Stage, ...]
    now: str
    """The stage that it is in."""
    hand_overs: tuple[HandOver, ...]
    genealogy: Graph
    stops: tuple[Stop, ...]
    """Where it, and what it is made of, has been."""
    documents: tuple[str, ...]
    """Those named as evidence that the viewer may open."""
    timeline: tuple[EventRow, ...]
    streams: tuple[StreamRow, ...]
    gaps: tuple[GapRow, ...]
    series: Series | None
    """The readings of one stream in a picture; ``None`` without any here."""
    from_ms: int
    """Time from which they are; of the stream that was asked for, or else the last one."""
    until_ms: int
    parties: dict[str, str]
    """Names of the parties on the page."""


def show(asked: Asked) -> Shown:
    """Show a battery.

    Raises:
        Refused: ``web.not_found``.
    """
    name = named(asked)
    found = passports.battery(asked.db, name)
    if found is None:
        raise Refused("web.not_found", f"no battery {name} is in the book")
    data = _data(asked, name, found)
    return Shown(
        template="battery/battery.html",
        data=data,
        title=name.rpartition("/")[2],
        about=_about(data),
        also={
            "genealogy": drawing(data.genealogy),
            "journey": journey_svg(data.stops, asset("world.svg")),
            "charts": _charts(data.series),
            "key_facts": _key_facts(data.attributes),
            "is_last": not data.streams or data.from_ms == data.streams[0].start_ms,
            "scales": [scale_of(unit) for unit in data.series.units] if data.series else [],
        },
    )


def named(asked: Asked) -> BatteryId:
    """Return the battery that the path names."""
    return battery_id(asked.path["gtin"], asked.path["serial"])


def _data(asked: Asked, name: BatteryId, found: BatteryRow) -> BatteryPage:
    db, party = asked.db, asked.viewer.party
    whole = assembly.outermost(db, name)
    rights = custody.custody(db, whole)
    passport = passports.passport(db, name)
    attributes = (
        readable(asked.viewer, passport.attributes, rights, passport.passport.operator)
        if passport
        else []
    )
    graph = assembly.genealogy(db, name, up_max=24, nodes_max=120)
    life = assembly.life(db, name)
    legs = custody.hand_overs(db, name)
    found_streams = streams(db, battery=name, limit=20)
    span_ms = _span_ms(asked, found_streams)
    return BatteryPage(
        battery=found,
        height=asked.site.views.head(asked.db).height,
        item=assembly.item(db, name),
        custody=custody.custody(db, name),
        whole=whole,
        rights=tuple(r for r in OFFER_RIGHTS if rights and party and getattr(rights, r) == party),
        passport=passport.passport if passport else None,
        attributes=tuple(attributes),
        missing=passport.missing if passport else (),
        life=life,
        now=_now(life),
        hand_overs=legs,
        genealogy=graph,
        stops=journey(db, graph, attributes, found.made_ms),
        documents=_documents(asked, attributes),
        timeline=timeline(db, name, limit=TIMELINE).rows,
        streams=found_streams,
        gaps=gaps(db, name, limit=20),
        series=_series(asked, name, span_ms),
        from_ms=span_ms[0],
        until_ms=span_ms[1],
        parties=names(db, _parties(found, rights, attributes, legs, life)),
    )


def _key_facts(attributes: Sequence[AttributeRow]) -> list[AttributeRow]:
    found = {value.name: value for value in attributes if value.value is not None}
    return [found[name] for name in KEY_FACTS if name in found][:KEY_FACTS_SHOWN]


def _now(life: Sequence[Stage]) -> str:
    """The stage that began last."""
    begun = [stage for stage in life if stage.count]
    return max(begun, key=lambda s: (s.time_ms or 0, life.index(s))).name if begun else ""


def _parties(
    found: BatteryRow,
    rights: CustodyRow | None,
    attributes: Sequence[AttributeRow],
    legs: Sequence[HandOver],
    life: Sequence[Stage],
) -> list[str]:
    known = [found.maker, *(value.stated_by for value in attributes)]
    known += [party for leg in legs for party in (leg.giver, leg.receiver) if party]
    known += [party for stage in life for party in stage.who]
    if rights:
        known += [rights.owner, rights.holder, rights.responsible, rights.offered_to or ""]
    return list(dict.fromkeys(party for party in known if party))


def _documents(asked: Asked, attributes: Sequence[AttributeRow]) -> tuple[str, ...]:
    named = dict.fromkeys(DocumentId(d) for value in attributes for d in value.evidence)
    return tuple(sorted(asked.site.documents.may_open(list(named), asked.viewer.party)))


def _span_ms(asked: Asked, found: Sequence[StreamRow]) -> tuple[int, int]:
    """Return the time of the stream that is asked for, or of the last: a drive, not all years."""
    wanted = asked.query.get("stream", "")
    named = [one for one in found if f"{one.device}/{one.boot}" == wanted]
    for one in (*named, *found):
        if one.start_ms is not None and one.end_ms is not None:
            return one.start_ms, one.end_ms + 1
    return 0, FOREVER_MS


def _series(asked: Asked, name: BatteryId, span_ms: tuple[int, int]) -> Series | None:
    readings = asked.site.readings
    if not has_interest(asked.viewer, asked.db, name) or readings.span_ms(name) is None:
        return None
    try:
        return readings.series(
            name,
            from_ms=span_ms[0],
            until_ms=span_ms[1],
            channels=readings.channels(name)[:CHANNELS],
            points=CHART_POINTS,
        )
    except Refused as refusal:
        if refusal.code != "telemetry.no_readings":
            raise
        return None  # erased, or kept elsewhere


def _charts(series: Series | None) -> list[tuple[str, Markup]]:
    if series is None:
        return []
    return [
        (sentence(series, place), chart_svg(series, place, place % 4 + 1))
        for place in range(len(series.channels))
    ]


def _about(data: BatteryPage) -> frozenset[str]:
    """The battery, its whole, its passport's model, and everybody on the page."""
    model = data.battery.battery.partition("/21/")[0]
    nodes = (node.subject for node in data.genealogy.nodes)
    return frozenset({data.battery.battery, data.whole, model, *data.parties, *nodes})


def _is_brief(site: Site, path: Mapping[str, str]) -> bool:
    """Readings are in files, and may be millions."""
    return site.readings.span_ms(battery_id(path["gtin"], path["serial"])) is None


BATTERY = Page(
    path="/batteries/01/{gtin}/21/{serial}",
    name="Battery",
    show=show,
    access="member",
    brief=_is_brief,
)
