"""Passports with their values, and every battery with what one searches it by, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.contracts.custody.view import CustodyRow
from cellchain.contracts.material.view import LotRow
from cellchain.ledger.view import Listed

if TYPE_CHECKING:
    from sqlalchemy import Connection

FACETS = ("sort", "phase", "status", "category", "holder", "maker")
"""What batteries are counted by."""
COUNT_MAX = 10_000
"""Matches of a text that are counted; beyond it the counts are at least that."""


class AttributeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A value of a passport."""

    passport: str
    """The passport that it is stated in: the battery's own, or that of its batch or model."""
    name: str
    point: int
    """Number of the data point in the Commission's guidance."""
    access: str
    """``public``, ``legitimate-interest`` or ``authority``: who may read it."""
    dynamic: bool
    value: str | None
    """The value as JSON; ``None`` where this home cannot open it."""
    commitment: str
    evidence: tuple[str, ...]
    """Documents that support it."""
    stated_by: str
    stated_ms: int
    version: int
    position: int
    """Position of the event that stated it, for its proof."""


class PassportRow(msgspec.Struct, frozen=True, kw_only=True):
    """A passport."""

    passport: str
    level: str
    """``model``, ``batch`` or ``item``."""
    category: str
    phase: str
    operator: str
    """Who drafted it."""
    version: int
    commitment: str | None
    predecessors: tuple[str, ...]
    successors: tuple[str, ...]
    position: int
    """Position of the event that changed it last."""
    changed_ms: int
    """Time of the block that changed it last."""


class PassportShown(msgspec.Struct, frozen=True, kw_only=True):
    """A passport with its values, those of its batch and model included."""

    passport: PassportRow
    attributes: tuple[AttributeRow, ...]
    """In order of their points. The viewer's access is for the caller to look at."""
    missing: tuple[str, ...]
    """Public static attributes without a value anywhere."""


class BatteryRow(msgspec.Struct, frozen=True, kw_only=True):
    """A battery with what one searches it by."""

    battery: str
    sort: str
    """``cell``, ``module``, ``pack``, ``vehicle``; empty where it was only registered."""
    phase: str
    """Of its passport; empty without one."""
    status: str
    """Where its value is public knowledge of this home: the attribute ``status``; empty if not."""
    category: str
    holder: str
    """``contract:assembly`` for a part of another and for what has ended."""
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
    changed_ms: int
    """Block time of the last change of custody, item or passport."""


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
    """Whether ``total`` and counts are a lower bound, since a text matched more than `COUNT_MAX`."""
    facets: dict[str, tuple[tuple[str, int], ...]]
    """Facet → value and count, the most first; each is counted without its own choice."""


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of all batteries, or of those in a party's hands."""

    total: int
    by_sort: dict[str, int]
    by_phase: dict[str, int]
    by_status: dict[str, int]
    by_category: dict[str, int]
    in_service: int
    retired: int
    windows: int
    """Anchored windows of readings."""
    readings: int
    """Readings in them."""


class DraftRow(msgspec.Struct, frozen=True, kw_only=True):
    """A passport that waits to be issued."""

    passport: str
    category: str
    changed_ms: int
    stated: int
    """How many attributes have a value."""


class LackingRow(msgspec.Struct, frozen=True, kw_only=True):
    """An issued passport that lacks public values."""

    passport: str
    missing: int


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What needs a party."""

    batteries: tuple[CustodyRow, ...]
    """Batteries that are offered to it."""
    lots: tuple[LotRow, ...]
    """Lots that are offered to it."""
    drafts: tuple[DraftRow, ...]
    lacking: tuple[LackingRow, ...]
    offered: tuple[CustodyRow, ...]
    """Batteries that it offers, and that nobody has taken yet."""


def passport(db: Connection, identity: str) -> PassportShown | None:
    """Return a passport with its values; those of a battery take the place of its model's."""
    raise NotImplementedError


def passports(
    db: Connection,
    *,
    level: str | None = None,
    phase: str | None = None,
    operator: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Listed[PassportRow]:
    """Return passports in order of their ids."""
    raise NotImplementedError


def attribute(db: Connection, passport: str, name: str) -> AttributeRow | None:
    """Return one value of one passport, not of its model."""
    raise NotImplementedError


def battery(db: Connection, identity: str) -> BatteryRow | None:
    """Return a battery."""
    raise NotImplementedError


def search_batteries(db: Connection, search: BatterySearch) -> Found:
    """Return a page of batteries and the counts of every facet.

    The order is that of the facets' combinations (wholes before parts, living passports first)
    and of ids in each. Anything at all may be in the text: what is no letter or digit parts words.

    Raises:
        Refused: ``views.cursor``.
    """
    raise NotImplementedError


def fleet(db: Connection, *, holder: str | None = None) -> Fleet:
    """Return the figures of all batteries, or of those that a party holds."""
    raise NotImplementedError


def waiting_for(db: Connection, party: str, *, limit: int = 50) -> Waiting:
    """Return what needs a party, at most ``limit`` of each."""
    raise NotImplementedError
