"""Whose header counts, and at which heights."""

import pytest

from cellchain.core.errors import Refused
from cellchain.core.names import Digest
from cellchain.crypto.note import verifier_key
from cellchain.crypto.signatures import SigningKey
from cellchain.ledger.finality import Finality, check_finality, parse_trust
from cellchain.ledger.header import NO_HEADER, Header, sign_header
from tests.homes import HEADERS as FIRST
from tests.homes import genesis

SECOND, THIRD, THIEF = (SigningKey(bytes([n]) * 32) for n in (2, 3, 4))
APP_HASH = bytes(32)


def header(height, key, following=None, chain="test"):
    made = Header(
        app_hash=Digest(APP_HASH.hex()),
        chain=chain,
        height=height,
        operator=key.key_id,
        parameter_hash=NO_HEADER,
        previous=NO_HEADER,
        time_ms=0,
        transactions=NO_HEADER,
        next_operator=following.key_id if following else None,
    )
    return sign_header(made, key)


def pub(*keys):
    """A ``.pub`` file: keys, a former one with its last height."""
    pairs = [key if isinstance(key, tuple) else (key, None) for key in keys]
    lines = [
        str(verifier_key("test", key.public_key)) + (f" {last}" if last else "")
        for key, last in pairs
    ]
    return parse_trust("".join(f"{line}\n" for line in lines).encode())


def believed(trust, last, *rotations):
    try:
        check_finality(Finality(header=last, rotations=rotations), APP_HASH, trust)
    except Refused as refusal:
        assert refusal.code in ("proof.untrusted", "header.rotation")
        return False
    return True


GENESIS = parse_trust(genesis().to_bytes())
NEWEST = pub(THIRD, (SECOND, 9), (FIRST, 2))
PINNED = parse_trust(header(2, FIRST, SECOND).to_bytes())
TO_SECOND, TO_THIRD = header(2, FIRST, SECOND), header(9, SECOND, THIRD)


@pytest.mark.parametrize("trust", [GENESIS, pub(FIRST), NEWEST], ids=["genesis", "old", "newest"])
def test_each_key_counts_in_its_time(trust):
    assert believed(trust, header(1, FIRST))
    assert believed(trust, TO_SECOND)
    assert believed(trust, header(3, SECOND), TO_SECOND)
    assert believed(trust, TO_THIRD, TO_SECOND)
    assert believed(trust, header(10, THIRD), TO_SECOND, TO_THIRD)


@pytest.mark.parametrize("trust", [GENESIS, pub(FIRST), NEWEST], ids=["genesis", "old", "newest"])
@pytest.mark.parametrize(
    ("last", "rotations"),
    [
        pytest.param(header(1000, FIRST), [TO_SECOND], id="retired-key-signs-on"),
        pytest.param(header(1000, SECOND), [TO_SECOND, TO_THIRD], id="second-retired-key"),
        pytest.param(header(2, SECOND), [TO_SECOND], id="before-its-time"),
        pytest.param(header(5, THIRD), [TO_SECOND, TO_THIRD], id="rotation-after-the-header"),
        pytest.param(header(10, THIRD), [header(9, FIRST, SECOND), TO_THIRD], id="same-height"),
        pytest.param(header(10, THIRD), [header(9, FIRST, SECOND), header(3, SECOND, THIRD)],
                     id="falling-heights"),
        pytest.param(header(10, THIRD), [TO_THIRD, TO_SECOND], id="order"),
        pytest.param(header(10, SECOND), [TO_SECOND, TO_SECOND], id="twice"),
        pytest.param(header(10, SECOND), [header(2, FIRST, SECOND, chain="b")], id="other-chain"),
        pytest.param(header(10, SECOND), [header(2, FIRST)], id="names-no-next"),
        pytest.param(header(0, FIRST), [], id="height-0"),
    ],
)  # fmt: skip
def test_no_key_counts_out_of_its_time(trust, last, rotations):
    assert not believed(trust, last, *rotations)


def test_who_knows_of_the_rotation_is_not_deceived_by_leaving_it_out():
    assert not believed(NEWEST, header(1000, FIRST))
    assert not believed(NEWEST, header(3, FIRST))
    assert not believed(NEWEST, header(1000, THIEF), header(2, FIRST, THIEF))
    assert not believed(NEWEST, header(1000, THIEF), header(1, FIRST, THIEF))
    assert not believed(PINNED, header(1000, FIRST))


def test_a_pinned_rotation_vouches_for_the_key_that_it_names_from_the_next_height_on():
    assert believed(PINNED, header(3, SECOND))
    assert believed(PINNED, header(10, THIRD), TO_THIRD)
    assert believed(PINNED, TO_SECOND)
    assert not believed(PINNED, header(2, SECOND))


@pytest.mark.parametrize("behind", ["0", "-1", "", "x", "1 ", "01", "9" * 17])
def test_what_stands_behind_a_key_is_a_height(behind):
    with pytest.raises(Refused, match=r"trust\.unreadable"):
        parse_trust(f"{verifier_key('test', FIRST.public_key)} {behind}\n".encode())
