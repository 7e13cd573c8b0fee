"""Hashes and sign bytes, byte for byte those of CometBFT v0.39.4 (vectors of its own tests)."""

from __future__ import annotations

from hashlib import sha256

import pytest
from msgspec.structs import replace

from cellchain.core.errors import Refused
from cellchain.ledger.light import (
    BlockHeader,
    BlockReference,
    Timestamp,
    Validator,
    parse_timestamp,
)
from cellchain.ledger.light.block import (
    POWER_MAX,
    VALIDATORS_MAX,
    check_light_block,
    check_validators,
    validators_hash,
    vote_bytes,
)
from cellchain.ledger.light.protobuf import varint
from tests.consortium import Chain, key_of

NO_TIME = Timestamp(-62_135_596_800, 0)
"""The zero time of Go: the year 1."""
ZERO_TIME_BYTES = "2a0b088092b8c398feffffff01"


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def test_the_hash_of_a_header_is_that_of_cometbft():
    """`TestHeaderHash`, types/block_test.go."""
    header = BlockHeader(
        block_version=1,
        app_version=2,
        chain="chainId",
        height=3,
        time=parse_timestamp("2019-10-13T16:14:44Z"),
        previous=BlockReference(hash="00" * 32, parts=6, parts_hash="00" * 32),
        previous_commit=hashed("last_commit_hash"),
        transactions=hashed("data_hash"),
        validators=hashed("validators_hash"),
        next_validators=hashed("next_validators_hash"),
        consensus=hashed("consensus_hash"),
        app_hash=hashed("app_hash"),
        previous_results=hashed("last_results_hash"),
        evidence=hashed("evidence_hash"),
        proposer=hashed("proposer_address")[:40],
    )
    expected = "f740121f553b5418c3efbd343c2dbfe9e007bb67b0d020a0741374bab65242a4"
    assert header.hash.hex() == expected


def test_a_vote_is_signed_as_cometbft_signs_it():
    """`TestVoteSignBytesTestVectors` 1, types/vote_test.go: a precommit for nothing."""
    expected = "21" + "0802" + "110100000000000000" + "190100000000000000" + ZERO_TIME_BYTES
    assert vote_bytes("", 1, 1, None, NO_TIME).hex() == expected


def test_a_vote_names_its_chain_behind_the_time():
    """Vector 4 of the same table, which is no precommit: two bytes more here."""
    expected = (
        "30" + "0802" + "110100000000000000" + "190100000000000000" + ZERO_TIME_BYTES
        + "320d746573745f636861696e5f6964"
    )  # fmt: skip
    assert vote_bytes("test_chain_id", 1, 1, None, NO_TIME).hex() == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "00"), (127, "7f"), (128, "8001"), (300, "ac02"), (-1, "ff" * 9 + "01")],
)
def test_numbers_are_written_seven_bits_a_byte(number: int, expected: str):
    assert varint(number).hex() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-29T20:58:27Z", Timestamp(1_795_985_907, 0)),
        ("2026-11-29T20:58:27.5Z", Timestamp(1_795_985_907, 500_000_000)),
        ("2026-11-29T20:58:27.000000001Z", Timestamp(1_795_985_907, 1)),
    ],
)
def test_a_time_is_read_to_the_nanosecond(text: str, expected: Timestamp):
    assert parse_timestamp(text) == expected


@pytest.mark.parametrize(
    "text", ["", "2026-11-29", "2026-11-29T20:58:27+01:00", "2026-11-29T20:58:27.0000000001Z"]
)
def test_another_form_of_time_is_refused(text: str):
    with pytest.raises(Refused, match=r"light\.malformed"):
        parse_timestamp(text)


GOOD = Chain([{1: 10, 2: 10, 3: 5}]).at(1)
FIRST = GOOD.votes[0]
MALFORMED = {
    "another version of blocks": {"header": replace(GOOD.header, block_version=10)},
    "height 0": {"header": replace(GOOD.header, height=0)},
    "a long name": {"header": replace(GOOD.header, chain="x" * 51)},
    "no validators named": {"header": replace(GOOD.header, validators="")},
    "half a hash": {"header": replace(GOOD.header, consensus="00" * 31)},
    "capitals": {"header": replace(GOOD.header, consensus="AA" * 32)},
    "a short proposer": {"header": replace(GOOD.header, proposer="00" * 19)},
    "a long app hash": {"header": replace(GOOD.header, app_hash="00" * 65)},
    "no time": {"header": replace(GOOD.header, time=Timestamp(1, 10**9))},
    "a time before 1970": {"header": replace(GOOD.header, time=Timestamp(-1, 0))},
    "a negative round": {"round": -1},
    "a vote too few": {"votes": GOOD.votes[:2]},
    "nobody": {"validators": (), "votes": ()},
    "a short signature": {"votes": (replace(FIRST, signature="00" * 63), None, None)},
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_no_signature_could_make_good_is_refused(name: str):
    with pytest.raises(Refused, match=r"light\.malformed"):
        check_light_block(replace(GOOD, **MALFORMED[name]))


def test_other_validators_than_the_header_names_are_refused():
    mightier = replace(GOOD.validators[0], power=11)
    with pytest.raises(Refused, match=r"light\.validators"):
        check_light_block(replace(GOOD, validators=(mightier, *GOOD.validators[1:])))


def validator(member: int, power: int = 1) -> Validator:
    return Validator(key=key_of(member).public_key.hex(), power=power)


@pytest.mark.parametrize(
    "validators",
    [
        pytest.param([], id="none"),
        pytest.param([validator(1), validator(1, 2)], id="one-twice"),
        pytest.param([validator(1, 0)], id="no-power"),
        pytest.param([validator(1, POWER_MAX), validator(2)], id="too-much-power"),
        pytest.param([Validator(key="00" * 31, power=1)], id="a-short-key"),
        pytest.param([Validator(key=f"{n:064x}", power=1) for n in range(VALIDATORS_MAX + 1)],
                     id="too-many"),
    ],
)  # fmt: skip
def test_what_is_no_set_of_validators_is_refused(validators: list[Validator]):
    with pytest.raises(Refused, match=r"light\.malformed"):
        check_validators(validators)


def test_the_hash_of_validators_depends_on_key_power_and_order():
    one, other = validator(1), validator(2)
    sets = [[one], [one, other], [other, one], [validator(1, 2)]]
    assert len({validators_hash(each) for each in sets}) == len(sets)
