"""API keys: shown once, for some things, for some time."""

from __future__ import annotations

import pytest

from cellchain.core.errors import Refused
from tests.unit.services.access.conftest import OTHER, PARTY, Clock, Desk


def test_a_key_opens_what_it_is_for_until_it_ends(desk: Desk, clock: Clock) -> None:
    ana = desk.member("ana@dynamo.example")
    key = desk.api_keys.make(ana, "line 3", ["custody", "read"], 30)

    viewer = desk.api_keys.viewer(key)

    assert viewer is not None
    assert (viewer.party, viewer.scopes) == (PARTY, {"custody", "read"})
    assert not viewer.may("administrator")
    clock.ms += 30 * 24 * 3_600_000
    assert desk.api_keys.viewer(key) is None


def test_a_key_that_was_ended_opens_nothing_at_once(desk: Desk) -> None:
    ana = desk.member("ana@dynamo.example")
    key = desk.api_keys.make(ana, "line 3", ["read"], 30)
    assert desk.api_keys.viewer(key)

    desk.api_keys.end(ana, key.split("_")[1])

    assert desk.api_keys.viewer(key) is None


def test_the_secret_is_kept_nowhere(desk: Desk) -> None:
    ana = desk.member("ana@dynamo.example")

    key = desk.api_keys.make(ana, "line 3", ["read"], 30)

    secret = key.split("_", 2)[2]
    assert secret not in repr(desk.api_keys.of(PARTY))
    assert secret not in repr(desk.deeds(ana))


@pytest.mark.parametrize("guess", ["", "cc", "cc_", "cc__", "cc_{id}_", "cc_{id}_x", "xx_{id}_x"])
def test_a_guess_opens_nothing(desk: Desk, guess: str) -> None:
    key = desk.api_keys.make(desk.member("ana@dynamo.example"), "line 3", ["read"], 30)

    assert desk.api_keys.viewer(guess.format(id=key.split("_")[1])) is None


@pytest.mark.parametrize(
    ("name", "scopes", "days", "code"),
    [
        ("", ["read"], 30, "access.name"),
        ("line 3", [], 30, "access.scopes"),
        ("line 3", ["everything"], 30, "access.scopes"),
        ("line 3", ["read"], 0, "access.days"),
        ("line 3", ["read"], 401, "access.days"),
    ],
)
def test_refused(desk: Desk, name: str, scopes: list[str], days: int, code: str) -> None:
    ana = desk.member("ana@dynamo.example")

    with pytest.raises(Refused) as refused:
        desk.api_keys.make(ana, name, scopes, days)

    assert refused.value.code == code


def test_nobody_ends_the_key_of_another_organisation(desk: Desk) -> None:
    key = desk.api_keys.make(desk.member("ana@dynamo.example"), "line 3", ["read"], 30)
    eve = desk.member("eve@everwheel.example", party=OTHER)

    with pytest.raises(Refused, match="has no API key"):
        desk.api_keys.end(eve, key.split("_")[1])

    assert desk.api_keys.viewer(key)
