"""A home's vault at work beside its ledger: what the command line and the server are given."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cellchain.adapters.vault.opening import open_vault
from cellchain.contracts.membership import Key
from cellchain.ledger.stage import known
from cellchain.services.vault import Documents, LedgerMembers, erasure_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cellchain.adapters.home import Home
    from cellchain.adapters.vault.opening import OpenedVault
    from cellchain.core.names import KeyId, PartyId
    from cellchain.ledger.contract import Book, R, Record
    from cellchain.ledger.port import Ledger

    Scan = Callable[[type[Record]], Iterable[tuple[str, Record]]]


class LedgerBook:
    """The records of a ledger as of its last block, read anew at every question.

    Args:
        ledger: Whose records.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def find(self, record: type[R], subject: str) -> R | None:
        """Return the record of ``subject``, or ``None``."""
        return self._ledger.find(record, subject)

    def get(self, record: type[R], subject: str) -> R:
        """Return the record of ``subject``; refuse without one."""
        return known(self.find(record, subject), record, subject)


class WorkingVault:
    """The vault and the ledger that it answers to.

    Args:
        home: Whose vault.
        ledger: Its ledger.
        opened: The vault.
        book: The records of the ledger.
    """

    def __init__(self, home: Home, ledger: Ledger, opened: OpenedVault, book: Book) -> None:
        self.home = home
        self.ledger = ledger
        self.vault = opened.vault
        self.eraser = opened.eraser
        self.book = book
        self.documents = Documents(opened.vault, book, opened.uploads)

    def party_of(self, key: KeyId) -> PartyId:
        """Return the party that a key speaks for.

        Raises:
            Refused: ``membership.unknown_key``.
        """
        return self.book.get(Key, key).party


@contextmanager
def working_vault(home: Home, ledger: Ledger, scan: Scan, **how: Any) -> Iterator[WorkingVault]:
    """Open the vault of ``home`` beside its ledger; erasures that a crash cut off are finished.

    Args:
        home: Whose vault.
        ledger: Takes what the vault has to say.
        scan: Every record of a sort.
        how: As for `open_vault`.
    """
    book = LedgerBook(ledger)
    opened = open_vault(home, LedgerMembers(book, scan), **how)
    try:
        opened.eraser.settle(lambda one, party: erasure_of(book, one, party))
        yield WorkingVault(home, ledger, opened, book)
    finally:
        opened.close()
