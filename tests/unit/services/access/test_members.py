"""Members come in by invitation, keep their duties, and leave."""

from __future__ import annotations

from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread
from typing import TYPE_CHECKING, Any

import pytest

from cellchain.core.errors import Refused, Unavailable
from cellchain.services.access.members import TRIES
from cellchain.services.access.records import Session
from cellchain.services.access.viewer import VISITOR
from tests.unit.services.access.conftest import OTHER, PASSWORD, Clock, Desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from cellchain.services.access.viewer import Viewer


def test_an_invitation_lets_in_once_and_for_a_week(desk: Desk, clock: Clock) -> None:
    ana = desk.member("ana@dynamo.example")
    token = desk.members.invite(ana, "bo@dynamo.example", "Bo", ["reader"])
    late = desk.members.invite(ana, "cy@dynamo.example", "Cy", ["reader"])

    assert desk.members.accept(token, PASSWORD).member == "bo@dynamo.example"

    with pytest.raises(Refused, match="used already"):
        desk.members.accept(token, PASSWORD)
    clock.ms += 7 * 24 * 3_600_000
    with pytest.raises(Refused, match="older than a week"):
        desk.members.accept(late, PASSWORD)


NEW = "count the cells at dawn"
REFUSALS: dict[str, Callable[[Desk, Viewer, Viewer], Any]] = {
    "access.duty": lambda d, _, bo: d.members.invite(bo, "x@y.example", "X", ["reader"]),
    "access.sign_in": lambda d, _, __: d.members.invite(VISITOR, "x@y.example", "X", ["reader"]),
    "access.member": lambda d, ana, _: d.members.invite(ana, "no mail", "X", ["reader"]),
    "access.name": lambda d, ana, _: d.members.invite(ana, "x@y.example", "\u202eX", ["reader"]),
    "access.duties": lambda d, ana, _: d.members.invite(ana, "x@y.example", "X", ["king"]),
    "access.member_exists": lambda d, ana, _: d.members.invite(
        ana, "BO@dynamo.example", "X", ["reader"]
    ),
    "access.last_administrator": lambda d, ana, _: d.members.end(ana, "ana@dynamo.example"),
    "access.unknown_member": lambda d, ana, _: d.members.end(ana, "eve@everwheel.example"),
    "access.password": lambda d, ana, _: d.members.change_password(ana, PASSWORD, "password1234"),
    "access.wrong": lambda d, ana, _: d.members.change_password(ana, "another one", NEW),
    "access.invitation": lambda d, _, __: d.members.accept("never given", PASSWORD),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_refused(desk: Desk, code: str) -> None:
    ana = desk.member("ana@dynamo.example")
    bo = desk.member("bo@dynamo.example", "reader", "signer")
    desk.member("eve@everwheel.example", party=OTHER)

    with pytest.raises(Refused) as refused:
        REFUSALS[code](desk, ana, bo)

    assert refused.value.code == code


def test_who_has_left_comes_in_no_more(desk: Desk) -> None:
    ana = desk.member("ana@dynamo.example")
    desk.member("bo@dynamo.example")
    token = desk.sessions.sign_in("bo@dynamo.example", PASSWORD, "192.0.2.1")

    desk.members.end(ana, "bo@dynamo.example")

    assert desk.sessions.viewer(token) is None
    with pytest.raises(Refused, match="no member has this name"):
        desk.sessions.sign_in("bo@dynamo.example", PASSWORD, "192.0.2.1")


@pytest.mark.parametrize(
    "password",
    ["short", "password1234", "anna-anna-anna-", "aaaaaaaaaaaaaaaa", "x" * 300],
)
def test_a_password_that_anybody_would_try_is_none(desk: Desk, password: str) -> None:
    token = desk.members.enrol(OTHER, "anna@everwheel.example", "Anna", ["reader"])

    with pytest.raises(Refused) as refused:
        desk.members.accept(token, password)

    assert refused.value.code == "access.password"


def test_a_new_password_ends_every_other_session(desk: Desk) -> None:
    desk.member("ana@dynamo.example")
    bo = desk.member("bo@dynamo.example")
    here, there = (
        desk.sessions.sign_in("ana@dynamo.example", PASSWORD, "192.0.2.1") for _ in range(2)
    )
    ana = desk.sessions.viewer(here)
    assert ana is not None
    assert desk.sessions.viewer(there)

    desk.members.change_password(ana, PASSWORD, NEW)

    assert desk.sessions.viewer(here) == ana
    assert desk.sessions.viewer(there) is None
    assert desk.shelf.of(Session, bo.member or "")
    assert desk.sessions.sign_in("ana@dynamo.example", NEW, "192.0.2.1")


def test_a_password_is_changed_by_who_knows_it_and_is_not_guessed_at(desk: Desk) -> None:
    ana = desk.member("ana@dynamo.example")
    for _ in range(TRIES):
        with pytest.raises(Refused, match="up to now"):
            desk.members.change_password(ana, "perhaps this one", NEW)

    with pytest.raises(Unavailable, match="too many wrong tries"):
        desk.members.change_password(ana, PASSWORD, NEW)


def test_who_never_had_a_password_gets_one(desk: Desk) -> None:
    desk.members.enrol(OTHER, "eve@everwheel.example", "Eve", ["reader"])
    eve = desk.members.find("eve@everwheel.example")
    assert eve is not None
    viewer = desk.sessions.viewer(desk.sessions.open(eve, "192.0.2.1"))
    assert viewer is not None

    desk.members.change_password(viewer, "", NEW)

    assert desk.sessions.sign_in("eve@everwheel.example", NEW, "192.0.2.1")


def test_another_invitation_ends_the_sessions_of_the_forgotten_password(desk: Desk) -> None:
    ana = desk.member("ana@dynamo.example")
    desk.member("bo@dynamo.example")
    token = desk.sessions.sign_in("bo@dynamo.example", PASSWORD, "192.0.2.1")

    desk.members.accept(desk.members.invite_again(ana, "bo@dynamo.example"), NEW)

    assert desk.sessions.viewer(token) is None


def test_of_who_has_left_no_session_is_kept(desk: Desk) -> None:
    ana = desk.member("ana@dynamo.example")
    desk.member("bo@dynamo.example")

    desk.members.end(ana, "BO@dynamo.example")

    assert not desk.shelf.of(Session, "bo@dynamo.example")


@pytest.mark.parametrize("name", ["a", "bo", "ana"])
def test_a_short_name_may_be_in_a_password(desk: Desk, name: str) -> None:
    token = desk.members.enrol(OTHER, f"{name}@everwheel.example", name, ["reader"])

    assert desk.members.accept(token, "a boat and bananas at dawn").member.startswith(name)


def test_two_administrators_cannot_demote_each_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, bo = desk.member("ana@dynamo.example"), desk.member("bo@dynamo.example")
    shelf, both, outcomes = desk.shelf, Barrier(2), []

    def meeting(name: str) -> Callable[..., Any]:
        """The method of that name, where two threads wait for each other before they change."""
        method = getattr(shelf, name)

        def call(*given: Any) -> Any:
            with suppress(BrokenBarrierError):
                both.wait(5)
            return method(*given)

        return call

    def demote(viewer: Viewer, member: str) -> None:
        try:
            desk.members.set_duties(viewer, member, ["reader"])
            outcomes.append("done")
        except Refused as error:
            outcomes.append(error.code)

    for name in ("change", "change_among"):
        monkeypatch.setattr(shelf, name, meeting(name), raising=False)
    threads = [
        Thread(target=demote, args=args)
        for args in ((ana, "bo@dynamo.example"), (bo, "ana@dynamo.example"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["access.last_administrator", "done"]
