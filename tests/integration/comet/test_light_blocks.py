"""Light blocks are asked of a node once, awaited briefly, and freed of votes that do not hold."""

from __future__ import annotations

from typing import Any

import pytest

from cellchain.adapters.cometbft import light_blocks
from cellchain.adapters.cometbft.folder import EVIDENCE_NS
from cellchain.adapters.cometbft.light_blocks import NodeLightBlocks, read_light_block
from cellchain.core.errors import Refused, Unavailable
from cellchain.ledger.light import TRUSTING_PERIOD_S
from tests.consortium import Chain, as_cometbft

FOUR = {1: 10, 2: 10, 3: 10, 4: 10}
MANY = dict.fromkeys(range(1, 151), 10)


class Api:
    """CometBFT's API over a chain in memory."""

    def __init__(self, chain: Chain, latest: list[int]) -> None:
        self._chain = chain
        self._latest = latest
        self.asked: list[str] = []
        self.change = lambda said: said

    def ask(self, method: str, **parameters: str) -> dict[str, Any]:
        self.asked.append(method)
        if method == "status":
            latest = self._latest.pop(0) if len(self._latest) > 1 else self._latest[0]
            return {"sync_info": {"latest_block_height": str(latest)}}
        said = self.change(as_cometbft(self._chain.at(int(parameters["height"]))))
        if method == "commit":
            return {"signed_header": said["signed_header"]}
        members, size = said["validators"], int(parameters["per_page"])
        start = size * (int(parameters["page"]) - 1)
        return {"validators": members[start : start + size], "total": str(len(members))}


def test_a_light_block_is_asked_for_once():
    chain = Chain([FOUR], height=9)
    api = Api(chain, [9])
    blocks = NodeLightBlocks(api)
    assert blocks.at(5) == blocks.at(5) == chain.at(5)
    assert api.asked == ["status", "commit", "validators"]


def test_of_many_validators_every_page_is_asked_for():
    chain = Chain([MANY], height=3)
    assert NodeLightBlocks(Api(chain, [3])).at(2) == chain.at(2)


def test_no_more_are_kept_than_have_room(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(light_blocks, "KEPT_MAX", 2)
    api = Api(Chain([FOUR], height=9), [9])
    blocks = NodeLightBlocks(api)
    for height in (1, 2, 3, 3, 2, 1):
        blocks.at(height)
    assert api.asked.count("commit") == 4


def test_a_header_that_is_about_to_be_signed_is_awaited():
    api = Api(Chain([FOUR], height=9), [8, 8, 9])
    assert NodeLightBlocks(api).at(9).height == 9


def test_it_is_not_awaited_for_ever():
    blocks = NodeLightBlocks(Api(Chain([FOUR], height=9), [8]), patience_s=0)
    with pytest.raises(Unavailable, match=r"node\.no_header"):
        blocks.at(9)


def test_only_a_few_wait_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(light_blocks, "WAITING_MAX", 0)
    blocks = NodeLightBlocks(Api(Chain([FOUR], height=9), [8]), patience_s=3600)
    with pytest.raises(Unavailable, match=r"node\.no_header"):
        blocks.at(9)


def test_a_vote_that_does_not_hold_here_is_left_out():
    def spoilt(said: dict[str, Any]) -> dict[str, Any]:
        said["signed_header"]["commit"]["signatures"][0]["signature"] = "A" * 86 + "=="
        return said

    api = Api(Chain([FOUR], height=9), [9])
    api.change = spoilt
    found = NodeLightBlocks(api).at(5)
    assert [vote is None for vote in found.votes] == [True, False, False, False]


def test_validators_are_believed_no_longer_than_two_thirds_of_the_time_they_can_be_convicted():
    assert int(EVIDENCE_NS) * 2 // 3 >= TRUSTING_PERIOD_S * 10**9


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda said: said["signed_header"].pop("commit"), id="no-votes"),
        pytest.param(lambda said: said["signed_header"]["header"].pop("time"), id="no-time"),
        pytest.param(lambda said: said["validators"].append(None), id="no-validator"),
        pytest.param(lambda said: said.update(validators=said["validators"][:2]), id="too-few"),
    ],
)
def test_what_is_no_light_block_is_refused(change: Any):
    said = as_cometbft(Chain([FOUR]).at(1))
    change(said)
    with pytest.raises(Refused, match=r"light\.malformed"):
        read_light_block(said["signed_header"], said["validators"])
