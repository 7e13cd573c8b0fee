"""From the genesis to a header far on, over as few headers between as convince."""

from __future__ import annotations

import pytest

from cellchain.core.errors import Refused
from cellchain.ledger.light import (
    believe_genesis,
    conflict_of,
    convincing_path,
    verify_next,
)
from tests.consortium import CHAIN, Chain, rotating, time_of

EVER_S = 10**9


def path(chain: Chain, height: int) -> list[int]:
    """The heights that lead to ``height``; each is believed after the one before."""
    genesis = chain.genesis
    believed = believe_genesis(CHAIN, genesis.time, genesis.validators)
    now = time_of(height + 1)
    blocks = convincing_path(believed, chain.at(height), chain, now, period_s=EVER_S)
    for block in blocks:
        believed = verify_next(believed, block, now, period_s=EVER_S)
    return [block.height for block in blocks]


@pytest.mark.parametrize("height", [1, 2, 3, 100_000])
def test_where_the_validators_stay_one_header_is_enough(height: int):
    assert path(Chain([{1: 10, 2: 10}], height=height), height) == [height]


def test_where_they_change_the_headers_between_are_as_few_as_halving_finds():
    found = path(Chain(rotating(40)), 40)
    assert found[-1] == 40
    assert len(found) < 40
    steps = [late - early for early, late in zip([0, *found], found, strict=False)]
    assert max(steps) <= 3  # two of four are there still


def test_where_all_change_at_once_the_last_header_before_is_among_them():
    old, new = {1: 10, 2: 10}, {3: 10, 4: 10}
    found = path(Chain([old] * 50 + [new] * 50), 100)
    assert found[-1] == 100
    assert {50, 51} <= set(found)


def test_a_way_that_is_too_long_is_refused():
    with pytest.raises(Refused, match=r"light\.long") as refusal:
        path(Chain(rotating(220, of=2)), 220)
    assert "--since" in refusal.value.remedy


def test_a_node_that_lies_is_not_followed():
    chain, liar = Chain(rotating(40)), Chain([{90: 10}], height=40)
    believed = believe_genesis(CHAIN, chain.genesis.time, chain.genesis.validators)
    with pytest.raises(Refused, match=r"light\."):
        convincing_path(believed, liar.at(40), liar, time_of(41), period_s=EVER_S)
    assert conflict_of(chain.at(40), liar.at(40)) is not None
