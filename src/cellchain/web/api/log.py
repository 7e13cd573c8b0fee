"""The log as its witnesses need it: checkpoint, consistency, rotations; and what they cosigned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.names import Digest
from cellchain.ledger.finality import operator_rotations
from cellchain.ledger.header import SignedHeader
from cellchain.web.api.endpoint import Answer, Call, Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = "text/plain"


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """Two sizes of the log."""

    old: int
    new: int


class Consistency(msgspec.Struct, frozen=True, kw_only=True):
    """That the log of the new size continues that of the old one (RFC 9162 section 2.1.4)."""

    old_size: int
    old_root: Digest
    new_size: int
    new_root: Digest
    proof: tuple[Digest, ...]


class CosignedList(msgspec.Struct, frozen=True, kw_only=True):
    """What the witnesses of this log have cosigned."""

    witnesses: tuple[str, ...]
    """Their verifier keys, as the operator names them."""
    checkpoints: tuple[str, ...]
    """Signed notes: the newest of each witness, equal ones as one."""


def log_endpoints() -> Iterator[Endpoint]:
    """Yield the endpoints of the log: hashes and sizes, which tell nothing of what is in it."""
    yield Endpoint(
        method="GET",
        path="/log/checkpoint",
        name="log.checkpoint",
        summary="Get the newest checkpoint: the log's size and root as a signed note (C2SP).",
        answer=_checkpoint,
        access="public",
        result=str,
        offers=(TEXT,),
        refusals=(404,),
        tag="ledger",
    )
    yield Endpoint(
        method="GET",
        path="/log/consistency",
        name="log.consistency",
        summary="Get the proof that the log only grew from one size to another.",
        answer=_consistency,
        access="public",
        query=Sizes,
        result=Consistency,
        refusals=(422,),
        tag="ledger",
    )
    yield Endpoint(
        method="GET",
        path="/log/rotations",
        name="log.rotations",
        summary="Get the signed headers that rotated the operator's key.",
        answer=_rotations,
        access="public",
        result=list[SignedHeader],
        tag="ledger",
    )
    yield Endpoint(
        method="GET",
        path="/log/cosigned",
        name="log.cosigned",
        summary="Get the checkpoints that witnesses have cosigned.",
        answer=_cosigned,
        access="public",
        result=CosignedList,
        tag="ledger",
    )
    yield Endpoint(
        method="POST",
        path="/log/cosignatures",
        name="log.cosign",
        summary="Hand over a checkpoint of this log that a witness of its has cosigned.",
        answer=_take,
        access="public",  # its signatures say who sends it
        body=bytes,
        takes=TEXT,
        refusals=(422,),
        tag="ledger",
    )


def _checkpoint(call: Call) -> Answer:
    return Answer(content=call.site.checkpoint(), media_type=f"{TEXT}; charset=utf-8")


def _consistency(call: Call) -> Answer:
    old, new = call.query.old, call.query.new
    with call.site.state() as state:
        if not 1 <= old <= new <= state.head.log_size:
            raise Refused(
                "web.query",
                f"no proof from {old} to {new} entries: 1 to {state.head.log_size} are in the log",
            )
        found = Consistency(
            old_size=old,
            old_root=Digest(state.history.root(old).hex()),
            new_size=new,
            new_root=Digest(state.history.root(new).hex()),
            proof=tuple(Digest(one.hex()) for one in state.history.consistency(old, new)),
        )
    return Answer(data=found)


def _rotations(call: Call) -> Answer:
    with call.site.state() as state:
        return Answer(data=operator_rotations(state))


def _cosigned(call: Call) -> Answer:
    keys = tuple(str(key) for key in call.site.witnesses)
    return Answer(data=CosignedList(witnesses=keys, checkpoints=tuple(call.site.cosigned())))


def _take(call: Call) -> Answer:
    call.site.take_cosignatures(call.body)
    return Answer()
