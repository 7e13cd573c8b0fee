"""The demo's ledger, seen as it stood after any of its blocks, and what the tables hold."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import msgspec
from sqlalchemy import select

from cellchain.core.names import Digest
from cellchain.crypto.commitment import commit
from tests.unit.services.demo.given import story


@dataclass
class Until:
    """A state that seems to end with an earlier block; its records are those of the end."""

    state: Any
    height: int

    @property
    def head(self):
        return SimpleNamespace(height=self.height)

    @property
    def records(self):
        return self.state.records

    def block(self, height):
        return self.state.block(height)


def demo(batteries=3):
    told = story(batteries, 1)
    application = told.application
    return application.state, Digest(application.genesis.hash.hex())


class Vault:
    """Opens what the demo committed to."""

    def __init__(self, told):
        self.subjects, self.values = {}, {}
        for one in told.said:
            if "#" in one.label.record:
                commitment = commit(one.salt, one.value).hex()
                self.subjects[commitment] = one.label.record
                self.values[commitment] = msgspec.json.decode(one.value)

    def value(self, commitment):
        return self.values.get(commitment)


def contents(views, *, but=("views_head",)):
    """Every row of every table, in an order of its own."""
    with views.read() as db:
        return {
            table.name: sorted(map(repr, db.execute(select(table)).all()))
            for table in views._tables
            if table.name not in but
        }
