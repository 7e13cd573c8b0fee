"""Following the book: what a party has said there of its documents, a vault does.

Whoever sends messages for a home lets its vault follow them, whichever door they came in by. What
happens without that, in a process that has no vault or that was killed, the vault makes good when
it settles with the book: an erasure for certain, since every one of them stays there.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cellchain.contracts.document import Erase, Grant, Revoke
from cellchain.core.errors import Refused
from cellchain.core.trying import trying

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from cellchain.core.names import Digest, PartyId
    from cellchain.ledger.contract import Message
    from cellchain.services.vault.documents import Documents


def concerns_vaults(messages: Iterable[Message]) -> bool:
    """Whether a vault has something to do once ``messages`` have happened."""
    return any(isinstance(message, Erase | Grant | Revoke) for message in messages)


def follow(
    documents: Documents,
    erased: Callable[[Sequence[Digest], PartyId], None],
    party: PartyId,
    messages: Sequence[Message],
) -> None:
    """Do in a vault what ``messages`` of ``party``, which have happened, ask of it.

    What this vault does not hold is for the home that does. One that fails holds up no other.

    Args:
        documents: Those of the vault.
        erased: Carries out an erasure that is in the book.
        party: Whose messages.
        messages: What happened.

    Raises:
        CellchainError: The first that failed, after all were tried.
    """

    def done(message: Message) -> None:
        match message:
            case Grant(document=document, reader=reader):
                documents.vault.grant(documents.own(document, party), reader)
            case Revoke(document=document, reader=reader):
                documents.vault.revoke(documents.own(document, party), reader)
            case Erase(documents=names, commitments=others):
                named = [documents.own(name, party) for name in names]
                erased([*named, *others], party)
            case _:
                pass  # a vault has nothing to do

    with trying() as trial:
        for message in messages:
            with trial, _elsewhere():
                done(message)


@contextmanager
def _elsewhere() -> Iterator[None]:
    """Let the vault go without what another home holds, or nobody can be given."""
    try:
        yield
    except Refused as refusal:
        if refusal.code not in {"vault.unknown", "vault.no_opening_key"}:
            raise
