"""Older blocks brought back into a home that does not keep them, checked against its log.

A replay of the same chain ends where the blocks of the home begin. The log that its app hash
commits to says whether the two are one history; nothing of the state changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.ledger.keeping import first_kept, first_kept_row
from cellchain.ledger.store import BLOCK, PARAMETERS, PLACE, TILE, after

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.state import State
    from cellchain.ledger.store import Row, Rows

WRITTEN_BYTES = 16_000_000
"""At once."""


def bring_back(state: State, before: State) -> None:
    """Write the blocks that ``state`` does not keep, from a state that ends where its own begin.

    Args:
        state: Of a home that keeps only some blocks; nobody writes to it meanwhile.
        before: The same chain replayed from its genesis up to the first block that is kept.

    Raises:
        Refused: ``ledger.another_history``: it is not what the app hash of ``state`` commits to.
    """
    first, size = first_kept(state.store), before.head.log_size
    fits = before.head.height == first - 1 and size <= state.head.log_size
    if not fits or state.history.root(size) != before.history.frontier.root():
        raise Refused(
            "ledger.another_history",
            f"it ends with block {before.head.height} and {size} entries in its log, which are not"
            f" those before block {first} here",
            remedy="take the ledger as a home of this chain exports it that keeps all blocks",
        )
    rows: list[Row] = []
    written = 0
    for key, value in _brought(state.store, before.store):
        rows.append((key, value))
        written += len(value)
        if written >= WRITTEN_BYTES:
            state.store.write(rows)
            rows, written = [], 0
    state.store.write([*rows, first_kept_row(0)])


def _brought(store: Rows, before: Rows) -> Iterator[tuple[bytes, bytes]]:
    for table in (BLOCK, PLACE, PARAMETERS):
        yield from before.scan(table, after(table))
    for key, tile in before.scan(TILE, after(TILE)):
        if store.get(key) is None:
            yield key, tile
