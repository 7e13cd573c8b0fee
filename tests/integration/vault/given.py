"""Vaults of small homes, without a chain: members are a table."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field

from cellchain.adapters.home import create_home
from cellchain.adapters.vault import open_vault
from cellchain.crypto.envelope import Label, Recipient
from cellchain.services.vault import rotation
from cellchain.services.vault.parcel import take_in as taken_in
from tests.homes import genesis

MAKER, WORKSHOP, LAW, STRANGER = "maker", "workshop", "law", "stranger"


@dataclass
class Table:
    """The ledger's view of opening keys."""

    keys: dict[str, Recipient] = field(default_factory=dict)

    def recipient(self, party):
        return self.keys.get(party)

    def authorities(self):
        return [party for party in self.keys if party == LAW]

    def take(self, party, message):
        public_key = bytes.fromhex(message.public_key)
        self.keys[party] = Recipient(name=party, epoch=message.epoch, public_key=public_key)


@dataclass
class Clock:
    now: int = 1_800_000_000_000

    def __call__(self):
        return self.now


def new_home(folder):
    return create_home(folder, genesis())


@contextmanager
def opened(home, members, parties=(), **how):
    """The vault of ``home``, with opening keys of ``parties`` made in it."""
    found = open_vault(home, members, **how)
    try:
        for party in parties:
            if not found.vault.keys.epochs(party):
                members.take(party, rotation.prepare(found.vault, party))
        yield found
    finally:
        found.close()


def label(record="D-1", access="private", version=1):
    return Label(record=record, version=version, access_class=access)


def keep(vault, data=b"a test report", *, record="D-1", access="private", readers=(), owner=MAKER):
    return vault.keep(
        iter((data[:5], data[5:])),
        label(record, access),
        owner=owner,
        recipients=readers,
        media_type="text/plain",
        file_name="report.txt",
    )


def content(vault, commitment, reader):
    return b"".join(vault.open(commitment, reader).stream)


def take_in(vault, parcel, require=lambda _: None, party=None):
    """Take a parcel in; without a chain the book says of it what it says itself."""
    return taken_in(vault, parcel, require, party)
