"""A block as whoever wants to check it needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.ledger.finality import Finality, finality_at
from cellchain.web.api.endpoint import Answer, Call, Endpoint
from cellchain.web.api.reading import HEIGHT_DIGITS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator


class RawBlock(msgspec.Struct, frozen=True, kw_only=True):
    """What is checked of a block, and the key to check it with."""

    finality: Finality
    """The signed header, whose canonical JSON is what was signed, and the operator's rotations."""
    transactions: tuple[str, ...]
    """The envelopes as they were signed, in the order of the block."""
    operator_key: str
    """The verifier key (C2SP) of the operator's key in force, as this server says."""


def block_endpoints() -> Iterator[Endpoint]:
    """Yield the endpoint of raw blocks. The ledger may be checked by anybody."""
    yield Endpoint(
        method="GET",
        path="/blocks/{height}/raw",
        name="blocks.raw",
        summary="Get a block to check it: signed header, transactions, the operator's key.",
        answer=_raw,
        access="public",
        result=RawBlock,
        refusals=(404,),
        tag="ledger",
    )


def _raw(call: Call) -> Answer:
    text = call.path["height"]
    plain = text.isascii() and text.isdigit() and len(text) <= HEIGHT_DIGITS_MAX
    with call.site.state() as state:
        if not plain or not 1 <= int(text) <= state.head.height:
            raise Refused(
                "web.not_found",
                f"there is no signed block {text[:40]!a}",
                remedy="blocks are counted from 1; the genesis is signed by nobody",
            )
        height = int(text)
        raw = RawBlock(
            finality=finality_at(state, height),
            transactions=tuple(t.decode() for t in state.block(height).transactions),
            operator_key=call.site.operator_key,
        )
    return Answer(data=raw)
