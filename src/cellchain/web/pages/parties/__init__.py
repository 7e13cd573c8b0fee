"""Parties: who they are, what they may do, their keys."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec

from cellchain.contracts.membership import view as membership
from cellchain.contracts.membership.view import (
    DelegationRow,
    DeviceRow,
    KeyRow,
    LicenceRow,
    PartyRow,
)
from cellchain.core.errors import Refused
from cellchain.ledger import view as explorer
from cellchain.ledger.view import Listed, TransactionRow
from cellchain.web.page import Asked, Page, Shown

SHOWN = 100
DEVICES_SHOWN = 50
TRANSACTIONS_SHOWN = 15
TEXT_MAX = 200


class PartiesPage(msgspec.Struct, frozen=True, kw_only=True):
    """Parties in order of their ids."""

    text: str
    role: str
    parties: Listed[PartyRow]
    following: str
    """Query of the next page; empty where this was the last."""


class KeyShown(KeyRow, frozen=True, kw_only=True):
    """A key, and whether it may sign now."""

    good: bool


class PartyPage(msgspec.Struct, frozen=True, kw_only=True):
    """A party, and what is said of it in the book."""

    party: PartyRow
    keys: tuple[KeyShown, ...]
    licences: tuple[LicenceRow, ...]
    """Those that it holds and those that it has issued."""
    mandates: tuple[DelegationRow, ...]
    """Those that it gave and those that it has."""
    devices: Listed[DeviceRow]
    """None for visitors, as the transactions: with whom a party has to do is for members."""
    transactions: Listed[TransactionRow]
    now_ms: int
    """When it was asked: validity is told as of then."""


def show(asked: Asked) -> Shown:
    """Show the parties, those that fit."""
    text = asked.query.get("text", "")[:TEXT_MAX]
    role = asked.query.get("role", "")[:TEXT_MAX]
    after = asked.query.get("after") or None
    found = membership.parties(asked.db, role=role or None, text=text, after=after, limit=SHOWN)
    given = {name: value for name, value in (("text", text), ("role", role)) if value}
    following = urlencode({**given, "after": found.after}) if found.after else ""
    data = PartiesPage(text=text, role=role, parties=found, following=following)
    return Shown(template="parties/parties.html", data=data, title="Parties")


def show_party(asked: Asked) -> Shown:
    """Show a party.

    Raises:
        Refused: ``web.not_found``.
    """
    name, db, reads = asked.path["party"], asked.db, asked.viewer.reads
    found = membership.party(db, name)
    if found is None:
        raise Refused("web.not_found", f"no party {name[:64]!a} is in the book")
    data = PartyPage(
        party=found,
        keys=tuple(
            _shown(key, asked.now_ms)
            for key in membership.keys_of(db, name)
            if reads or key.device is None
        ),
        licences=membership.licences(db, name),
        mandates=membership.delegations(db, name),
        devices=membership.devices(db, party=name, limit=DEVICES_SHOWN)
        if reads
        else Listed(rows=()),
        transactions=explorer.transactions(db, party=name, limit=TRANSACTIONS_SHOWN)
        if reads
        else Listed(rows=()),
        now_ms=asked.now_ms,
    )
    named = {one.agent for one in data.mandates} | {one.principal for one in data.mandates}
    named |= {one.holder for one in data.licences} | {one.issuer for one in data.licences}
    known = membership.names(db, list(named))
    return Shown(template="parties/party.html", data=data, title=found.name, also={"names": known})


def _shown(key: KeyRow, now_ms: int) -> KeyShown:
    return KeyShown(**msgspec.structs.asdict(key), good=key.valid(now_ms))


PAGES = (
    Page(path="/parties", name="Parties", show=show, access="public", nav=6),
    Page(
        path="/parties/{party}",
        name="Party",
        show=show_party,
        access="public",
        cached=False,  # whether a key is good depends on the clock
    ),
)
