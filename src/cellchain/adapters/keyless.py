"""The ledger of a home that does not hold the operator's key: it shows its records, and takes none.

Such a home was restored from a backup without keys. What was decided can be read, proved and
served; nobody can sign another header, so nothing can be written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cellchain.adapters.clock import clock_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cellchain.adapters.home import Home
    from cellchain.core.names import KeyId
    from cellchain.ledger.contract import R
    from cellchain.ledger.entry import Result


class KeylessLedger:
    """A `cellchain.ledger.port.Ledger` that only reads.

    Args:
        home: Whose.
        find: Reads a record, as of the last block.
    """

    def __init__(self, home: Home, find: Callable[[type[Any], str], Any]) -> None:
        self.genesis = home.genesis
        self._home = home
        self._find = find

    def submit(self, _: Sequence[bytes]) -> list[Result]:
        """Refuse.

        Raises:
            Refused: ``home.no_operator``.
        """
        self._home.operator_key()
        raise AssertionError("a home with the operator's key has a writer")

    def next_sequence(self, _: KeyId) -> int:
        """Refuse: nothing that would be signed with it could be written.

        Raises:
            Refused: ``home.no_operator``.
        """
        self._home.operator_key()
        raise AssertionError("a home with the operator's key has a writer")

    def find(self, record: type[R], subject: str) -> R | None:
        """Return a record as of the last block, or ``None``."""
        found: R | None = self._find(record, subject)
        return found

    def now_ms(self) -> int:
        """Return the time."""
        return clock_ms()
