"""A block as whoever wants to check it needs it."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.ledger.decided import read_decided
from cellchain.ledger.finality import Finality, finality_at
from cellchain.ledger.light import ConsortiumFinality, HeaderTrust, encode_trust
from cellchain.ledger.table import LIMIT_MAX
from cellchain.web.api.endpoint import Answer, Call, Endpoint
from cellchain.web.api.reading import HEIGHT_DIGITS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cellchain.ledger.state import State


class RawBlock(msgspec.Struct, frozen=True, kw_only=True):
    """What is checked of a block, and the key to check it with."""

    finality: Finality
    """The signed header, whose canonical JSON is what was signed, and the operator's rotations."""
    ids: tuple[str, ...]
    """The ids of the transactions, SHA-256 of their envelopes, in the order of the block: what the
    header covers."""
    transactions: tuple[str | None, ...]
    """The envelopes as they were signed; ``None`` where one is for members."""
    operator_key: str
    """The verifier key (C2SP) of the operator's key in force, as this server says."""


def block_endpoints() -> Iterator[Endpoint]:
    """Yield the endpoints of blocks: whoever may not read a transaction checks it by its id."""
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

    yield Endpoint(
        method="GET",
        path="/blocks/{height}/light",
        name="blocks.light",
        summary="Get the header of a block with the votes of the validators: it can be trusted.",
        answer=_light,
        access="public",
        result=HeaderTrust,
        refusals=(404, 422),
        tag="ledger",
    )


def _light(call: Call) -> Answer:
    text = call.path["height"]
    plain = text.isascii() and text.isdigit() and len(text) <= HEIGHT_DIGITS_MAX
    with call.site.state() as state:
        decided = plain and read_decided(state.store, int(text)) is not None
    if not decided:
        raise Refused("web.not_found", f"validators decided no block {text[:40]!a}")
    return Answer(content=encode_trust(call.site.signed_header(int(text))))


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
        envelopes = state.block(height).transactions
        raw = RawBlock(
            finality=_signed_by_operator(state, height),
            ids=tuple(sha256(envelope).hexdigest() for envelope in envelopes),
            transactions=tuple(_readable(call, height, envelopes)),
            operator_key=call.site.operator_key,
        )
    return Answer(data=raw)


def _signed_by_operator(state: State, height: int) -> Finality:
    finality = finality_at(state, height)
    if isinstance(finality, ConsortiumFinality):
        raise Refused(
            "proof.finality",
            f"block {height} was decided by validators, and no operator signed it",
            remedy=f"the header that they signed: /api/v1/blocks/{height}/light",
        )
    return finality


def _readable(call: Call, height: int, envelopes: Sequence[bytes]) -> Iterator[str | None]:
    """Yield the envelopes that the caller may read; of a block that is no table yet, none."""
    told = set[str]() if not call.viewer.reads else None
    after: str | None = None
    while told is not None:
        page = call.site.openness.transactions(
            call.viewer, call.db, height=height, after=after, limit=LIMIT_MAX
        )
        told.update(row.id for row in page.rows if row.told)
        after = page.after
        if after is None:
            break
    for envelope in envelopes:
        open_to_all = told is None or sha256(envelope).hexdigest() in told
        yield envelope.decode() if open_to_all else None
