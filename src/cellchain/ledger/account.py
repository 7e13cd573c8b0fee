"""What the ledger itself remembers: the last sequence of each key, the gas of each account."""

from __future__ import annotations

from cellchain.ledger.contract import Record


class Sequence(Record, frozen=True, kw_only=True, tag="ledger.sequence/1"):
    """How many transactions of a key have entered the log."""

    last: int


class Usage(Record, frozen=True, kw_only=True, tag="ledger.usage/1"):
    """Gas that an account has used in its latest window."""

    window: int
    """Block time divided by the window's length."""
    gas: int
