"""Light blocks from a node: what its network signed, asked of CometBFT and kept.

    commit?height=        the header and the votes for it      ┐
    validators?height=    who might vote, a hundred a time     ┴→ LightBlock

They never change, so that each is asked for once.
"""

from __future__ import annotations

import time
from base64 import b64decode
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any

from cellchain.core.errors import Refused, Unavailable
from cellchain.ledger.light import (
    BlockHeader,
    BlockReference,
    LightBlock,
    Validator,
    ValidatorVote,
    only_verified,
    parse_timestamp,
)

if TYPE_CHECKING:
    from cellchain.adapters.cometbft.api import NodeApi

KEPT_MAX = 256
"""Light blocks that are kept."""
PATIENCE_S = 5.0
"""How long a header is awaited that the network is about to sign."""
LOOK_S = 0.05
WAITING_MAX = 4
"""Callers that may await one at once; the others are told to ask again."""
PAGE, PAGES_MAX = 100, 2
ABSENT, FOR_BLOCK, FOR_NOTHING = 1, 2, 3
"""``BlockIDFlag`` of a vote."""


class NodeLightBlocks:
    """A `cellchain.ledger.light.LightBlocks` over the node of this home.

    Args:
        api: CometBFT.
        patience_s: How long a header is awaited.
    """

    def __init__(self, api: NodeApi, *, patience_s: float = PATIENCE_S) -> None:
        self._api = api
        self._patience_s = patience_s
        self._kept: dict[int, LightBlock] = {}
        self._lock = Lock()
        self._turns = BoundedSemaphore(WAITING_MAX)

    def latest(self) -> int:
        """Return the height of the last header."""
        height: str = self._api.ask("status")["sync_info"]["latest_block_height"]
        return int(height)

    def at(self, height: int) -> LightBlock:
        """Return the light block of ``height``; one that is about to be signed is awaited briefly.

        Raises:
            Unavailable: ``node.stopped``; ``node.no_header``: it is not there yet; ``node.api``: it
                is there no longer.
        """
        with self._lock:
            kept = self._kept.get(height)
        if kept is not None:
            return kept
        self._await(height)
        found = only_verified(read_light_block(self._signed(height), self._validators(height)))
        with self._lock:
            self._kept[height] = found
            while len(self._kept) > KEPT_MAX:
                del self._kept[next(iter(self._kept))]
        return found

    def _await(self, height: int) -> None:
        """Wait until there is a header; only a few wait at once, each holding up a thread."""
        if self.latest() >= height:
            return
        waits = self._turns.acquire(blocking=False)
        try:
            ends = time.monotonic() + (self._patience_s if waits else 0)
            while (latest := self.latest()) < height:
                if time.monotonic() >= ends:
                    raise Unavailable(
                        "node.no_header",
                        f"the last header of the network is {latest}; {height} is not signed yet",
                        remedy="ask again in a moment; too few validators may be running",
                    )
                time.sleep(LOOK_S)
        finally:
            if waits:
                self._turns.release()

    def _signed(self, height: int) -> dict[str, Any]:
        found: dict[str, Any] = self._api.ask("commit", height=str(height))["signed_header"]
        return found

    def _validators(self, height: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for page in range(1, PAGES_MAX + 1):
            told = self._api.ask(
                "validators", height=str(height), page=str(page), per_page=str(PAGE)
            )
            found += told["validators"]
            if len(found) >= int(told["total"]):
                break
        return found


def read_light_block(signed: dict[str, Any], validators: list[dict[str, Any]]) -> LightBlock:
    """Return what CometBFT says as JSON as a light block.

    What stands twice there, and once in a light block, is compared.

    Raises:
        Refused: ``light.malformed``.
    """
    try:
        return _light_block(signed, validators)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused("light.malformed", f"no light block of CometBFT: {error!r}") from error


def _light_block(signed: dict[str, Any], validators: list[dict[str, Any]]) -> LightBlock:
    header, commit = _header(signed["header"]), signed["commit"]
    members = tuple(_validator(one) for one in validators)
    votes = commit["signatures"]
    if len(votes) != len(members):
        raise ValueError(f"{len(votes)} votes of {len(members)} validators")
    if int(commit["height"]) != header.height:
        raise ValueError(f"a commit of height {commit['height']} beside header {header.height}")
    reference = _reference(commit["block_id"])
    if reference.hash != header.hash.hex():
        raise ValueError(f"a commit to {reference.hash} beside header {header.hash.hex()}")
    return LightBlock(
        header=header,
        round=int(commit["round"]),
        parts=reference.parts,
        parts_hash=reference.parts_hash,
        validators=members,
        votes=tuple(_vote(vote, one) for vote, one in zip(votes, members, strict=True)),
    )


def _header(said: dict[str, Any]) -> BlockHeader:
    return BlockHeader(
        block_version=int(said["version"]["block"]),
        app_version=int(said["version"].get("app", 0)),
        chain=said["chain_id"],
        height=int(said["height"]),
        time=parse_timestamp(said["time"]),
        previous=_reference(said["last_block_id"]),
        previous_commit=said["last_commit_hash"].lower(),
        transactions=said["data_hash"].lower(),
        validators=said["validators_hash"].lower(),
        next_validators=said["next_validators_hash"].lower(),
        consensus=said["consensus_hash"].lower(),
        app_hash=said["app_hash"].lower(),
        previous_results=said["last_results_hash"].lower(),
        evidence=said["evidence_hash"].lower(),
        proposer=said["proposer_address"].lower(),
    )


def _reference(said: dict[str, Any]) -> BlockReference:
    parts = said["parts"]
    return BlockReference(
        hash=said["hash"].lower(), parts=int(parts["total"]), parts_hash=parts["hash"].lower()
    )


def _validator(said: dict[str, Any]) -> Validator:
    key = said["pub_key"]
    if key["type"] != "tendermint/PubKeyEd25519":
        raise ValueError(f"a key of type {key['type']!a}")
    found = Validator(
        key=b64decode(key["value"], validate=True).hex(), power=int(said["voting_power"])
    )
    if found.address != said["address"].lower():
        raise ValueError(f"a validator called {said['address']!a} instead of {found.address}")
    return found


def _vote(said: dict[str, Any], validator: Validator) -> ValidatorVote | None:
    """Return a vote for the block; ``None`` for one for nothing, and where there is none."""
    flag = said["block_id_flag"]
    if flag in (ABSENT, FOR_NOTHING):
        return None
    if flag != FOR_BLOCK:
        raise ValueError(f"a vote of sort {flag!r}")
    if said["validator_address"].lower() != validator.address:
        raise ValueError(f"a vote of {said['validator_address']} in the place of another")
    return ValidatorVote(
        time=parse_timestamp(said["timestamp"]),
        signature=b64decode(said["signature"], validate=True).hex(),
    )
