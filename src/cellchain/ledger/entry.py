"""What is written into the log besides events, and what a transaction leaves behind.

The log of a block with transactions, or with something due, is

    block mark                     the app hash before it: the log covers all state through it
    events, done                   of what was due at this height
    events, receipt                of the first transaction
    events, receipt                of the second …

Every entry is canonical JSON that names its kind, so none can be taken for another. The receipt
holds the code, never a sentence: sentences may be reworded, hashes may not.
"""

from __future__ import annotations

import msgspec

from cellchain.core.names import Digest, PartyId

RECEIPT_KIND = "ledger.receipt/1"


class Mark(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True,
    tag_field="kind", tag="ledger.mark/1",
):  # fmt: skip
    """The first entry of a block that writes any."""

    app_hash: Digest
    """App hash after the previous block."""


class GenesisMark(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True,
    tag_field="kind", tag="ledger.genesis_mark/1",
):  # fmt: skip
    """The first entry of the log."""

    genesis: Digest
    """SHA-256 of the genesis file."""


class Receipt(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True,
    tag_field="kind", tag=RECEIPT_KIND,
):  # fmt: skip
    """What became of a transaction."""

    transaction: Digest
    gas: int
    code: str = ""
    """Why it was refused; empty when it happened."""
    events: tuple[Digest, ...] = ()
    """Log leaf hashes of its events."""


class Done(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True,
    tag_field="kind", tag="ledger.done/1",
):  # fmt: skip
    """What became of something that was agreed on for the beginning of a block."""

    sender: PartyId
    """The contract in whose name it happened."""
    code: str = ""
    """Why it was refused; the events are then those that happened instead."""
    events: tuple[Digest, ...] = ()
    """Log leaf hashes of its events."""


class Result(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the sender is told; the hashed part is the receipt."""

    transaction: Digest
    code: str = ""
    text: str = ""
    """A sentence for the sender; not hashed, may differ between releases."""
    gas: int = 0
    in_log: bool = True
    """False where it touched nothing at all: unauthenticated, replayed, malformed."""
    height: int = 0
    position: int = 0
    """Position of the receipt in the log."""
