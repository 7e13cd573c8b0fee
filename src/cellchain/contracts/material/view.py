"""Lots of material and the runs that turned them into others, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.ledger.view import Listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection


class LotRow(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity of one material."""

    lot: str
    holder: str
    material: str
    mass_mg: int
    """Mass produced."""
    consumed_mg: int
    assay_ppm: dict[str, int]
    """Mass share by element symbol."""
    made_ms: int
    site: str
    run: str | None
    """The run it came from; ``None``: mined, bought or collected."""
    licence: str | None
    """The mining licence under which it was won."""
    waste_origin: str
    gained_ppm: int
    offered_to: str | None
    offer_ends_ms: int | None

    @property
    def remaining_mg(self) -> int:
        """Mass that is still there."""
        return self.mass_mg - self.consumed_mg


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """Inputs that became outputs."""

    run: str
    process: str
    operator: str
    site: str
    time_ms: int
    inputs: tuple[tuple[str, int], ...]
    """Lots and masses, milligrams."""
    batteries: tuple[str, ...]
    """Batteries that were taken apart, where the inputs were no lots."""
    outputs: tuple[tuple[str, int], ...]
    added_mg: int
    added: str
    loss_mg: int
    uncertainty_ppm: int


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a mass of a lot went into."""

    position: int
    time_ms: int
    by: str
    use: str
    """The run it went into, or what else it was used for, for people."""
    run: str | None
    """The run, where it was one."""
    mass_mg: int


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """A mass that went from a lot into a run, or from a run into a lot."""

    source: str
    target: str
    mass_mg: int
    kind: str
    """``input`` (lot → run) or ``output`` (run → lot)."""


class LotFacets(msgspec.Struct, frozen=True, kw_only=True):
    """How many lots there are, by material, holder and origin of waste; the most first."""

    material: tuple[tuple[str, int], ...]
    holder: tuple[tuple[str, int], ...]
    waste_origin: tuple[tuple[str, int], ...]
    total: int


def lot(db: Connection, identity: str) -> LotRow | None:
    """Return a lot."""
    raise NotImplementedError


def lots(
    db: Connection,
    *,
    material: str | None = None,
    holder: str | None = None,
    waste_origin: str | None = None,
    offered_to: str | None = None,
    left: bool = False,
    text: str = "",
    after: str | None = None,
    limit: int = 50,
) -> Listed[LotRow]:
    """Return lots in order of their ids; with ``left`` only those of which something is left.

    ``text`` is the beginning of words of id, material or site.
    """
    raise NotImplementedError


def lot_facets(
    db: Connection, *, material: str | None = None, holder: str | None = None
) -> LotFacets:
    """Return how many lots there are of what; each facet is counted without its own choice."""
    raise NotImplementedError


def run(db: Connection, identity: str) -> RunRow | None:
    """Return a run."""
    raise NotImplementedError


def uses(db: Connection, lot: str, *, limit: int = 1000) -> tuple[Use, ...]:
    """Return what a lot was used for, the first first."""
    raise NotImplementedError


def edges(db: Connection, subjects: Sequence[str]) -> tuple[Edge, ...]:
    """Return every edge at these lots and runs, once."""
    raise NotImplementedError


def sites(db: Connection, lots: Sequence[str]) -> Mapping[str, str]:
    """Return the site of each of these lots that there is."""
    raise NotImplementedError
