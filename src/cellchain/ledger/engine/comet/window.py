"""How much a node proposes at once: as much as the others take in before they stop waiting for it.

Additive increase, multiplicative decrease, as TCP finds what a network carries (RFC 5681): a full
block that was decided lets the next one of this node be `STEP_BYTES` larger; one that was not,
because others went on to the next round without it, halves it. Every node finds its own; what the
members agreed on stays the limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST_BYTES = 512 << 10
STEP_BYTES = 64 << 10
LEAST_BYTES = 128 << 10


class Window:
    """What the proposals of one node have taught it."""

    def __init__(self) -> None:
        self.size = FIRST_BYTES
        self._height = 0
        self._offered: list[bytes] = []
        self._full = False

    def room(self, height: int, *, most: int, least: int) -> int:
        """Return how many bytes to propose at ``height``, from ``least`` to ``most``.

        Who is asked twice at one height has proposed in vain.
        """
        if height == self._height:
            self._shrink()
        self.size = min(self.size, most)
        return min(max(self.size, least), most)

    def offered(self, height: int, chosen: Sequence[bytes], *, of: Sequence[bytes]) -> None:
        """Note what is proposed at ``height``, of what waited."""
        self._height, self._offered = height, list(chosen)
        self._full = len(chosen) < len(of)

    def decided(self, height: int, transactions: Sequence[bytes]) -> None:
        """Learn from the block of ``height``; again, where it is told again, does nothing."""
        if height == self._height:
            if self._offered != list(transactions):
                self._shrink()
            elif self._full:
                self.size += STEP_BYTES
        self._height, self._offered = 0, []

    def _shrink(self) -> None:
        """Take half of what was too much; a small block failed for another reason."""
        size = sum(map(len, self._offered))
        if 2 * size >= self.size:
            self.size = max(LEAST_BYTES, size // 2)
