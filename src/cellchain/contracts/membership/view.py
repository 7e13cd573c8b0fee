"""Who takes part, as tables: parties, keys, devices, licences, mandates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, MetaData, Table, bindparam, or_, select

from cellchain.contracts.membership.record import Delegation, Device, Key, Licence, Party
from cellchain.contracts.membership.register_device import DeviceRegistered
from cellchain.contracts.membership.register_party import PartyRegistered
from cellchain.ledger.projection import Delete, Insert, Open, Upsert, View
from cellchain.ledger.question import Question, among
from cellchain.ledger.table import NAME, Listed, Packed, all_of, first_of, packed, page_of
from cellchain.ledger.view import matching, named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import Connection, Select

    from cellchain.ledger.projection import Batch, Change, RowTuple


METADATA = MetaData()
PARTY = Table(
    "membership_party",
    METADATA,
    Column("party", NAME, primary_key=True),
    Column("name", NAME, nullable=False),
    Column("roles", Packed(tuple[str, ...]), nullable=False),
    Column("suspended", Boolean, nullable=False),
)
SINCE = Table(
    "membership_since",
    METADATA,
    Column("party", NAME, primary_key=True),
    Column("since_ms", BigInteger, nullable=False),
)
ROLE = Table(
    "membership_role",
    METADATA,
    Column("party", NAME, primary_key=True),
    Column("role", NAME, primary_key=True, index=True),
)
KEY = Table(
    "membership_key",
    METADATA,
    Column("key", NAME, primary_key=True),
    Column("party", NAME, nullable=False, index=True),
    Column("purposes", Packed(tuple[str, ...]), nullable=False),
    Column("valid_from_ms", BigInteger, nullable=False),
    Column("valid_until_ms", BigInteger),
    Column("revoked_ms", BigInteger),
    Column("device", NAME),
    Column("battery", NAME),
    Column("suspended", Boolean, nullable=False),
)
DEVICE = Table(
    "membership_device",
    METADATA,
    Column("device", NAME, primary_key=True),
    Column("party", NAME, nullable=False, index=True),
    Column("key", NAME, nullable=False),
    Column("battery", NAME, index=True),
)
LICENCE = Table(
    "membership_licence",
    METADATA,
    Column("licence", NAME, primary_key=True),
    Column("holder", NAME, nullable=False, index=True),
    Column("issuer", NAME, nullable=False, index=True),
    Column("activity", NAME, nullable=False),
    Column("site", NAME, nullable=False),
    Column("capacity_mg", BigInteger, nullable=False),
    Column("valid_from_ms", BigInteger, nullable=False),
    Column("valid_until_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
)
DELEGATION = Table(
    "membership_delegation",
    METADATA,
    Column("key", NAME, primary_key=True),
    Column("principal", NAME, nullable=False, index=True),
    Column("agent", NAME, nullable=False, index=True),
    Column("scope", Packed(tuple[str, ...]), nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("mandate", NAME, nullable=False),
)


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
    suspended: bool
    """Not heard for a while."""

    def valid(self, now_ms: int) -> bool:
        """Whether it may sign at ``now_ms``."""
        heard = self.revoked_ms is None and not self.suspended and self.valid_from_ms <= now_ms
        return heard and (self.valid_until_ms is None or now_ms < self.valid_until_ms)


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


def project(batch: Batch) -> Iterator[Change]:
    """Yield the rows of the records that were touched, and the names of parties and others."""
    yield from _project_parties(batch)
    keys = {subject: key for subject, key in batch.touched(Key).items() if key}
    yield Upsert(KEY, [_key_row(subject, key) for subject, key in keys.items()])
    devices = {subject: device for subject, device in batch.touched(Device).items() if device}
    yield Upsert(DEVICE, [(s, d.party, d.key, d.battery) for s, d in devices.items()])
    licences = {subject: found for subject, found in batch.touched(Licence).items() if found}
    yield Upsert(LICENCE, [_licence_row(subject, found) for subject, found in licences.items()])
    yield from _project_delegations(batch)
    yield from named(("key", subject, "", ()) for subject in keys)
    yield from named(("device", subject, "", ()) for subject in devices)
    yield from named(("licence", s, "", (found.site,)) for s, found in licences.items())


def keys_of_devices(db: Connection, names: Collection[str]) -> frozenset[str]:
    """Return those of ``names`` that are keys of devices: they tell who measures which battery."""
    wanted = select(KEY.c.key).where(KEY.c.key.in_(names), KEY.c.device.is_not(None))
    return frozenset(db.execute(wanted).scalars())


VIEW = View(
    name="membership",
    tables=(PARTY, SINCE, ROLE, KEY, DEVICE, LICENCE, DELEGATION),
    project=project,
    open=Open(
        sorts=("party", "licence", "key"),
        closed=(Device, DeviceRegistered),
        withheld=keys_of_devices,
    ),
)
"""Open, because a signature says nothing to whoever cannot look up whose key made it, and what its
owner was allowed to do. Devices are no part of that: they tell who has to do with which battery."""


def _project_parties(batch: Batch) -> Iterator[Change]:
    found = {subject: party for subject, party in batch.touched(Party).items() if party}
    yield Upsert(PARTY, [(s, p.name, packed(p.roles), p.suspended) for s, p in found.items()])
    yield Delete(ROLE, [(subject,) for subject in found])
    yield Insert(ROLE, [(s, role) for s, party in found.items() for role in set(party.roles)])
    yield Insert(SINCE, [(e.party, h.time_ms) for h, e in batch.of(PartyRegistered)])
    yield from named(("party", subject, party.name, ()) for subject, party in found.items())


def _project_delegations(batch: Batch) -> Iterator[Change]:
    found = batch.touched(Delegation)
    yield Delete(DELEGATION, [(subject,) for subject, record in found.items() if record is None])
    yield Upsert(
        DELEGATION,
        [
            (s, d.principal, d.agent, packed(d.scope), d.until_ms, d.mandate)
            for s, d in found.items()
            if d
        ],
    )


def _key_row(subject: str, key: Key) -> RowTuple:
    return (
        subject,
        key.party,
        packed(key.purposes),
        key.valid_from_ms,
        key.valid_until_ms,
        key.revoked_ms,
        key.device,
        key.battery,
        key.suspended,
    )


def _licence_row(subject: str, licence: Licence) -> RowTuple:
    return (
        subject,
        licence.holder,
        licence.issuer,
        licence.activity,
        licence.site,
        licence.capacity_mg,
        licence.valid_from_ms,
        licence.valid_until_ms,
        licence.revoked_ms,
    )


def _parties() -> Select[Any]:
    joined = PARTY.join(SINCE, SINCE.c.party == PARTY.c.party)
    return select(PARTY, SINCE.c.since_ms).select_from(joined)


_PARTY_BY_ID = Question(_parties().where(PARTY.c.party == bindparam("party")), PartyRow)
_KEY_BY_ID = Question(select(KEY).where(KEY.c.key == bindparam("key")), KeyRow)
_NAMES: Question[tuple[str, str]] = Question(
    select(PARTY.c.party, PARTY.c.name).where(among(PARTY.c.party))
)


def parties(
    db: Connection,
    *,
    role: str | None = None,
    text: str = "",
    after: str | None = None,
    limit: int = 1000,
) -> Listed[PartyRow]:
    """Return parties in order of their ids; ``text`` is the beginning of words of id or name."""
    wanted = _parties()
    if role is not None:
        bearers = select(ROLE.c.party).where(ROLE.c.role == role)
        wanted = wanted.where(PARTY.c.party.in_(bearers))
    query = matching("party", text)
    if query is not None:
        wanted = wanted.where(PARTY.c.party.in_(query))
    return page_of(db, wanted, PartyRow, by=[PARTY.c.party], after=after, limit=limit)


def party(db: Connection, identity: str) -> PartyRow | None:
    """Return a party."""
    return _PARTY_BY_ID.first(db, party=identity)


def names(db: Connection, identities: Sequence[str]) -> dict[str, str]:
    """Return the display name of each of these parties that there is."""
    return dict(_NAMES.of(db, identities))


def keys_of(db: Connection, party: str) -> tuple[KeyRow, ...]:
    """Return the keys of a party, those that end last first."""
    ends = KEY.c.valid_until_ms
    order = (ends.is_(None).desc(), ends.desc(), KEY.c.key)
    return all_of(db, select(KEY).where(KEY.c.party == party).order_by(*order), KeyRow)


def key(db: Connection, identity: str) -> KeyRow | None:
    """Return a key."""
    return _KEY_BY_ID.first(db, key=identity)


def devices(
    db: Connection,
    *,
    party: str | None = None,
    battery: str | None = None,
    after: str | None = None,
    limit: int = 1000,
) -> Listed[DeviceRow]:
    """Return devices in order of their ids."""
    wanted = select(DEVICE)
    if party is not None:
        wanted = wanted.where(DEVICE.c.party == party)
    if battery is not None:
        wanted = wanted.where(DEVICE.c.battery == battery)
    return page_of(db, wanted, DeviceRow, by=[DEVICE.c.device], after=after, limit=limit)


def device(db: Connection, identity: str) -> DeviceRow | None:
    """Return a device."""
    return first_of(db, select(DEVICE).where(DEVICE.c.device == identity), DeviceRow)


def licences(db: Connection, party: str) -> tuple[LicenceRow, ...]:
    """Return the licences that a party holds or has issued."""
    theirs = or_(LICENCE.c.holder == party, LICENCE.c.issuer == party)
    return all_of(db, select(LICENCE).where(theirs).order_by(LICENCE.c.licence), LicenceRow)


def licence(db: Connection, identity: str) -> LicenceRow | None:
    """Return a licence."""
    return first_of(db, select(LICENCE).where(LICENCE.c.licence == identity), LicenceRow)


def delegations(db: Connection, party: str) -> tuple[DelegationRow, ...]:
    """Return the mandates that a party gave or has."""
    columns = [c for c in DELEGATION.c if c.key != "key"]
    theirs = or_(DELEGATION.c.principal == party, DELEGATION.c.agent == party)
    wanted = select(*columns).where(theirs).order_by(DELEGATION.c.key)
    return all_of(db, wanted, DelegationRow)
