"""Revoke a key: from this block on it speaks for nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.membership.record import Key
from cellchain.contracts.membership.rights import require_power_over_key, require_registrar
from cellchain.core.errors import Refused
from cellchain.core.names import KeyId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class RevokeKey(Message, frozen=True, kw_only=True, tag="membership.revoke_key/1"):
    """The sender asks that a lost or stolen key, its own or another's, be heard no more."""

    key: KeyId

    def decide(self, book: Book, context: Context) -> Iterator[KeyRevoked]:
        """The party itself with the key or an unlimited one, an operator or an authority; once."""
        found = book.get(Key, self.key)
        if found.party != context.sender:
            require_registrar(book, context.sender)
        else:
            require_power_over_key(book, context, self.key)
        if found.revoked_ms is not None:
            raise Refused(
                "membership.revoked_key", f"key {self.key} was revoked at {found.revoked_ms} ms"
            )
        yield KeyRevoked(key=self.key, revoked_ms=context.time_ms)


class KeyRevoked(Event[Key], frozen=True, kw_only=True, tag="membership.key_revoked/1"):
    """A key is not to be trusted any more."""

    subject_field = "key"
    key: KeyId
    revoked_ms: int

    def evolve(self, record: Key | None) -> Key:
        """The record stays, so that nobody registers the key again."""
        return replace(present(record), revoked_ms=self.revoked_ms)
