"""Transactions that their senders have signed themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.web.api.endpoint import Answer, Call, Endpoint
from cellchain.web.api.messages import Sent, receipt_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.entry import Result
    from cellchain.web.api.gathering import Gathering

ENVELOPES_MAX = 1_000


class Envelopes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Envelopes in order, each as the text that was signed and closed."""

    transactions: list[str]


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one of several transactions."""

    transaction: str
    height: int = 0
    position: int = 0
    gas: int = 0
    code: str = ""
    """Why it was refused; left out where it happened."""
    text: str = ""


class Outcomes(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each, in order."""

    outcomes: list[Outcome]


def transaction_endpoints() -> Iterator[Endpoint]:
    """Yield the endpoints for pre-signed transactions."""
    yield Endpoint(
        method="POST",
        path="/transactions",
        name="transactions.submit",
        summary="Submit one signed envelope; answered when it is durable.",
        answer=_submit,
        gathered=_submit_gathered,
        access="public",  # its signature says who sends it
        body=bytes,
        result=Sent,
        status=201,
        refusals=(404, 409),
        tag="ledger",
    )
    yield Endpoint(
        method="POST",
        path="/transactions/several",
        name="transactions.submit_several",
        summary="Submit up to 1,000 signed envelopes in order; each is answered for itself.",
        answer=_submit_several,
        access="public",
        body=Envelopes,
        result=Outcomes,
        refusals=(422, 503),
        tag="ledger",
    )


def _submit(call: Call) -> Answer:
    (result,) = call.site.submit(call.viewer, [call.body])
    return receipt_of(result)


async def _submit_gathered(gathering: Gathering, envelope: bytes) -> Answer:
    return receipt_of(await gathering.result(envelope))


def _submit_several(call: Call) -> Answer:
    given = call.body.transactions
    if not 0 < len(given) <= ENVELOPES_MAX:
        raise Refused("web.body", f"{len(given)} transactions; 1 to {ENVELOPES_MAX} go at once")
    results = call.site.submit(call.viewer, [envelope.encode() for envelope in given])
    return Answer(data=Outcomes(outcomes=[_outcome(result) for result in results]))


def _outcome(result: Result) -> Outcome:
    return Outcome(
        transaction=result.transaction,
        height=result.height,
        position=result.position,
        gas=result.gas,
        code=result.code,
        text=result.text,
    )
