"""The port `cellchain.ledger.members.Members`, filled from the records of this contract.

It runs before every transaction, so it reads two records and formats nothing unless it refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.membership.record import Key, Party
from cellchain.core.errors import Refused
from cellchain.ledger.contract import present
from cellchain.ledger.members import Signer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.core.names import KeyId
    from cellchain.ledger.contract import Book, Message
    from cellchain.ledger.members import Members


class RegisteredMembers:
    """Admits the keys of registered parties and devices."""

    __slots__ = ()

    def admit(self, book: Book, key: KeyId, messages: Sequence[Message], time_ms: int) -> Signer:
        """Return the signer behind ``key``.

        Raises:
            Refused: ``membership.unknown_key``, ``.early_key``, ``.expired_key``,
                ``.revoked_key``, ``.suspended_key``, ``.purpose``, ``.suspended``.
        """
        found = book.find(Key, key)
        if found is None:
            raise Refused("membership.unknown_key", f"nobody registered key {key}")
        until_ms = found.valid_until_ms
        if (
            found.revoked_ms is not None
            or time_ms < found.valid_from_ms
            or (until_ms is not None and until_ms <= time_ms)
        ):
            raise _not_valid(found, key, time_ms)
        if found.suspended:
            raise Refused("membership.suspended_key", f"key {key} is suspended")
        if found.purposes:
            _check_purposes(found, key, messages)
        if present(book.find(Party, found.party)).suspended:
            raise Refused("membership.suspended", f"{found.party} is suspended")
        return Signer(party=found.party, device=found.device)


MEMBERS: Members = RegisteredMembers()
"""The port, ready to be plugged in."""


def _not_valid(found: Key, key: KeyId, time_ms: int) -> Refused:
    if found.revoked_ms is not None:
        return Refused("membership.revoked_key", f"key {key} was revoked at {found.revoked_ms} ms")
    if time_ms < found.valid_from_ms:
        text = f"key {key} is valid from {found.valid_from_ms} ms; it is {time_ms}"
        return Refused("membership.early_key", text)
    text = f"key {key} was valid until {found.valid_until_ms} ms; it is {time_ms}"
    return Refused("membership.expired_key", text)


def _check_purposes(found: Key, key: KeyId, messages: Sequence[Message]) -> None:
    for message in messages:
        kind = str(type(message).__struct_config__.tag)
        if kind.partition(".")[0] not in found.purposes:
            raise Refused(
                "membership.purpose",
                f"key {key} sends to {', '.join(found.purposes)} only, not {kind}",
            )
