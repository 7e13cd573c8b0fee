"""Messages: one path for each message of each contract, read off the contracts.

The server signs with the key of the caller's party, where it keeps one; who signs for itself asks
for a body to sign and sends the envelope to ``/transactions``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.names import parse_key_id
from cellchain.ledger.contract import Message, kind_of
from cellchain.ledger.transaction import SIGNED_PREFIX
from cellchain.services.access.records import Approval
from cellchain.services.access.viewer import require_member
from cellchain.services.desk import unsigned_body
from cellchain.web.api.endpoint import Answer, Call, Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cellchain.ledger.contract import Contract
    from cellchain.ledger.entry import Result

MESSAGES_MAX = 100


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a transaction: its receipt, after it is durable."""

    transaction: str
    height: int
    position: int
    """Of the receipt in the log."""
    gas: int


class Several(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Messages that happen together or not at all; each names its ``kind``."""

    messages: list[dict[str, Any]]


class ToSign(msgspec.Struct, frozen=True, kw_only=True):
    """A body to sign: Ed25519 over ``prefix`` and ``body``.

    The envelope is then ``{"body":BODY,"signature":"HEX"}``, without spaces.
    """

    prefix: str
    body: str
    """Canonical JSON, as text."""


class SignFor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Messages for which the caller's own key signs."""

    key: str
    messages: list[dict[str, Any]]


def message_endpoints(contracts: Mapping[str, Contract]) -> Iterator[Endpoint]:
    """Yield an endpoint for each message of each contract, and those for several at once."""
    for contract in contracts.values():
        for message in contract.messages:
            yield _endpoint(contract.name, message)
    kinds = {kind_of(m): m for c in contracts.values() for m in c.messages}
    yield Endpoint(
        method="POST",
        path="/messages",
        name="messages.send",
        summary="Send several messages as one transaction: all of them happen, or none.",
        answer=partial(_send_several, kinds),
        scope="send",
        body=Several,
        result=Sent,
        status=201,
        refusals=(202, 404, 409),
        tag="messages",
    )
    yield Endpoint(
        method="POST",
        path="/messages/prepare",
        name="messages.prepare",
        summary="Write a transaction for the caller's own key to sign.",
        answer=partial(_prepare, kinds),
        body=SignFor,
        result=ToSign,
        refusals=(422,),
        tag="messages",
    )


def message_path(message: type[Message]) -> str:
    """Return the path of a kind of message: ``custody.offer/1`` → ``/custody/offer``."""
    return "/" + kind_of(message).partition("/")[0].replace(".", "/")


def _endpoint(contract: str, message: type[Message]) -> Endpoint:
    kind = kind_of(message).partition("/")[0]
    told = (message.__doc__ or "").strip().partition("\n")[0].replace("The sender asks", "Ask")
    return Endpoint(
        method="POST",
        path=message_path(message),
        name=kind,
        summary=told,
        answer=_send_one,
        scope=contract,
        body=message,
        result=Sent,
        status=201,
        refusals=(202, 404, 409),
        tag=contract,
    )


def _send_one(call: Call) -> Answer:
    return sent(call, [call.body])


def _send_several(kinds: Mapping[str, type[Message]], call: Call) -> Answer:
    return sent(call, read_messages(kinds, call.body.messages))


def sent(call: Call, messages: Sequence[Message]) -> Answer:
    """Send ``messages`` for the caller: 201 with the receipt, or 202 while a second signer waits.

    Raises:
        Refused: What the rules refuse.
    """
    return outcome_answer(call.site.send(call.viewer, messages))


def outcome_answer(outcome: Result | Approval) -> Answer:
    """Return a receipt, or what waits for a second signer."""
    if isinstance(outcome, Approval):
        place = f"/api/v1/approvals/{outcome.id}"
        return Answer(data=outcome, status=202, headers={"location": place})
    return receipt_of(outcome)


def receipt_of(result: Result) -> Answer:
    """Return the receipt of a transaction that happened.

    Raises:
        Refused: It did not, and why.
    """
    if result.code:
        raise Refused(result.code, result.text)
    told = Sent(
        transaction=result.transaction,
        height=result.height,
        position=result.position,
        gas=result.gas,
    )
    place = f"/api/v1/transactions/{result.transaction}"
    return Answer(data=told, status=201, headers={"location": place})


def read_messages(
    kinds: Mapping[str, type[Message]], given: Iterable[dict[str, Any]]
) -> list[Message]:
    """Return messages from JSON.

    Raises:
        Refused: ``web.body``: none, too many, an unknown kind, or fields that are not its own.
    """
    messages = []
    for number, fields in enumerate(given):
        kind = kinds.get(str(fields.get("kind", "")))
        if kind is None or number >= MESSAGES_MAX:
            raise Refused(
                "web.body",
                f"message {number}: {ascii(fields.get('kind'))[:60]} is no kind of message",
                remedy=f"1 to {MESSAGES_MAX} messages, each with a kind of GET /api/v1/contracts",
            )
        try:
            messages.append(msgspec.convert(fields, kind))
        except msgspec.ValidationError as error:
            raise Refused("web.body", f"message {number}: {error}") from error
    if not messages:
        raise Refused("web.body", "there is no message")
    return messages


def _prepare(kinds: Mapping[str, type[Message]], call: Call) -> Answer:
    require_member(call.viewer)
    messages = read_messages(kinds, call.body.messages)
    body = unsigned_body(call.site.ledger, parse_key_id(call.body.key), messages)
    return Answer(data=ToSign(prefix=SIGNED_PREFIX.decode(), body=body.decode()))
