"""The ledger of a home that cannot make blocks now: it shows its records, and takes none.

It was restored from a backup without the operator's key, so that nobody can sign another header; or
it is a node that does not run. What was decided can be read, proved and served.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from cellchain.adapters.clock import clock_ms
from cellchain.core.errors import Unavailable

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
            Refused: ``home.no_operator``; Unavailable: ``node.stopped``.
        """
        self._refuse()

    def next_sequence(self, _: KeyId) -> int:
        """Refuse: nothing that would be signed with it could be written.

        Raises:
            Refused: ``home.no_operator``; Unavailable: ``node.stopped``.
        """
        self._refuse()

    def find(self, record: type[R], subject: str) -> R | None:
        """Return a record as of the last block, or ``None``."""
        found: R | None = self._find(record, subject)
        return found

    def now_ms(self) -> int:
        """Return the time."""
        return clock_ms()

    def _refuse(self) -> NoReturn:
        if self._home.is_node:
            raise Unavailable(
                "node.stopped",
                "the node of this home does not run",
                remedy="start it with: cellchain node start",
            )
        self._home.operator_key()
        raise AssertionError("a home with the operator's key has a writer")
