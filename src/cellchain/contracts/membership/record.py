"""What the ledger remembers about who takes part: parties, keys, devices, mandates, licences."""

from __future__ import annotations

from typing import NewType

from cellchain.core.names import BatteryId, DeviceId, Digest, KeyId, PartyId
from cellchain.ledger.contract import Record

LicenceId = NewType("LicenceId", str)
"""A licence as its issuer numbers it, unique in the book."""

ROLES = (
    "authority",
    "carrier",
    "cell-maker",
    "collector",
    "integrator",
    "laboratory",
    "mine",
    "operator",
    "pack-maker",
    "public-interest",
    "recycler",
    "refiner",
    "vehicle-maker",
    "workshop",
)
"""What a party may be, in alphabetical order; one party may be several."""


class Party(Record, frozen=True, kw_only=True, tag="membership.party/1"):
    """A company or authority: its display name and its roles. Subject: `PartyId`."""

    name: str
    roles: tuple[str, ...]
    suspended: bool = False


class Key(Record, frozen=True, kw_only=True, tag="membership.key/1"):
    """Whose a public key is and what it may sign. Subject: `KeyId`."""

    party: PartyId
    purposes: tuple[str, ...] = ()
    """Contracts it may send to, in alphabetical order; empty: all of them."""
    valid_from_ms: int = 0
    valid_until_ms: int | None = None
    """First moment at which it is valid no longer."""
    revoked_ms: int | None = None
    device: DeviceId | None = None
    """The device that holds the secret half, where one does."""
    battery: BatteryId | None = None
    """The battery that the device is built into, where it is bound to one."""
    suspended: bool = False
    """Not heard for a while."""


class OpeningKey(Record, frozen=True, kw_only=True, tag="membership.openingkey/1"):
    """For which key others close what a party is to read. Subject: `PartyId`."""

    public_key: KeyId
    """X25519, 64 hexadecimal digits."""
    epoch: int
    """Counts up by one with each rotation, from 1."""


class Device(Record, frozen=True, kw_only=True, tag="membership.device/1"):
    """A gateway, battery management system or logger. Subject: `DeviceId`."""

    party: PartyId
    key: KeyId
    battery: BatteryId | None = None


class Delegation(Record, frozen=True, kw_only=True, tag="membership.delegation/1"):
    """One party acts for another. Subject: `delegation_key` of the two."""

    principal: PartyId
    agent: PartyId
    scope: tuple[str, ...]
    """Contracts it covers, in alphabetical order."""
    until_ms: int
    """First moment at which it holds no longer."""
    mandate: Digest
    """Salted commitment to the written mandate."""


class Licence(Record, frozen=True, kw_only=True, tag="membership.licence/1"):
    """An authority allows a holder an activity at a site. Subject: `LicenceId`."""

    holder: PartyId
    issuer: PartyId
    activity: str
    """What is allowed, for example ``mining``."""
    site: str
    capacity_mg: int
    """Mass that the site may put out in a calendar year, milligrams; no rule adds it up."""
    valid_from_ms: int
    valid_until_ms: int
    revoked_ms: int | None = None


def delegation_key(principal: PartyId, agent: PartyId) -> str:
    """Return the subject of the delegation from ``principal`` to ``agent``."""
    return f"{principal}/{agent}"
