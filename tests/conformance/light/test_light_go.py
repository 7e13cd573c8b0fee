"""The light client against CometBFT's own: the same verdict on good headers and on changed ones.

CometBFT looks at no vote behind those that are enough. We do not count these either, but each has
to have the form of a vote: in two changes we may refuse what CometBFT lets pass, never the reverse.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from cellchain.adapters.cometbft.light_blocks import read_light_block
from cellchain.core.errors import Refused
from cellchain.ledger.light import believe, verify_next
from cellchain.ledger.light.block import check_light_block
from tests.conformance.light.changes import CHANGES, changed
from tests.conformance.light.oracle import Oracle, question
from tests.consortium import Chain, as_cometbft, rotating, time_of

if TYPE_CHECKING:
    from cellchain.ledger.light import Timestamp

FOUR = {1: 40, 2: 30, 3: 20, 4: 10}
NOW, PERIOD_S = time_of(60), 3600 * 24
CHAINS = {
    "those that stay": Chain([FOUR], height=20),
    "one alone": Chain([{1: 1}], height=20),
    "one more": Chain([FOUR, {**FOUR, 5: 50}], height=20),
    "one leaves and one comes": Chain(rotating(20)),
    "all change": Chain([*[FOUR] * 5, {6: 10, 7: 10, 8: 10}], height=20),
}
STRICTER = ("a short signature", "a vote in the place of another")
WAYS = ((1, 2), (1, 3), (1, 20), (4, 5), (5, 6), (5, 7), (19, 20), (7, 7), (9, 4))


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Oracle:
    return Oracle(tmp_path_factory.mktemp("oracle"))


def believed(trusted: Any, untrusted: Any, now: Timestamp = NOW, period_s: int = PERIOD_S) -> bool:
    """Our verdict on what CometBFT's API would tell."""
    try:
        first = read_light_block(trusted["signed_header"], trusted["validators"])
        check_light_block(first)
        following = read_light_block(untrusted["signed_header"], untrusted["validators"])
        verify_next(believe(first), following, now, period_s=period_s)
    except Refused:
        return False
    return True


def compared(oracle: Oracle, cases: list[tuple[str, Any, Any, Timestamp, int]]) -> list[bool]:
    """Our verdicts, each the same as CometBFT's."""
    answers = oracle.answers([question(*case[1:]) for case in cases])
    ours = [believed(*case[1:]) for case in cases]
    differ = [
        (case[0], our, theirs)
        for case, our, theirs in zip(cases, ours, answers, strict=True)
        if our != (theirs is None) and (our or not any(name in case[0] for name in STRICTER))
    ]
    assert differ == []
    return ours


@pytest.mark.parametrize("name", CHAINS)
def test_each_way_through_a_chain_is_judged_alike(oracle: Oracle, name: str):
    chain = CHAINS[name]
    cases = [
        (f"{first} to {last}", as_cometbft(chain.at(first)), as_cometbft(chain.at(last)), NOW,
         PERIOD_S)
        for first, last in WAYS
    ]  # fmt: skip
    ours = compared(oracle, cases)
    assert ours[0]
    assert not ours[-1]


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_is_judged_alike(oracle: Oracle, name: str):
    dice = Random(name)
    cases = []
    for chain in CHAINS.values():
        for first, last in WAYS[:4]:
            trusted, good = as_cometbft(chain.at(first)), as_cometbft(chain.at(last))
            several = [changed(good, name, dice) for _ in range(4)]
            cases += [(name, trusted, one, NOW, PERIOD_S) for one in several]
    ours = compared(oracle, cases)
    harmless = {"nothing", "a vote dropped", "votes dropped", "a vote for nothing"}
    assert any(ours) or name not in harmless
    assert not all(ours)


def test_several_changes_at_once_are_judged_alike(oracle: Oracle):
    dice = Random(39)
    names = list(CHANGES)
    cases = []
    for _ in range(600):
        chain = dice.choice(list(CHAINS.values()))
        first, last = dice.choice(WAYS)
        trusted, said = as_cometbft(chain.at(first)), as_cometbft(chain.at(last))
        try:
            for name in (chosen := dice.sample(names, 2)):
                said = changed(said, name, dice)
        except (IndexError, ValueError):
            continue  # nothing was left to change
        cases.append((f"{chosen}", trusted, said, NOW, PERIOD_S))
    assert len(cases) > 300
    assert any(compared(oracle, cases))


@pytest.mark.parametrize("nanos", [-1, 0, 1])
def test_the_edges_of_time_are_judged_alike(oracle: Oracle, nanos: int):
    chain = CHAINS["those that stay"]
    trusted, good = as_cometbft(chain.at(1)), as_cometbft(chain.at(9))

    def beside(time: Timestamp) -> Timestamp:
        return type(time)(time.seconds, time.nanos + nanos)

    ends, drift = time_of(1).plus(PERIOD_S), time_of(9).plus(-10)
    cases = [
        ("the period ends", trusted, good, beside(ends), PERIOD_S),
        ("ahead of the clock", trusted, good, beside(drift), PERIOD_S),
    ]
    assert compared(oracle, cases) == [nanos < 0, nanos > 0]
