"""Add a key: a party names one more key that speaks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.membership.record import Key, Party
from cellchain.contracts.membership.rights import check_sorted, require_within_key
from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId, DeviceId, KeyId, PartyId, parse_key_id
from cellchain.ledger.contract import Event, Message, absent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class AddKey(Message, frozen=True, kw_only=True, tag="membership.add_key/1"):
    """The sender asks that ``key`` may speak for it as well."""

    key: KeyId
    purposes: tuple[str, ...] = ()
    """Contracts it may send to, in alphabetical order; empty: all of them."""
    valid_from_ms: int | None = None
    """First moment of validity; the time of the block where none is given."""
    valid_until_ms: int | None = None
    """First moment at which it is valid no longer; ``None``: until it is ended or revoked."""

    def decide(self, book: Book, context: Context) -> Iterator[KeyAdded]:
        """A new key, a validity that is not over before it begins, no more than the signing key."""
        book.get(Party, context.sender)  # a contract, the genesis file too, has no keys
        require_new_key(book, self.key)
        check_sorted(self.purposes, "purposes")
        since_ms = context.time_ms if self.valid_from_ms is None else self.valid_from_ms
        check_validity(since_ms, self.valid_until_ms, context.time_ms)
        require_within_key(book, context, self.purposes, self.valid_until_ms)
        yield KeyAdded(
            key=self.key,
            party=context.sender,
            purposes=self.purposes,
            valid_from_ms=since_ms,
            valid_until_ms=self.valid_until_ms,
        )


class KeyAdded(Event[Key], frozen=True, kw_only=True, tag="membership.key_added/1"):
    """A key entered the book; it never belongs to anybody else."""

    subject_field = "key"
    key: KeyId
    party: PartyId
    purposes: tuple[str, ...] = ()
    valid_from_ms: int
    valid_until_ms: int | None = None
    device: DeviceId | None = None
    battery: BatteryId | None = None

    def evolve(self, record: Key | None) -> Key:
        """It speaks for the party from ``valid_from_ms`` on."""
        absent(record)
        return Key(
            party=self.party,
            purposes=self.purposes,
            valid_from_ms=self.valid_from_ms,
            valid_until_ms=self.valid_until_ms,
            device=self.device,
            battery=self.battery,
        )


def require_new_key(book: Book, key: KeyId) -> None:
    """Refuse a key that is misspelt or in the book: one key speaks for one party, for ever."""
    found = book.find(Key, parse_key_id(key))
    if found is not None:
        raise Refused("membership.key_exists", f"key {key} belongs to {found.party}")


def check_validity(since_ms: int, until_ms: int | None, now_ms: int) -> None:
    """Refuse a validity that is empty, or over by ``now_ms``."""
    if until_ms is not None and until_ms <= max(since_ms, now_ms):
        raise Refused(
            "membership.validity",
            f"valid until {until_ms} ms, which is not after {max(since_ms, now_ms)}",
        )
