"""Sending for members: who may, with which key, and whether a second pair of eyes is wanted."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Protocol

import msgspec

from cellchain.core.errors import Refused
from cellchain.ledger.contract import kind_of
from cellchain.services.access.signing import SigningDesk
from cellchain.services.access.viewer import require_duty, require_member, require_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cellchain.core.names import PartyId
    from cellchain.crypto.signatures import SigningKey
    from cellchain.ledger.contract import Message
    from cellchain.ledger.entry import Result
    from cellchain.ledger.port import Ledger
    from cellchain.services.access.desk import AccessDesk
    from cellchain.services.access.records import Approval
    from cellchain.services.access.viewer import Viewer


class PartyKeys(Protocol):
    """The keys with which this home speaks for parties."""

    def of(self, party: PartyId) -> SigningKey | None:
        """Return the key for ``party``, or ``None`` where it signs for itself."""
        ...


class Sender:
    """Sends messages for members of parties whose keys this home keeps.

    Args:
        ledger: Takes the transactions.
        keys: The keys.
        access: Says who waits for whom.
        kinds: Every kind of message by its wire name.
    """

    def __init__(
        self,
        ledger: Ledger,
        keys: PartyKeys,
        access: AccessDesk,
        kinds: Mapping[str, type[Message]],
    ) -> None:
        self._ledger = ledger
        self._keys = keys
        self._access = access
        self._kinds = kinds
        self._desks: dict[PartyId, SigningDesk] = {}
        self._lock = Lock()

    def send(self, viewer: Viewer, messages: Sequence[Message]) -> Result | Approval:
        """Send ``messages`` as one transaction, or let them wait for a second signer.

        Raises:
            Refused: ``access.sign_in``, ``access.duty``, ``access.scope``, ``access.own_signer``,
                ``access.one_signer``, or what a rule says.
        """
        party = require_duty(viewer, "signer")
        for message in messages:
            require_scope(viewer, kind_of(type(message)).partition(".")[0])
        desk = self._desk(party)
        if any(message.four_eyes for message in messages):
            return self._access.approvals.ask(viewer, messages)
        result = _happened(desk.send(messages))
        kinds = ", ".join(dict.fromkeys(kind_of(type(m)).partition("/")[0] for m in messages))
        self._access.note(viewer, "message.sent", f"{kinds} {result.transaction[:16]}")
        return result

    def agree(
        self, viewer: Viewer, approval: str, happened: Callable[[Result], object]
    ) -> Approval:
        """Agree as a second signer, and send what waited; tell ``happened`` its receipt."""
        desk = self._desk(require_member(viewer))

        def send(given: Sequence[str]) -> Result:
            result = _happened(desk.send([self._read(text) for text in given]))
            happened(result)
            return result

        return self._access.approvals.agree(viewer, approval, send)

    def key_of(self, party: PartyId) -> SigningKey:
        """Return the key with which this home speaks for ``party``.

        Raises:
            Refused: ``access.own_signer``.
        """
        key = self._keys.of(party)
        if key is None:
            raise Refused(
                "access.own_signer",
                f"{party} signs for itself: this server keeps no key of it",
                remedy="send a signed envelope to /api/v1/transactions, or use the command line",
            )
        return key

    def _desk(self, party: PartyId) -> SigningDesk:
        with self._lock:
            if party not in self._desks:
                self._desks[party] = SigningDesk(self._ledger, self.key_of(party))
            return self._desks[party]

    def _read(self, text: str) -> Message:
        kind = msgspec.json.decode(text, type=_Kind).kind
        return msgspec.json.decode(text, type=self._kinds[kind])


class _Kind(msgspec.Struct):
    kind: str


def _happened(result: Result) -> Result:
    if result.code:
        raise Refused(result.code, result.text)
    return result
