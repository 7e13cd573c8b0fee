"""Envelopes that senders signed themselves: handed over, and what follows here once they happened.

Whoever signed them, in a browser, on a command line or in a system of its own: what waited for a
second signer waits no longer, and the vault does what the book now says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.membership import Key
from cellchain.core.trying import trying
from cellchain.ledger.contract import kind_of
from cellchain.ledger.parameters import TRANSACTION_BYTES_MAX
from cellchain.ledger.transaction import TransactionCodec
from cellchain.services.access.viewer import Viewer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cellchain.core.names import PartyId
    from cellchain.ledger.contract import Message
    from cellchain.ledger.entry import Result
    from cellchain.ledger.port import Ledger
    from cellchain.services.access.desk import AccessDesk


class Envelopes:
    """Takes signed envelopes.

    Args:
        ledger: Decides them.
        kinds: Every kind of message.
        access: Knows what waits for a second signer, and keeps the audit.
        followed: Told the messages of a party that happened, so that the vault follows.
    """

    def __init__(
        self,
        ledger: Ledger,
        kinds: Iterable[type[Message]],
        access: AccessDesk,
        followed: Callable[[PartyId, Sequence[Message]], None],
    ) -> None:
        self._ledger = ledger
        self._access = access
        self._followed = followed
        self._codec = TransactionCodec(kinds, size_max=TRANSACTION_BYTES_MAX)

    def submit(self, viewer: Viewer, envelopes: Sequence[bytes]) -> list[Result]:
        """Hand over envelopes in order; return when each is durable or refused, and followed.

        One that cannot be followed holds up none of the others.

        Args:
            viewer: Who brings them; their signatures say who sends them.
            envelopes: As they were signed and closed.

        Raises:
            Unavailable: The ledger cannot write now.
            CellchainError: Of what happened, something could not be followed.
        """
        results = self._ledger.submit(envelopes)
        with trying() as trial:
            for envelope, result in zip(envelopes, results, strict=True):
                if not result.code:
                    with trial:
                        self._follow(viewer, envelope, result)
        return results

    def _follow(self, viewer: Viewer, envelope: bytes, result: Result) -> None:
        body = self._codec.decode(envelope).body
        signed = self._ledger.find(Key, body.key)
        assert signed is not None  # it has just spoken for a party
        messages: Sequence[Message] = body.messages
        by = viewer
        if viewer.party != signed.party:
            by = Viewer(party=signed.party, member=f"key {body.key[:16]}")
        elif viewer.scopes is None:
            kinds = ", ".join(dict.fromkeys(kind_of(type(m)).partition("/")[0] for m in messages))
            self._access.note(viewer, "message.signed", f"{kinds} {result.transaction[:16]}")
        with trying() as trial:
            if any(message.four_eyes for message in messages):
                with trial:
                    self._access.approvals.settle(by, messages, result.transaction)
            with trial:
                self._followed(signed.party, messages)
