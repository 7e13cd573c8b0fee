"""Jobs end, whatever happens in their thread, and send for nobody who has left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cellchain.adapters.accounts import AccountDatabase
from cellchain.contracts.custody import Offer
from cellchain.core.errors import Refused, Unavailable
from cellchain.core.names import Digest, PartyId
from cellchain.ledger.entry import Result
from cellchain.services.access.desk import AccessDesk
from cellchain.services.jobs import Job, Jobs, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cellchain.services.access.viewer import Viewer

PARTY = PartyId("dynamo-packs")
COLUMNS = ["battery", "receiver"]
ROW = {"battery": "01/09506000134352/21/P1", "receiver": "everwheel-cars"}


class Room:
    """Jobs, the desk of their members, and what was sent and told."""

    def __init__(self, shelf: AccountDatabase) -> None:
        self.shelf = shelf
        self.desk = AccessDesk(
            shelf,
            contracts=("custody",),
            roles_of=lambda _: frozenset(),
            address="https://book.example",
            now_ms=lambda: 1,
        )
        self.sent: list[object] = []
        self.told: list[object] = []
        self.shown: list[tuple[str, int]] = []
        self.jobs = Jobs(
            shelf, self.send, self.desk.again, lambda *given: self.told.append(given), lambda: 1,
            shown=self.show,
        )  # fmt: skip

    def show(self) -> None:
        """The pages show everything; how jobs stand when they do, and what was sent."""
        self.shown += [(job.state, len(self.sent)) for job in self.shelf.every(Job)]

    def send(self, _: Viewer, messages: object) -> Result:
        self.sent.append(messages)
        return Result(transaction=Digest("a" * 64), height=7)

    def person(self, *duties: str, name: str = "bo@dynamo.example") -> Viewer:
        self.desk.members.enrol(PARTY, name, "Bo", duties)
        member = self.desk.members.find(name)
        assert member is not None
        found = self.desk.sessions.viewer(self.desk.sessions.open(member, "192.0.2.1"))
        assert found is not None
        return found

    def run(self, viewer: Viewer, rows: int = 1) -> Job:
        job = self.jobs.begin(viewer, Offer, "sheet", COLUMNS, [ROW] * rows)
        self.jobs._pool.submit(lambda: None).result(60)
        return self.jobs.find(viewer, job.id)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    shelf = AccountDatabase(f"sqlite:///{tmp_path / 'accounts.db'}")
    room = Room(shelf)
    yield room
    room.jobs.close()
    shelf.close()


def test_a_job_whose_thread_fails_has_failed(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = room.person("signer")

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(running, "message_of", broken)
    job = room.run(viewer)

    assert (job.state, job.code, job.finished_ms) == ("failed", "job.bug", 1)
    assert room.told == [("job", {"job": job.id, "error": "ZeroDivisionError: a bug"})]
    monkeypatch.undo()
    assert room.run(viewer).state == "done"


def test_the_failure_is_written_down_when_accounts_answer_again(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer, change, tries = room.person("signer"), room.shelf.change, [0]

    def failing(*given: object) -> object:
        tries[0] += 1
        if tries[0] <= 3:
            raise Unavailable("accounts.database", "away")
        return change(*given)

    monkeypatch.setattr(running, "AGAIN_S", 0.01)
    monkeypatch.setattr(room.shelf, "change", failing)

    assert room.run(viewer).code == "accounts.database"


@pytest.mark.parametrize(("deed", "code"), [("end", "access.sign_in"), ("demote", "access.duty")])
def test_nothing_more_is_sent_for_who_may_not_any_more(
    room: Room, monkeypatch: pytest.MonkeyPatch, deed: str, code: str
) -> None:
    monkeypatch.setattr(running, "PART_ROWS", 2)
    ana = room.person("administrator", name="ana@dynamo.example")
    viewer, members, keep = room.person("signer"), room.desk.members, room.jobs._keep

    def let_go(*given: object) -> None:
        keep(*given)  # type: ignore[arg-type]
        if deed == "end":
            members.end(ana, viewer.member or "")
        else:
            members.set_duties(ana, viewer.member or "", ["reader"])

    monkeypatch.setattr(room.jobs, "_keep", let_go)
    job = room.run(viewer, rows=5)

    assert (job.state, job.accepted, len(room.sent), job.code) == ("failed", 2, 2, code)


def test_an_api_key_that_has_ended_sends_nothing_more(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PART_ROWS", 2)
    ana = room.person("administrator", name="ana@dynamo.example")
    key = room.desk.api_keys.make(ana, "machine", ["custody"], 1)
    viewer = room.desk.api_keys.viewer(key)
    assert viewer is not None
    assert room.desk.again(viewer) == viewer
    room.desk.api_keys.end(ana, key.split("_")[1])

    assert room.run(viewer).code == "access.sign_in"
    with pytest.raises(Refused, match="not let in any more"):
        room.desk.again(viewer)


def test_a_job_is_done_when_the_pages_show_what_it_sent(room: Room) -> None:
    job = room.run(room.person("signer"), rows=3)
    assert room.shown == [("running", 3)]
    assert job.state == "done"
