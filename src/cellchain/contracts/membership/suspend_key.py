"""Suspend a key: it is not heard until it is restored."""

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


class SuspendKey(Message, frozen=True, kw_only=True, tag="membership.suspend_key/1"):
    """The sender asks that a key that may be stolen be heard no more for a while."""

    four_eyes = True

    key: KeyId

    def decide(self, book: Book, context: Context) -> Iterator[KeySuspended]:
        """A key that is heard; by an operator, an authority or a vote."""
        require_registrar(book, context.sender)
        found = book.get(Key, self.key)
        if found.revoked_ms is not None:
            raise Refused(
                "membership.revoked_key", f"key {self.key} was revoked at {found.revoked_ms} ms"
            )
        if found.suspended:
            raise Refused("membership.suspended_key", f"key {self.key} is suspended already")
        yield KeySuspended(key=self.key, by=context.sender)


class KeySuspended(Event[Key], frozen=True, kw_only=True, tag="membership.key_suspended/1"):
    """A key is not heard for a while."""

    subject_field = "key"
    key: KeyId
    by: PartyId

    def evolve(self, record: Key | None) -> Key:
        """What it signed before stays good."""
        return replace(present(record), suspended=True)
