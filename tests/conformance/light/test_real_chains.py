"""Chains that CometBFT itself made, validators coming and going: believed as it believes them."""

from __future__ import annotations

from itertools import combinations
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from cellchain.adapters.cometbft.light_blocks import NodeLightBlocks, read_light_block
from cellchain.core.errors import Refused, Unavailable
from cellchain.ledger.light import (
    Timestamp,
    believe,
    believe_genesis,
    convincing_path,
    parse_timestamp,
    verified_signers,
    verify_next,
)
from tests.conformance.light.changes import CHANGES, changed
from tests.conformance.light.kvstore import network
from tests.conformance.light.oracle import Oracle, question
from tests.conformance.light.test_light_go import compared

if TYPE_CHECKING:
    from tests.conformance.light.kvstore import Network

PERIOD_S = 24 * 3600


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Oracle:
    return Oracle(tmp_path_factory.mktemp("oracle"))


def now_of(said: dict[str, Any]) -> Timestamp:
    return parse_timestamp(said["signed_header"]["header"]["time"]).plus(60)


def judged(oracle: Oracle, chain: list[dict[str, Any]]) -> None:
    """Each way between two blocks, and changes of the later one, are judged as CometBFT does."""
    now, dice = now_of(chain[-1]), Random(4)
    ways = list(combinations(chain, 2))
    cases = [("as it is", early, late, now, PERIOD_S) for early, late in ways]
    assert any(compared(oracle, cases))
    cases = [
        (name, early, changed(late, name, dice), now, PERIOD_S)
        for name in CHANGES
        for early, late in dice.sample(ways, min(len(ways), 8))
        if not name.startswith("a vote in")  # of one validator alone it changes nothing
    ]
    compared(oracle, cases)


def followed(blocks: NodeLightBlocks, running: Network, height: int) -> list[int]:
    """The heights that lead from the genesis to a block, each believed after the one before."""
    genesis, first = running.genesis, blocks.at(1)
    time = parse_timestamp(genesis["genesis_time"])
    believed = believe_genesis(genesis["chain_id"], time, first.validators)
    target = blocks.at(height)
    now = target.header.time
    path = convincing_path(believed, target, blocks, now, period_s=PERIOD_S)
    for block in path:
        believed = verify_next(believed, block, now, period_s=PERIOD_S)
    return [block.height for block in path]


def test_one_validator(oracle: Oracle, tmp_path_factory: pytest.TempPathFactory) -> None:
    with network(tmp_path_factory.mktemp("one"), 1) as running:
        height = running.after(4)
        chain = [running.light_block(n) for n in range(1, height)]
        assert followed(NodeLightBlocks(running.api), running, height - 1) == [height - 1]
        with pytest.raises(Unavailable, match=r"node\.no_header"):
            NodeLightBlocks(running.api, patience_s=0).at(10_000)
    judged(oracle, chain)


def test_four_validators_of_whom_one_is_left(
    oracle: Oracle, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with network(tmp_path_factory.mktemp("four"), 4) as running:
        running.give_power(3, 2)
        for leaving in range(3):
            running.give_power(leaving, 0)
            running.after(1)
        height = running.after(3) - 1
        blocks = NodeLightBlocks(running.api)
        heights = followed(blocks, running, height)
        chain = [running.light_block(n) for n in range(1, height + 1)]
    first, last = (
        read_light_block(one["signed_header"], one["validators"]) for one in (chain[0], chain[-1])
    )
    assert (len(first.validators), len(last.validators)) == (4, 1)
    assert len(verified_signers(last)) == 1
    with pytest.raises(Refused, match=r"light\.far"):
        verify_next(believe(first), last, now_of(chain[-1]))
    assert len(heights) > 1
    (why,) = oracle.answers([question(chain[0], chain[-1], now_of(chain[-1]), PERIOD_S)])
    assert "cant trust new val set" in str(why)
    judged(oracle, chain)
