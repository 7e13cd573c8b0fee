"""From what is believed to a header far on, over as few headers between as convince.

The whole way is tried first. Where too few of the believed validators signed, the header halfway is
tried, and so on (``verifySkipping``, light/client.go): a chain whose validators rarely change needs
one step, however long it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cellchain.core.errors import Refused
from cellchain.ledger.light.verification import verify_next

if TYPE_CHECKING:
    from cellchain.ledger.light.block import LightBlock
    from cellchain.ledger.light.timestamp import Timestamp
    from cellchain.ledger.light.verification import Believed

BLOCKS_MAX = 64
"""Light blocks that one proof may hold, and that are asked for at most to find them, times two."""


class LightBlocks(Protocol):
    """A node that is asked for what its network signed."""

    def at(self, height: int) -> LightBlock:
        """Return the light block of a height.

        Raises:
            Unavailable: the node does not answer, or has forgotten it.
        """
        ...

    def latest(self) -> int:
        """Return the greatest height there is."""
        ...


def convincing_path(
    believed: Believed, target: LightBlock, blocks: LightBlocks, now: Timestamp, *, period_s: int
) -> tuple[LightBlock, ...]:
    """Return the light blocks that lead from what is ``believed`` to ``target``, that included.

    Args:
        believed: Where trust begins.
        target: Where it is wanted.
        blocks: Has those between.
        now: The time to judge at.
        period_s: How long what is believed counts.

    Raises:
        Refused: ``light.…``: the first that cannot follow; ``light.long``: it takes too many.
    """
    path: list[LightBlock] = []
    ahead = [target]
    """What is not believed yet, the nearest last."""
    asked = 0
    while ahead:
        nearest = ahead[-1]
        try:
            believed = verify_next(believed, nearest, now, period_s=period_s)
        except Refused as refusal:
            if refusal.code != "light.far":
                raise
            asked += 1
            if asked > 2 * BLOCKS_MAX:
                break
            ahead.append(blocks.at((believed.height + nearest.height) // 2))
        else:
            path.append(nearest)
            ahead = [target] if nearest != target else []
    if ahead or len(path) > BLOCKS_MAX:
        raise Refused(
            "light.long",
            f"more than {BLOCKS_MAX} headers would be needed from {believed.height} to"
            f" {target.height}",
            remedy="begin at a later header that the verifier trusts: --since HEIGHT",
        )
    return tuple(path)
