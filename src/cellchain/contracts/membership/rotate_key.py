"""Rotate a key: a new key takes the place of an old one, without a moment between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.membership.add_key import KeyAdded, require_new_key
from cellchain.contracts.membership.record import Key
from cellchain.contracts.membership.rights import require_power_over_key
from cellchain.core.errors import Refused
from cellchain.core.names import KeyId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class RotateKey(Message, frozen=True, kw_only=True, tag="membership.rotate_key/1"):
    """The sender asks that ``new`` speak where ``old`` did. A device's key: register it anew."""

    old: KeyId
    new: KeyId

    def decide(self, book: Book, context: Context) -> Iterator[KeyAdded | KeyEnded]:
        """Only a living key of one's own; the new one has the same purposes and the same end."""
        old = require_own_key(book, self.old, context)
        require_power_over_key(book, context, self.old)
        if old.device is not None:
            raise Refused(
                "membership.device_key",
                f"key {self.old} is that of device {old.device}",
                remedy="register a new device",
            )
        require_new_key(book, self.new)
        now_ms = context.time_ms
        yield KeyEnded(key=self.old, ended_ms=now_ms)
        yield KeyAdded(
            key=self.new,
            party=old.party,
            purposes=old.purposes,
            valid_from_ms=now_ms,
            valid_until_ms=old.valid_until_ms,
        )


class KeyEnded(Event[Key], frozen=True, kw_only=True, tag="membership.key_ended/1"):
    """A key came to a planned end; what it signed before stays good."""

    subject_field = "key"
    key: KeyId
    ended_ms: int

    def evolve(self, record: Key | None) -> Key:
        """It is valid up to this moment."""
        return replace(present(record), valid_until_ms=self.ended_ms)


def require_own_key(book: Book, key: KeyId, context: Context) -> Key:
    """Return a key of the sender that is neither revoked nor over.

    Raises:
        Refused: ``membership.unknown_key``, ``.not_own_key``, ``.revoked_key``, ``.expired_key``.
    """
    found = book.get(Key, key)
    if found.party != context.sender:
        raise Refused(
            "membership.not_own_key", f"key {key} is of {found.party}, not of {context.sender}"
        )
    if found.revoked_ms is not None:
        raise Refused("membership.revoked_key", f"key {key} was revoked at {found.revoked_ms} ms")
    if found.valid_until_ms is not None and found.valid_until_ms <= context.time_ms:
        raise Refused("membership.expired_key", f"key {key} ended at {found.valid_until_ms} ms")
    return found
