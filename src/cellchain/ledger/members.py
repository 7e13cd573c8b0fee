"""The port through which the ledger asks who may speak; the contract `membership` fills it.

The ledger itself knows keys and accounts, not parties: it counts a sequence per key and gas per
account, and leaves it to the port to say whose key it is and how much the account may use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from cellchain.core.names import DeviceId, PartyId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.core.names import KeyId
    from cellchain.ledger.contract import Book, Message


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """On whose behalf a key speaks."""

    party: PartyId
    device: DeviceId | None = None
    quota_gas: int | None = None
    """Gas that the party may use per window; ``None`` leaves it to the parameters."""


class Members(Protocol):
    """Says whose a key is and what it may be used for."""

    def admit(self, book: Book, key: KeyId, messages: Sequence[Message], time_ms: int) -> Signer:
        """Return the signer behind ``key``.

        Raises:
            Refused: The key is unknown, not yet or no longer valid, revoked, or not meant for one
                of the ``messages``. The transaction then touches nothing at all.
        """
        ...
