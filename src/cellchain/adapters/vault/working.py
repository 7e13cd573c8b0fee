"""A home's vault at work beside its ledger: what the command line and the server are given."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cellchain.adapters.vault.opening import open_vault
from cellchain.contracts.document import Erasure
from cellchain.contracts.membership import Key
from cellchain.ledger.stage import known
from cellchain.services.vault import (
    Documents,
    LedgerMembers,
    erasure_of,
    erasure_order,
    follow,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from cellchain.adapters.home import Home
    from cellchain.adapters.vault.opening import OpenedVault
    from cellchain.core.names import Digest, KeyId, PartyId
    from cellchain.ledger.contract import Book, Message, R, Record
    from cellchain.ledger.port import Ledger
    from cellchain.services.vault import Vault

    Forget = Callable[[Vault, Sequence[Digest]], bool]
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
        scan: Every record of a sort.
        forget: Told the vault and what was destroyed in it, so that nobody is shown it either;
            returns whether nothing of it stays in a journal.
    """

    def __init__(
        self,
        home: Home,
        ledger: Ledger,
        opened: OpenedVault,
        book: Book,
        *,
        scan: Scan,
        forget: Forget,
    ) -> None:
        self.home = home
        self.ledger = ledger
        self.vault = opened.vault
        self.eraser = opened.eraser
        self._index = opened.index
        self._forgotten = True
        self.book = book
        self.documents = Documents(opened.vault, book, opened.uploads)
        self.forget = forget
        self._scan = scan

    def party_of(self, key: KeyId) -> PartyId:
        """Return the party that a key speaks for.

        Raises:
            Refused: ``membership.unknown_key``.
        """
        return self.book.get(Key, key).party

    def follow(self, party: PartyId, messages: Sequence[Message]) -> None:
        """Do in the vault what ``messages`` of ``party``, which have happened, ask of it.

        Raises:
            CellchainError: The first of them that failed, after all were tried.
        """
        follow(self.documents, self._erased, party, messages)

    @property
    def owes_journal(self) -> bool:
        """Whether erased bytes may still be in a journal, since a reader was in the way."""
        return self._index.owes_journal or not self._forgotten

    def shorten_journal(self) -> int:
        """Empty the journal of the vault, if that is owed; return whether it came off."""
        return self._index.shorten_journal()

    def settle(self) -> int:
        """Destroy what the ledger says was erased and is still here; return how much that was."""
        found = (record for _, record in self._scan(Erasure) if isinstance(record, Erasure))
        destroyed = self.eraser.settle(map(erasure_order, found))
        if destroyed:
            self._forget(destroyed)
        return len(destroyed)

    def _erased(self, commitments: Sequence[Digest], party: PartyId) -> None:
        found = [erasure_of(self.book, one, party) for one in commitments]
        self.eraser.settle(order for order in found if order is not None)
        self._forget(commitments)

    def _forget(self, commitments: Sequence[Digest]) -> None:
        self._forgotten = self.forget(self.vault, commitments) and self._forgotten


@contextmanager
def working_vault(
    home: Home,
    ledger: Ledger,
    scan: Scan,
    forget: Forget,
    **how: Any,
) -> Iterator[WorkingVault]:
    """Open the vault of ``home`` beside its ledger; what was erased there is not here any more.

    Args:
        home: Whose vault.
        ledger: Takes what the vault has to say.
        scan: Every record of a sort.
        forget: As for `WorkingVault`.
        how: As for `open_vault`.
    """
    book = LedgerBook(ledger)
    opened = open_vault(home, LedgerMembers(book, scan), **how)
    try:
        work = WorkingVault(home, ledger, opened, book, scan=scan, forget=forget)
        work.settle()
        yield work
    finally:
        opened.close()
