"""Restore a key that was suspended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.membership.record import Key
from cellchain.contracts.membership.rights import require_registrar
from cellchain.core.errors import Refused
from cellchain.core.names import KeyId, PartyId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class RestoreKey(Message, frozen=True, kw_only=True, tag="membership.restore_key/1"):
    """The sender asks that a suspended key be heard again."""

    key: KeyId

    def decide(self, book: Book, context: Context) -> Iterator[KeyRestored]:
        """Whoever may suspend it may restore it."""
        require_registrar(book, context.sender)
        if not book.get(Key, self.key).suspended:
            raise Refused("membership.not_suspended", f"key {self.key} is not suspended")
        yield KeyRestored(key=self.key, by=context.sender)


class KeyRestored(Event[Key], frozen=True, kw_only=True, tag="membership.key_restored/1"):
    """A key is heard again."""

    subject_field = "key"
    key: KeyId
    by: PartyId

    def evolve(self, record: Key | None) -> Key:
        """Its purposes and its end are as before."""
        return replace(present(record), suspended=False)
