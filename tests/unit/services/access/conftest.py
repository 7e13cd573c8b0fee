"""A members' desk over a database of its own, with a clock that the test turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cellchain.adapters.accounts import AccountDatabase
from cellchain.core.names import PartyId
from cellchain.services.access.desk import AccessDesk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cellchain.services.access.viewer import Viewer

PARTY = PartyId("dynamo-packs")
OTHER = PartyId("everwheel-cars")
PASSWORD = "lift modules by their lugs"
EVERYTHING = ("administrator", "reader", "signer")


class Clock:
    """Milliseconds, as the test has it."""

    def __init__(self) -> None:
        self.ms = 1_700_000_000_000

    def __call__(self) -> int:
        return self.ms


class Desk(AccessDesk):
    """A desk with short cuts for tests."""

    def member(self, name: str, *duties: str, party: PartyId = PARTY) -> Viewer:
        """Enrol a member with a password, sign it in, return it as viewer."""
        token = self.members.enrol(party, name, name, duties or EVERYTHING)
        self.members.accept(token, PASSWORD)
        viewer = self.sessions.viewer(self.sessions.sign_in(name, PASSWORD, "192.0.2.1"))
        assert viewer is not None
        return viewer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    shelf = AccountDatabase(f"sqlite:///{tmp_path / 'accounts.db'}")
    yield Desk(
        shelf,
        contracts=("custody", "passport"),
        roles_of=lambda party: frozenset({"pack-maker"} if party == PARTY else ()),
        address="https://book.example",
        now_ms=clock,
    )
    shelf.close()
