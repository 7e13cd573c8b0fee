"""Who takes part, as tables: parties, keys, devices, licences, mandates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.ledger.view import Listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


class PartyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A party."""

    party: str
    name: str
    roles: tuple[str, ...]
    suspended: bool
    since_ms: int
    """When it was registered."""


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A key."""

    key: str
    party: str
    purposes: tuple[str, ...]
    """Contracts it may send to; empty: all."""
    valid_from_ms: int
    valid_until_ms: int | None
    revoked_ms: int | None
    device: str | None
    battery: str | None

    def valid(self, now_ms: int) -> bool:
        """Whether it may sign at ``now_ms``."""
        started = self.valid_from_ms <= now_ms and self.revoked_ms is None
        return started and (self.valid_until_ms is None or now_ms < self.valid_until_ms)


class DeviceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A device."""

    device: str
    party: str
    key: str
    battery: str | None
    """The battery it is built into, where it is bound to one."""


class LicenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A licence."""

    licence: str
    holder: str
    issuer: str
    activity: str
    site: str
    capacity_mg: int
    valid_from_ms: int
    valid_until_ms: int
    revoked_ms: int | None


class DelegationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A mandate in force or over by time; one that was revoked is in the log only."""

    principal: str
    agent: str
    scope: tuple[str, ...]
    until_ms: int
    mandate: str
    """Salted commitment to the written mandate."""


def parties(
    db: Connection,
    *,
    role: str | None = None,
    text: str = "",
    after: str | None = None,
    limit: int = 1000,
) -> Listed[PartyRow]:
    """Return parties in order of their ids; ``text`` is the beginning of words of id or name."""
    raise NotImplementedError


def party(db: Connection, identity: str) -> PartyRow | None:
    """Return a party."""
    raise NotImplementedError


def names(db: Connection, identities: Sequence[str]) -> dict[str, str]:
    """Return the display name of each of these parties that there is."""
    raise NotImplementedError


def keys_of(db: Connection, party: str) -> tuple[KeyRow, ...]:
    """Return the keys of a party, those that end last first."""
    raise NotImplementedError


def key(db: Connection, identity: str) -> KeyRow | None:
    """Return a key."""
    raise NotImplementedError


def devices(
    db: Connection,
    *,
    party: str | None = None,
    battery: str | None = None,
    after: str | None = None,
    limit: int = 1000,
) -> Listed[DeviceRow]:
    """Return devices in order of their ids."""
    raise NotImplementedError


def device(db: Connection, identity: str) -> DeviceRow | None:
    """Return a device."""
    raise NotImplementedError


def licences(db: Connection, party: str) -> tuple[LicenceRow, ...]:
    """Return the licences that a party holds or has issued."""
    raise NotImplementedError


def licence(db: Connection, identity: str) -> LicenceRow | None:
    """Return a licence."""
    raise NotImplementedError


def delegations(db: Connection, party: str) -> tuple[DelegationRow, ...]:
    """Return the mandates that a party gave or has."""
    raise NotImplementedError
