"""Signing in, being known, signing out."""

from __future__ import annotations

import pytest

from cellchain.core.errors import Refused, Unavailable
from cellchain.services.access.sessions import SESSION_MS, TRIES
from tests.unit.services.access.conftest import PARTY, PASSWORD, Clock, Desk


def test_a_member_with_its_password_is_known_with_duties_and_roles(desk: Desk) -> None:
    viewer = desk.member("ana@dynamo.example", "reader", "signer")

    assert (viewer.party, viewer.duties) == (PARTY, {"reader", "signer"})
    assert viewer.roles == {"pack-maker"}
    assert viewer.may("signer")
    assert not viewer.may("administrator")


@pytest.mark.parametrize("member", ["ana@dynamo.example", "nobody@dynamo.example"])
def test_a_wrong_password_and_an_unknown_member_look_alike(desk: Desk, member: str) -> None:
    desk.member("ana@dynamo.example")

    with pytest.raises(Refused, match=r"no member has this name") as refused:
        desk.sessions.sign_in(member, "lift modules by their legs", "192.0.2.1")

    assert refused.value.code == "access.wrong"


def test_too_many_wrong_tries_have_to_wait_and_others_do_not(desk: Desk, clock: Clock) -> None:
    desk.member("ana@dynamo.example")
    desk.member("bo@dynamo.example")
    for _ in range(TRIES):
        with pytest.raises(Refused):
            desk.sessions.sign_in("ana@dynamo.example", "wrong", "192.0.2.66")

    with pytest.raises(Unavailable, match="too many wrong tries"):
        desk.sessions.sign_in("ana@dynamo.example", PASSWORD, "192.0.2.7")
    assert desk.sessions.sign_in("bo@dynamo.example", PASSWORD, "192.0.2.7")
    clock.ms += 15 * 60_000
    assert desk.sessions.sign_in("ana@dynamo.example", PASSWORD, "192.0.2.7")


def test_a_session_ends_with_the_working_day(desk: Desk, clock: Clock) -> None:
    desk.member("ana@dynamo.example")
    token = desk.sessions.sign_in("ana@dynamo.example", PASSWORD, "192.0.2.1")
    clock.ms += SESSION_MS - 1
    assert desk.sessions.viewer(token)

    clock.ms += 1

    assert desk.sessions.viewer(token) is None


def test_who_signed_out_is_nobody_at_once(desk: Desk) -> None:
    desk.member("ana@dynamo.example")
    token = desk.sessions.sign_in("ana@dynamo.example", PASSWORD, "192.0.2.1")
    assert desk.sessions.viewer(token)

    desk.sessions.sign_out(token)

    assert desk.sessions.viewer(token) is None


def test_other_duties_count_at_once(desk: Desk) -> None:
    ana = desk.member("ana@dynamo.example")
    desk.member("bo@dynamo.example")
    token = desk.sessions.sign_in("bo@dynamo.example", PASSWORD, "192.0.2.1")
    before = desk.sessions.viewer(token)

    desk.members.set_duties(ana, "bo@dynamo.example", ["reader"])

    after = desk.sessions.viewer(token)
    assert before is not None
    assert after is not None
    assert before.may("signer")
    assert not after.may("signer")


def test_nothing_that_was_never_a_token_opens_anything(desk: Desk) -> None:
    assert desk.sessions.viewer("x" * 43) is None


def test_the_audit_says_who_came_and_who_tried(desk: Desk) -> None:
    ana = desk.member("ana@dynamo.example")
    with pytest.raises(Refused):
        desk.sessions.sign_in("ana@dynamo.example", "wrong", "192.0.2.66")

    deeds = [(deed.deed, deed.address) for _, deed in desk.deeds(ana)]

    assert deeds == [("session.refused", "192.0.2.66"), ("session.opened", "192.0.2.1")]
