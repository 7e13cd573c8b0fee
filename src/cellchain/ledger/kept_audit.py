"""An audit of a home that keeps only some of its blocks: all that is there, and nothing else.

The state is computed anew from its records and compared with the app hash; each block that is kept
is compared with the hashes of the log, its transactions with their receipts, and its app hash
computed from the log at its height. What came before is vouched for by the app hash alone: whoever
wants it executed again needs a home that keeps all blocks.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Corrupt
from cellchain.crypto.log import leaf_hash
from cellchain.ledger.entry import RECEIPT_KIND
from cellchain.ledger.keeping import first_kept
from cellchain.ledger.replay import stored_blocks
from cellchain.ledger.snapshot import check_state
from cellchain.ledger.state import app_hash

if TYPE_CHECKING:
    from collections.abc import Callable

    from cellchain.ledger.state import State, StoredBlock


def audit_kept(state: State, *, progress: Callable[[int], None] = lambda _: None) -> int:
    """Compare what ``state`` keeps with its app hash; return the transactions that were looked at.

    Raises:
        Corrupt: ``store.…``, ``audit.differs``: what differs, and where.
    """
    check_state(state)
    first, head, count = first_kept(state.store), state.head, 0
    size: int | None = None
    for block in stored_blocks(state.store, head.height, first):
        if size not in {None, block.log_start}:
            raise _differs(block, "its entries do not follow those of the block before")
        size = _check(state, block)
        count += len(block.transactions)
        progress(block.height)
    if size is not None and (size, block.app_hash) != (head.log_size, head.app_hash):
        raise _differs(block, "it is the last one, and the head says something else")
    return count


def _check(state: State, block: StoredBlock) -> int:
    """Compare a block with the log; return the size of the log after it."""
    size = block.log_start + len(block.entries)
    for position, entry in enumerate(block.entries, block.log_start):
        if state.history.leaf(position) != leaf_hash(entry):
            raise _differs(block, f"entry {position} is not the one in the log")
    root, agreed = state.history.root(size), state.parameter_hash_at(block.height)
    if app_hash(size, root, block.map_root, agreed) != block.app_hash:
        raise _differs(block, "its app hash is not that of the log at its height")
    decoded = [msgspec.json.decode(entry) for entry in block.entries]
    receipts = [one["transaction"] for one in decoded if one["kind"] == RECEIPT_KIND]
    if receipts != [sha256(data).hexdigest() for data in block.transactions]:
        raise _differs(block, "its transactions are not those of its receipts")
    return size


def _differs(block: StoredBlock, why: str) -> Corrupt:
    return Corrupt("audit.differs", f"block {block.height}: {why}")
