"""How far the clock of this machine is from those of the other validators, by the times of votes.

A vote carries the time of whoever cast it, and those of one block are cast within a moment:

    off = own vote − median of the others'        of each of the last blocks
    off = now − median of the others'             where that is negative: they voted in our future

A clock that is behind is not seen by the first while blocks follow each other quickly: CometBFT
lets no vote be older than its block. Then the second sees it.
"""

from __future__ import annotations

from datetime import datetime
from statistics import median_low
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cellchain.adapters.cometbft.api import NodeApi

LOOKED_AT = 3
"""Last blocks; the first after a rest tells most."""
_VOTED = 2
"""CometBFT's mark of a vote for the block."""


def clock_off_ms(api: NodeApi, own: str, *, kept: range, now_ms: int) -> int | None:
    """Return how far this clock is ahead, or behind where negative; ``None``: nobody else votes.

    Args:
        api: The node.
        own: What CometBFT calls the validator of this node.
        kept: Heights of the blocks that CometBFT has.
        now_ms: The clock.

    Raises:
        Unavailable: ``node.api``.
    """
    commits = [api.ask("commit", height=str(height)) for height in kept[-LOOKED_AT:]]
    votes = [vote_times_ms(commit) for commit in commits if commit]
    return off_ms(votes, own, now_ms=now_ms)


def off_ms(votes: list[dict[str, int]], own: str, *, now_ms: int) -> int | None:
    """Return how far a clock is off.

    Args:
        votes: When each validator voted, for each of the last blocks, the last one last.
        own: Whose clock this is.
        now_ms: What it says.
    """
    found: list[int] = []
    for times in votes:
        others = [time for who, time in times.items() if who != own]
        if others and own in times:
            found.append(times[own] - median_low(others))
    last = [time for who, time in (votes[-1] if votes else {}).items() if who != own]
    if last:
        found.append(min(0, now_ms - median_low(last)))
    return max(found, key=abs, default=None)


def vote_times_ms(commit: dict[str, Any]) -> dict[str, int]:
    """Return when each validator voted for a block, as CometBFT's ``commit`` tells it."""
    votes = commit["signed_header"]["commit"]["signatures"]
    return {
        one["validator_address"]: int(datetime.fromisoformat(one["timestamp"]).timestamp() * 1000)
        for one in votes
        if one["block_id_flag"] == _VOTED
    }
