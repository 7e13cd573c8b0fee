"""Passkeys, with a key in software and every answer that is not good."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.core.time import MINUTE_MS
from tests.unit.services.access.authenticator import PRESENT, Authenticator, b64

MEMBER = "ana@dynamo-packs.example"
CHANGES = [
    {"origin": "https://evil.example"},
    {"origin": "http://book.example"},
    {"site": "evil.example"},
    {"type": "webauthn.other"},
    {"challenge": b64(b"another" * 5)},
    {"flags": PRESENT},
    {"flags": 0},
]


@pytest.fixture
def ana(desk):
    return desk.member(MEMBER)


@pytest.fixture
def passkey(desk, ana):
    """A passkey of Ana's."""
    made = Authenticator()
    challenge, options = desk.passkeys.begin_enrolment(ana)
    desk.passkeys.enrol(ana, challenge, made.make(options), "phone")
    return made


def signed_in(desk, passkey, **changes):
    challenge, options = desk.passkeys.begin_sign_in()
    return desk.passkeys.sign_in(challenge, passkey.sign(options, **changes)).member


def code(act, *arguments, **how):
    with pytest.raises(Refused) as refused:
        act(*arguments, **how)
    return refused.value.code


def test_a_member_signs_in_with_its_passkey(desk, passkey):
    assert signed_in(desk, passkey) == MEMBER
    assert signed_in(desk, passkey) == MEMBER


@pytest.mark.parametrize("changes", [*CHANGES, {"key": ec.generate_private_key(ec.SECP256R1())}])
def test_an_answer_that_is_not_good_opens_nothing(desk, passkey, changes):
    assert code(signed_in, desk, passkey, **changes) == "access.passkey"


@pytest.mark.parametrize("changes", CHANGES)
def test_a_passkey_that_is_not_good_is_not_kept(desk, ana, changes):
    challenge, options = desk.passkeys.begin_enrolment(ana)
    credential = Authenticator().make(options, **changes)
    assert code(desk.passkeys.enrol, ana, challenge, credential, "x") == "access.passkey"
    assert desk.passkeys.of(MEMBER) == []


def test_a_challenge_is_answered_once(desk, passkey):
    challenge, options = desk.passkeys.begin_sign_in()
    answer = passkey.sign(options)
    assert desk.passkeys.sign_in(challenge, answer).member == MEMBER
    assert code(desk.passkeys.sign_in, challenge, answer) == "access.challenge"


def test_a_challenge_is_answered_in_time_and_for_what_it_was_asked(desk, passkey, ana, clock):
    challenge, options = desk.passkeys.begin_sign_in()
    clock.ms += 5 * MINUTE_MS
    assert code(desk.passkeys.sign_in, challenge, passkey.sign(options)) == "access.challenge"
    challenge, options = desk.passkeys.begin_enrolment(ana)
    assert code(desk.passkeys.sign_in, challenge, passkey.sign(options)) == "access.challenge"


def test_a_challenge_of_one_member_is_not_for_another(desk, ana):
    bo = desk.member("bo@dynamo-packs.example")
    challenge, options = desk.passkeys.begin_enrolment(ana)
    made = Authenticator().make(options)
    assert code(desk.passkeys.enrol, bo, challenge, made, "x") == "access.challenge"


def test_a_counter_that_goes_back_shows_a_twin(desk, passkey):
    assert signed_in(desk, passkey, count=7) == MEMBER
    assert code(signed_in, desk, passkey, count=7) == "access.clone"
    assert code(signed_in, desk, passkey, count=3) == "access.clone"
    assert code(signed_in, desk, passkey, count=0) == "access.clone"
    assert signed_in(desk, passkey, count=8) == MEMBER


def test_a_device_that_does_not_count_may_stay_at_nothing(desk, passkey):
    assert signed_in(desk, passkey, count=0) == MEMBER
    assert signed_in(desk, passkey, count=0) == MEMBER


def test_a_passkey_is_kept_for_one_member_and_ended_by_it(desk, passkey, ana):
    bo = desk.member("bo@dynamo-packs.example")
    challenge, options = desk.passkeys.begin_enrolment(bo)
    assert code(desk.passkeys.enrol, bo, challenge, passkey.make(options), "x") == "access.passkey"
    (kept,) = desk.passkeys.of(MEMBER)
    assert code(desk.passkeys.end, bo, kept.id) == "access.unknown_key"
    desk.passkeys.end(ana, kept.id)
    assert code(signed_in, desk, passkey) == "access.passkey"


def test_who_has_left_does_not_come_in_by_passkey(desk, passkey):
    boss = desk.member("boss@dynamo-packs.example")
    desk.members.end(boss, MEMBER)
    assert code(signed_in, desk, passkey) == "access.passkey"


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "x",
        "[]",
        "{}",
        "null",
        "[" * 20_000,
        "[" * 30_000,
        '{"id":[]}',
        '{"id":"a","response":1}',
    ],
)
def test_what_is_no_credential_is_refused(desk, ana, credential):
    challenge, _ = desk.passkeys.begin_sign_in()
    assert code(desk.passkeys.sign_in, challenge, credential) == "access.passkey"
    challenge, _ = desk.passkeys.begin_enrolment(ana)
    assert code(desk.passkeys.enrol, ana, challenge, credential, "x") == "access.passkey"


_ODD = st.recursive(
    st.none() | st.integers() | st.text(max_size=8) | st.binary(max_size=60).map(b64),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    odd=st.dictionaries(
        st.sampled_from(["authenticatorData", "clientDataJSON", "signature", "attestationObject"]),
        _ODD,
    )
)
def test_no_answer_breaks_it(desk, passkey, ana, odd):
    for make in (True, False):
        if make:
            challenge, options = desk.passkeys.begin_enrolment(ana)
            answer = json.loads(passkey.make(options))
        else:
            challenge, options = desk.passkeys.begin_sign_in()
            answer = json.loads(passkey.sign(options))
        answer["response"].update(odd)
        with suppress(Refused):
            if make:
                desk.passkeys.enrol(ana, challenge, json.dumps(answer), "x")
            else:
                desk.passkeys.sign_in(challenge, json.dumps(answer))
