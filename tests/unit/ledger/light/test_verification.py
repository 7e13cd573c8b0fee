"""May a header be believed? The rules one by one, with keys that the test holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cellchain.core.errors import Refused
from cellchain.ledger.light import (
    TRUSTING_PERIOD_S,
    believe,
    believe_genesis,
    conflict_of,
    verified_signers,
    verify_next,
)
from tests.consortium import CHAIN, Chain, header_of, key_of, signed, time_of, validators_of

if TYPE_CHECKING:
    from cellchain.ledger.light import Believed, LightBlock, Timestamp

FOUR = {1: 10, 2: 10, 3: 10, 4: 10}
OTHERS = {5: 10, 6: 10, 7: 10, 8: 10}
NOW = time_of(10)
GENESIS = believe_genesis(CHAIN, time_of(1), validators_of(FOUR))


def block(
    height: int, powers: Any = FOUR, following: Any = None, signers: Any = None, **changes: Any
):
    header = header_of(height, powers, following or powers, **changes)
    return signed(header, powers, signers)


def code(believed: Believed, next_block: LightBlock, now: Timestamp = NOW) -> str:
    """The code with which it is refused; empty where it is believed."""
    try:
        verify_next(believed, next_block, now)
    except Refused as refusal:
        return refusal.code
    return ""


FIRST = believe(block(1))


@pytest.mark.parametrize("height", [2, 3, 9])
def test_a_header_that_enough_signed_is_believed_at_any_height(height: int):
    assert code(FIRST, block(height, signers=[1, 2, 3])) == ""


def test_trust_may_begin_with_the_genesis_whose_time_block_1_has():
    assert code(GENESIS, block(1)) == ""
    assert code(GENESIS, block(7)) == ""


def forged(good: LightBlock) -> LightBlock:
    vote = good.votes[0]
    assert vote is not None
    return replace(good, votes=(replace(vote, signature="00" * 64), *good.votes[1:]))


REFUSED = {
    "two of four signed": (FIRST, block(2, signers=[1, 2]), "light.few_votes"),
    "nobody signed": (FIRST, block(2, signers=[]), "light.few_votes"),
    "a forged vote": (FIRST, forged(block(2)), "light.signature"),
    "a vote for another round": (FIRST, replace(block(2), round=1), "light.signature"),
    "a vote for other parts": (FIRST, replace(block(2), parts=2), "light.signature"),
    "a changed header": (FIRST, replace(block(2), header=block(2, app_hash="00" * 32).header),
                         "light.signature"),
    "another chain": (FIRST, block(2, chain="other"), "light.chain"),
    "the same height": (FIRST, block(1), "light.height"),
    "an earlier height": (believe(block(5)), block(3), "light.height"),
    "the same time": (FIRST, block(2, time=time_of(1)), "light.time"),
    "an earlier time": (FIRST, block(3, time=time_of(1).plus(-1)), "light.time"),
    "before the genesis": (GENESIS, block(1, time=time_of(1).plus(-1)), "light.time"),
    "of the future": (FIRST, block(11, time=NOW.plus(10)), "light.future"),
    "validators whom nobody named": (FIRST, block(2, OTHERS), "light.validators"),
    "strangers at the first height": (GENESIS, block(1, OTHERS), "light.validators"),
    "strangers far on": (FIRST, block(5, OTHERS), "light.far"),
    "one of four stayed": (FIRST, block(5, {1: 10, 5: 10, 6: 10}), "light.far"),
    "a third of the power and no more": (
        believe(block(1, {1: 10, 2: 10, 3: 10})), block(5, {1: 10, 5: 10}), "light.far"),
    "no light block": (FIRST, replace(block(2), round=-1), "light.malformed"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_header_is_refused_for_a_named_reason(name: str):
    believed, untrusted, expected = REFUSED[name]
    assert code(believed, untrusted) == expected


def test_more_than_a_third_of_the_believed_power_is_enough_far_on():
    assert code(FIRST, block(5, {1: 10, 2: 10, 5: 10, 6: 10})) == ""


def test_a_header_may_be_a_little_ahead_of_the_clock():
    assert code(FIRST, block(11, time=NOW.plus(9))) == ""


def test_a_bad_vote_behind_those_that_are_enough_harms_nobody():
    good = block(2)
    vote = good.votes[3]
    assert vote is not None
    odd = replace(good, votes=(*good.votes[:3], replace(vote, signature="00" * 64)))
    assert code(FIRST, odd) == ""
    assert len(verified_signers(odd)) == 3


@pytest.mark.parametrize(("more_s", "expected"), [(-1, ""), (0, "proof.trust_expired")])
def test_trust_ends_with_the_trusting_period(more_s: int, expected: str):
    now = FIRST.time.plus(TRUSTING_PERIOD_S + more_s)
    assert code(FIRST, block(2), now) == expected


@given(
    powers=st.dictionaries(st.integers(1, 8), st.integers(1, 100), min_size=1, max_size=6),
    signers=st.sets(st.integers(1, 8)),
)
def test_exactly_more_than_two_thirds_of_the_power_convinces(powers: Any, signers: set[int]):
    believed = believe(block(1, powers))
    reached = sum(power for member, power in powers.items() if member in signers)
    needed = sum(powers.values()) * 2 // 3
    assert (code(believed, block(2, powers, signers=signers)) == "") == (reached > needed)


@given(
    before=st.dictionaries(st.integers(1, 8), st.integers(1, 100), min_size=1, max_size=6),
    after=st.dictionaries(st.integers(1, 8), st.integers(1, 100), min_size=1, max_size=6),
)
def test_exactly_more_than_a_third_of_the_believed_power_convinces_far_on(before: Any, after: Any):
    reached = sum(power for member, power in before.items() if member in after)
    needed = sum(before.values()) // 3
    found = code(believe(block(1, before)), block(5, after))
    assert found == ("" if reached > needed else "light.far")


def test_two_headers_of_one_height_are_evidence_of_who_signed_both():
    one = block(5, signers=[1, 2, 3])
    other = block(5, signers=[2, 3, 4], app_hash="11" * 32)
    conflict = conflict_of(one, other)
    assert conflict is not None
    both = {bytes.fromhex(v.key) for v in one.validators if v.address in conflict.both}
    assert both == {key_of(2).public_key, key_of(3).public_key}
    assert "light.conflict" in str(conflict.refusal())


def test_the_same_header_with_other_votes_is_no_conflict():
    assert conflict_of(block(5, signers=[1, 2, 3]), block(5, signers=[2, 3, 4])) is None
    assert conflict_of(block(5), block(6)) is None


def test_a_chain_in_memory_is_believed_step_by_step():
    chain = Chain([FOUR, {**FOUR, 5: 10}, {2: 10, 3: 10, 4: 10, 5: 10}], height=6)
    believed = GENESIS
    for height in range(1, 7):
        believed = verify_next(believed, chain.at(height), NOW)
    assert believed.height == 6
