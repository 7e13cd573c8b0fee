"""Proofs to download: what a stranger checks offline, as JSON or as a page that checks itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.names import parse_battery_id, parse_digest
from cellchain.core.time import parse_time
from cellchain.ledger import view as explorer
from cellchain.services.access.interest import has_interest
from cellchain.services.cosigned import with_cosignatures
from cellchain.services.gateway.choosing import no_reading
from cellchain.services.proofs import event_proof, receipt_proof, record_proof
from cellchain.web.api.endpoint import HTML, JSON, Answer, Call, Endpoint
from cellchain.web.api.reading import HEIGHT_DIGITS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.state import State
    from cellchain.services.proofs import Proof

_OFFERS = (JSON, HTML)


class ReadingQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which reading."""

    battery: str
    time: str
    """RFC 3339; without decimals the whole second is meant."""
    row: int | None = None
    """Sequence of the row, where several share the time."""


def proof_endpoints() -> Iterator[Endpoint]:
    """Yield the endpoints of proofs: a proof holds what it proves, and is for who may read that."""
    yield _endpoint(
        "/proofs/records/{kind}/{subject:path}",
        "proofs.record",
        "Prove a record as of the last block, or that there is none.",
        _record,
    )
    yield _endpoint(
        "/proofs/events/{position}", "proofs.event", "Prove an entry of the log.", _event
    )
    yield _endpoint(
        "/proofs/transactions/{transaction}",
        "proofs.transaction",
        "Prove what became of a transaction.",
        _transaction,
    )
    yield Endpoint(
        method="GET",
        path="/proofs/readings",
        name="proofs.reading",
        summary="Prove one reading of a battery.",
        answer=_reading,
        query=ReadingQuery,
        result=dict,
        offers=_OFFERS,
        refusals=(404, 422),
        tag="proofs",
    )


def _endpoint(path: str, name: str, summary: str, answer: object) -> Endpoint:
    return Endpoint(
        method="GET",
        path=path,
        name=name,
        summary=summary,
        answer=answer,  # type: ignore[arg-type]
        access="public",
        result=dict,
        offers=_OFFERS,
        refusals=(404, 422),
        tag="proofs",
    )


def _record(call: Call) -> Answer:
    wanted = call.path["kind"]
    with call.site.state() as state:
        kinds = {name.partition("/")[0]: found for name, found in state.records.kinds.items()}
        kind = kinds.get(wanted.partition("/")[0])
        call.site.openness.require_record(call.viewer, call.db, kind, call.path["subject"])
        if kind is None:
            raise Refused(
                "query.unknown_kind",
                f"there is no kind of record {wanted[:60]!a}",
                remedy=f"one of {', '.join(sorted(kinds))}",
            )
        proof = _cosigned(call, state, record_proof(state, kind, call.path["subject"]))
    return _file(call, proof, "record")


def _event(call: Call) -> Answer:
    position = call.path["position"]
    plain = position.isascii() and position.isdigit() and len(position) <= HEIGHT_DIGITS_MAX
    call.site.openness.require_event(call.viewer, call.db, int(position) if plain else -1)
    if not plain:
        raise Refused("proof.no_entry", f"the log has no entry {position[:40]!a}")
    with call.site.state() as state:
        proof = _cosigned(call, state, event_proof(state, int(position)))
    return _file(call, proof, f"event-{position}")


def _transaction(call: Call) -> Answer:
    identity = parse_digest(call.path["transaction"])
    call.site.openness.require_transaction(call.viewer, call.db, identity)
    known = explorer.transaction(call.db, identity)
    place = None if known is None else (known.height, known.position)
    with call.site.state() as state:
        proof = _cosigned(call, state, receipt_proof(state, bytes.fromhex(identity), place))
    return _file(call, proof, "receipt")


def _reading(call: Call) -> Answer:
    battery = parse_battery_id(call.query.battery)
    if not has_interest(call.viewer, call.db, battery):
        raise no_reading(battery, parse_time(call.query.time), call.query.row)
    proof = call.site.prove_reading(battery, call.query.time, call.query.row)
    with call.site.state() as state:
        proof = _cosigned(call, state, proof)
    return _file(call, proof, "reading")


def _cosigned(call: Call, state: State, proof: Proof) -> Proof:
    return with_cosignatures(proof, state, call.site.cosigned())


def _file(call: Call, cut: Proof, name: str) -> Answer:
    """Return the file; a node may be asked for signatures, so that no state is held meanwhile."""
    proof, trust = call.site.vouched(cut)
    if call.media_type != HTML:
        return Answer(content=proof.to_bytes(), headers=_named(f"{name}.proof.json"))
    headers = {**_named(f"{name}.proof.html"), "content-security-policy": "sandbox"}
    return Answer(content=call.site.proof_page(proof, trust), media_type=HTML, headers=headers)


def _named(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}
