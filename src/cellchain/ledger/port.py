"""The port through which services speak to a ledger, wherever its writer runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.core.names import KeyId
    from cellchain.ledger.contract import R
    from cellchain.ledger.entry import Result
    from cellchain.ledger.parameters import Genesis


class Ledger(Protocol):
    """A ledger that takes transactions and shows its records."""

    @property
    def genesis(self) -> Genesis:
        """The beginning of the chain."""
        ...

    def submit(self, transactions: Sequence[bytes]) -> list[Result]:
        """Hand over transactions in order; return when each is durable or refused.

        Raises:
            Unavailable: The ledger cannot write now; whether the transactions happened is known
                by their receipts, and submitting them again is safe.
        """
        ...

    def next_sequence(self, key: KeyId) -> int:
        """Return the sequence that the next transaction of ``key`` must have."""
        ...

    def find(self, record: type[R], subject: str) -> R | None:
        """Return a record as of the last block, or ``None``."""
        ...

    def now_ms(self) -> int:
        """Return the time that the next block would have."""
        ...
