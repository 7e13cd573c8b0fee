"""Sending for members: who may, with which key, and whether a second pair of eyes is wanted."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Protocol

import msgspec

from cellchain.core.errors import Refused
from cellchain.ledger.contract import kind_of
from cellchain.services.access.signing import SigningDesk
from cellchain.services.access.viewer import require_duty, require_member, require_scope
from cellchain.services.serving.unsigned import Unsigned, own_signer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cellchain.core.names import KeyId, PartyId
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
        followed: Told the messages of a party that happened, so that the vault follows.
    """

    def __init__(
        self,
        ledger: Ledger,
        keys: PartyKeys,
        access: AccessDesk,
        kinds: Mapping[str, type[Message]],
        followed: Callable[[PartyId, Sequence[Message]], None],
    ) -> None:
        self._ledger = ledger
        self._keys = keys
        self._access = access
        self._kinds = kinds
        self._followed = followed
        self._desks: dict[KeyId, SigningDesk] = {}
        self._lock = Lock()

    def send(self, viewer: Viewer, messages: Sequence[Message]) -> Result | Approval:
        """Send ``messages`` as one transaction, or let them wait for a second signer.

        Raises:
            Unsigned: The viewer may, and its party signs for itself.
            Refused: ``access.sign_in``, ``access.duty``, ``access.scope``, ``access.one_signer``,
                or what a rule says.
        """
        party = require_duty(viewer, "signer")
        for message in messages:
            require_scope(viewer, kind_of(type(message)).partition(".")[0])
        if any(message.four_eyes for message in messages):
            return self._access.approvals.ask(viewer, messages)
        result = _happened(self._desk(party, messages).send(messages))
        kinds = ", ".join(dict.fromkeys(kind_of(type(m)).partition("/")[0] for m in messages))
        self._access.note(viewer, "message.sent", f"{kinds} {result.transaction[:16]}")
        self._followed(party, messages)
        return result

    def agree(
        self, viewer: Viewer, approval: str, happened: Callable[[Result], object]
    ) -> Approval:
        """Agree as a second signer, and send what waited; tell ``happened`` its receipt.

        Raises:
            Unsigned: The viewer may agree, and its party signs for itself: it waits on until what
                the viewer signs has happened.
            Refused: ``access.…``, or what a rule says.
        """
        waiting = self._access.approvals.agreeable(viewer, approval)
        messages = [self._read(text) for text in waiting.messages]
        party = require_member(viewer)
        desk = self._desk(party, messages)

        def send(_: Sequence[str]) -> Result:
            result = _happened(desk.send(messages))
            happened(result)
            return result

        agreed = self._access.approvals.agree(viewer, approval, send)
        self._followed(party, messages)
        return agreed

    def key_of(self, party: PartyId) -> SigningKey:
        """Return the key with which this home speaks for ``party``.

        Raises:
            Refused: ``access.own_signer``.
        """
        key = self._keys.of(party)
        if key is None:
            raise own_signer(party)
        return key

    def _desk(self, party: PartyId, messages: Sequence[Message]) -> SigningDesk:
        """Return the desk of the key in force; it is asked for anew, since keys are revoked."""
        key = self._keys.of(party)
        if key is None:
            raise Unsigned(own_signer(party), messages)
        with self._lock:
            if key.key_id not in self._desks:
                self._desks[key.key_id] = SigningDesk(self._ledger, key)
            return self._desks[key.key_id]

    def _read(self, text: str) -> Message:
        kind = msgspec.json.decode(text, type=_Kind).kind
        return msgspec.json.decode(text, type=self._kinds[kind])


class _Kind(msgspec.Struct):
    kind: str


def _happened(result: Result) -> Result:
    if result.code:
        raise Refused(result.code, result.text)
    return result
