"""Who owns, holds and answers for each battery, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from sqlalchemy import Connection


class CustodyRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who has which right to a battery."""

    battery: str
    owner: str
    holder: str
    responsible: str
    gb_t_34014: str
    offered_to: str | None
    offered: tuple[str, ...]
    """What the pending offer gives away; empty without one."""
    offer_ends_ms: int | None

    @property
    def giver(self) -> str | None:
        """Who made the pending offer."""
        return getattr(self, self.offered[0]) if self.offered else None

    @property
    def installed(self) -> bool:
        """Whether a contract holds it as a part of another, whose hands then count."""
        return self.holder.startswith("contract:")


class HandOver(msgspec.Struct, frozen=True, kw_only=True):
    """A battery changed hands, was registered, or left a whole."""

    battery: str
    position: int
    height: int
    time_ms: int
    transaction: str | None
    giver: str | None
    """``None`` where it was registered or left a whole."""
    receiver: str
    changes: tuple[str, ...]
    """``holder``, ``owner``, ``responsible``: what the receiver became."""


def custody(db: Connection, battery: str) -> CustodyRow | None:
    """Return who has which right to a battery."""
    raise NotImplementedError


def by_code(db: Connection, code: str) -> str | None:
    """Return the battery that bears a GB/T 34014 code."""
    raise NotImplementedError


def offers_to(db: Connection, party: str, *, limit: int = 1000) -> tuple[CustodyRow, ...]:
    """Return the batteries that are offered to a party, over by time or not."""
    raise NotImplementedError


def offers_by(db: Connection, party: str, *, limit: int = 1000) -> tuple[CustodyRow, ...]:
    """Return the batteries that a party offers."""
    raise NotImplementedError


def hand_overs(db: Connection, battery: str, *, limit: int = 1000) -> tuple[HandOver, ...]:
    """Return how a battery went from hand to hand, the first first."""
    raise NotImplementedError
