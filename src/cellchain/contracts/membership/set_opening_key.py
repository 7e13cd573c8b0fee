"""Set the opening key: a party says for which key others close what it is to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.membership.record import OpeningKey, Party
from cellchain.contracts.membership.rights import require_within_key
from cellchain.core.errors import Refused
from cellchain.core.names import KeyId, PartyId, parse_key_id
from cellchain.ledger.contract import Event, Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class SetOpeningKey(Message, frozen=True, kw_only=True, tag="membership.set_opening_key/1"):
    """The sender asks that whatever it may read be closed for this key from now on."""

    public_key: KeyId
    """X25519, 64 hexadecimal digits; the private half never leaves the sender's home."""
    epoch: int
    """1 for the first, one more with each rotation."""

    def decide(self, book: Book, context: Context) -> Iterator[OpeningKeySet]:
        """A party for itself, with an unlimited key; the next epoch, another key than before."""
        book.get(Party, context.sender)  # a contract opens nothing
        require_within_key(book, context, (), None)
        parse_key_id(self.public_key)
        found = book.find(OpeningKey, context.sender)
        present = 0 if found is None else found.epoch
        if self.epoch != present + 1:
            raise Refused(
                "membership.opening_epoch",
                f"epoch {self.epoch} after {present} of {context.sender}",
                remedy=f"epoch {present + 1} is next",
            )
        if found is not None and found.public_key == self.public_key:
            raise Refused("membership.opening_key", f"this is the key of epoch {present} already")
        yield OpeningKeySet(party=context.sender, public_key=self.public_key, epoch=self.epoch)


class OpeningKeySet(
    Event[OpeningKey], frozen=True, kw_only=True, tag="membership.opening_key_set/1"
):
    """What a party is to read is closed for another key."""

    subject_field = "party"
    party: PartyId
    public_key: KeyId
    epoch: int

    def evolve(self, record: OpeningKey | None) -> OpeningKey:  # noqa: ARG002
        """The key before is only for what was closed before; the log keeps it."""
        return OpeningKey(public_key=self.public_key, epoch=self.epoch)
