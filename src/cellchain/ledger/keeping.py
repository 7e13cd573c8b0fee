"""Which blocks a home keeps: all since the genesis, or those from some height on.

A home that took over a snapshot has none from before it, and one that is told to forget old blocks
drops them as new ones come. Records, the hashes of the log and the head stay whole, so that what is
kept goes on being provable; what is not kept is refused, never guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.ledger.store import BLOCK, DECIDED, FIRST_KEPT, PLACE, at

if TYPE_CHECKING:
    from cellchain.ledger.store import Row, Rows

FORGOTTEN_AT_ONCE = 100
"""Blocks that one new block may drop: a home that begins to forget does so step by step."""


def first_kept(store: Rows) -> int:
    """Return the height of the first block that is kept; 0: the genesis, and so all."""
    return int.from_bytes(store.get(FIRST_KEPT) or b"", "big")


def first_kept_row(height: int) -> Row:
    """Return the row that says which block is the first that is kept."""
    return FIRST_KEPT, height.to_bytes(8, "big") if height else None


def check_kept(store: Rows, height: int = 0) -> None:
    """Refuse where a block is not kept here any more, or never was.

    Raises:
        Refused: ``ledger.not_kept``.
    """
    first = first_kept(store)
    if height < first:
        what = f"block {height} is" if height else "the blocks since the genesis are"
        raise Refused(
            "ledger.not_kept",
            f"{what} not kept here, only those from {first} on",
            remedy="ask a home that keeps them, or bring them back from an exported ledger:"
            " cellchain node history FILE.ledger",
        )


def forgotten_rows(store: Rows, until: int) -> list[Row]:
    """Return what to write so that the blocks before ``until`` are forgotten, some at a time."""
    first = first_kept(store)
    end = min(until, first + FORGOTTEN_AT_ONCE)
    if end <= first:
        return []
    tables = (BLOCK, PLACE, DECIDED)
    rows: list[Row] = [(at(table, n), None) for n in range(first, end) for table in tables]
    return [*rows, first_kept_row(end)]
