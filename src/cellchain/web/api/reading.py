"""Endpoints that read: the ledger, parties, lots, documents, devices."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from cellchain.contracts.document import view as documents
from cellchain.contracts.governance import view as governance
from cellchain.contracts.material import view as materials
from cellchain.contracts.membership import view as membership
from cellchain.contracts.telemetry import view as telemetry
from cellchain.core.errors import Refused
from cellchain.ledger import view as explorer
from cellchain.ledger.view import Listed
from cellchain.web.api.endpoint import CSV, JSON, PARQUET, XLSX, Answer, Call, Endpoint, Paged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cellchain.web.page import Access

LIST_OFFERS = (JSON, CSV, PARQUET, XLSX)
HEIGHT_DIGITS_MAX = 15


class HeadShown(msgspec.Struct, frozen=True, kw_only=True):
    """Where the chain stands, and how far the tables follow it."""

    chain: str
    height: int
    time_ms: int
    app_hash: str
    ledger_height: int
    operator_key: str
    """The verifier key (C2SP) that proofs are checked with."""
    network_trust: str
    """Where trust in the network begins; empty where an operator signs alone."""


class TransactionsQuery(Paged, frozen=True, kw_only=True):
    """Which transactions."""

    party: str | None = None
    key: str | None = None
    height: int | None = None


class EventsQuery(Paged, frozen=True, kw_only=True):
    """Which events."""

    subject: str | None = None
    """Only those that evolved a record of this subject."""
    kind: str | None = None
    """A kind, or the beginning of kinds: ``custody.``."""
    party: str | None = None
    height: int | None = None


class BlocksQuery(Paged, frozen=True, kw_only=True):
    """Which blocks."""

    filled: bool = False
    """Only those with transactions."""
    evidence: bool = False
    """Only those that show a validator to have voted twice."""


class PartiesQuery(Paged, frozen=True, kw_only=True):
    """Which parties."""

    role: str | None = None
    text: str = ""


class LotsQuery(Paged, frozen=True, kw_only=True):
    """Which lots."""

    material: str | None = None
    holder: str | None = None
    left: bool = False
    """Only those of which something is left."""
    text: str = ""


class DocumentsQuery(Paged, frozen=True, kw_only=True):
    """Which documents."""

    owner: str | None = None
    reader: str | None = None


class DevicesQuery(Paged, frozen=True, kw_only=True):
    """Which devices."""

    party: str | None = None
    battery: str | None = None


class ProposalsQuery(Paged, frozen=True, kw_only=True):
    """Which proposals."""

    state: str | None = None


class SearchQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for."""

    q: str
    limit: int = 20


def listed(
    path: str,
    name: str,
    summary: str,
    *,
    query: type[msgspec.Struct],
    find: Callable[..., Any],
    result: Any,
    tag: str,
    access: Access = "member",
) -> Endpoint:
    """Return the endpoint of a list whose query struct names the arguments of ``find``."""
    return Endpoint(
        method="GET",
        path=path,
        name=name,
        summary=summary,
        answer=partial(_list, find),
        access=access,
        query=query,
        result=result,
        offers=LIST_OFFERS,
        rows=_rows,
        refusals=(422,),
        tag=tag,
    )


def one(
    path: str,
    name: str,
    summary: str,
    *,
    find: Callable[[Any, str], Any],
    result: Any,
    tag: str,
    access: Access = "member",
) -> Endpoint:
    """Return the endpoint of a single thing, named by the last part of its path."""
    return Endpoint(
        method="GET",
        path=path,
        name=name,
        summary=summary,
        answer=partial(_one, find),
        access=access,
        result=result,
        refusals=(404,),
        tag=tag,
    )


def told(
    path: str,
    name: str,
    summary: str,
    *,
    answer: Callable[[Call], Answer],
    result: Any,
    query: type[msgspec.Struct] | None = None,
) -> Endpoint:
    """Return an endpoint of the ledger that everybody may call and that tells as they may read."""
    return Endpoint(
        method="GET",
        path=path,
        name=name,
        summary=summary,
        answer=answer,
        access="public",
        query=query,
        result=result,
        offers=LIST_OFFERS if query else (JSON,),
        rows=_rows if query else None,
        refusals=(422,) if query else (404,),
        tag="ledger",
    )


def reading_endpoints() -> Iterator[Endpoint]:
    """Yield the endpoints that read the ledger and what stands beside batteries."""
    yield Endpoint(
        method="GET",
        path="/head",
        name="head",
        summary="Where the chain stands.",
        answer=_head,
        access="public",
        result=HeadShown,
        tag="ledger",
    )
    yield Endpoint(
        method="GET",
        path="/search",
        name="search",
        summary="Find anything by name or words, of what the caller may hear of.",
        answer=_search,
        access="public",
        query=SearchQuery,
        result=list[explorer.Hit],
        refusals=(422,),
        tag="ledger",
    )
    yield from _ledger_endpoints()
    yield from _other_endpoints()


def _ledger_endpoints() -> Iterator[Endpoint]:
    yield listed(
        "/blocks",
        "blocks.list",
        "List blocks, the newest first.",
        query=BlocksQuery,
        find=explorer.blocks,
        result=Listed[explorer.BlockRow],
        tag="ledger",
        access="public",
    )
    yield one(
        "/blocks/{height}",
        "blocks.show",
        "Show a block.",
        find=_block,
        result=explorer.BlockRow,
        tag="ledger",
        access="public",
    )
    yield told(
        "/transactions",
        "transactions.list",
        "List transactions, the newest first, told as far as the caller may read them.",
        answer=_transactions,
        query=TransactionsQuery,
        result=Listed[explorer.TransactionRow],
    )
    yield told(
        "/transactions/{transaction}",
        "transactions.show",
        "Show a transaction's receipt, told as far as the caller may read it.",
        answer=_transaction,
        result=explorer.TransactionRow,
    )
    yield told(
        "/events",
        "events.list",
        "List events, the newest first, told as far as the caller may read them.",
        answer=_events,
        query=EventsQuery,
        result=Listed[explorer.EventRow],
    )
    yield told(
        "/events/{position}",
        "events.show",
        "Show the event at a position of the log, told as far as the caller may read it.",
        answer=_event,
        result=explorer.EventRow,
    )


def _other_endpoints() -> Iterator[Endpoint]:
    yield listed(
        "/parties",
        "parties.list",
        "List parties.",
        query=PartiesQuery,
        find=membership.parties,
        result=Listed[membership.PartyRow],
        tag="membership",
        access="public",
    )
    yield one(
        "/parties/{party}",
        "parties.show",
        "Show a party.",
        find=membership.party,
        result=membership.PartyRow,
        tag="membership",
        access="public",
    )
    yield listed(
        "/proposals",
        "proposals.list",
        "List what was put to the vote, the one that something happened to last first.",
        query=ProposalsQuery,
        find=governance.proposals,
        result=Listed[governance.ProposalRow],
        tag="governance",
        access="public",
    )
    yield one(
        "/proposals/{proposal}",
        "proposals.show",
        "Show a proposal.",
        find=governance.proposal,
        result=governance.ProposalRow,
        tag="governance",
        access="public",
    )
    yield listed(
        "/devices",
        "devices.list",
        "List devices.",
        query=DevicesQuery,
        find=membership.devices,
        result=Listed[membership.DeviceRow],
        tag="membership",
    )
    yield listed(
        "/lots",
        "lots.list",
        "List lots of material.",
        query=LotsQuery,
        find=materials.lots,
        result=Listed[materials.LotRow],
        tag="material",
    )
    yield one(
        "/lots/{lot}",
        "lots.show",
        "Show a lot.",
        find=materials.lot,
        result=materials.LotRow,
        tag="material",
    )
    yield one(
        "/runs/{run}",
        "runs.show",
        "Show a run.",
        find=materials.run,
        result=materials.RunRow,
        tag="material",
    )
    yield listed(
        "/documents",
        "documents.list",
        "List documents on the ledger.",
        query=DocumentsQuery,
        find=documents.documents,
        result=Listed[documents.DocumentRow],
        tag="document",
    )
    yield one(
        "/documents/{document}",
        "documents.show",
        "Show a document's record.",
        find=documents.document,
        result=documents.DocumentRow,
        tag="document",
    )
    yield one(
        "/windows/{window:path}",
        "windows.show",
        "Show an anchored window of readings.",
        find=telemetry.window,
        result=telemetry.WindowRow,
        tag="telemetry",
    )


def _head(call: Call) -> Answer:
    head = call.site.views.head(call.db)
    return Answer(
        data=HeadShown(
            chain=call.site.chain,
            height=head.height,
            time_ms=head.time_ms,
            app_hash=head.app_hash,
            ledger_height=head.ledger_height,
            operator_key=call.site.operator_key,
            network_trust=call.site.network_trust,
        )
    )


def _search(call: Call) -> Answer:
    query = call.query
    return Answer(
        data=list(call.site.openness.hits(call.viewer, call.db, query.q, limit=query.limit))
    )


def _block(db: Any, height: str) -> Any:
    number = _number(height)
    return None if number is None else explorer.block(db, number)


def _number(text: str) -> int | None:
    plain = text.isascii() and text.isdigit() and len(text) <= HEIGHT_DIGITS_MAX
    return int(text) if plain else None


def _transactions(call: Call) -> Answer:
    found = call.site.openness.transactions(call.viewer, call.db, **_wanted(call))
    return Answer(data=found)


def _transaction(call: Call) -> Answer:
    name = call.path["transaction"]
    return _known(name, call.site.openness.transaction(call.viewer, call.db, name))


def _events(call: Call) -> Answer:
    return Answer(data=call.site.openness.events_found(call.viewer, call.db, **_wanted(call)))


def _event(call: Call) -> Answer:
    name = call.path["position"]
    position = _number(name)
    found = None if position is None else call.site.openness.event(call.viewer, call.db, position)
    return _known(name, found)


def _list(find: Callable[..., Any], call: Call) -> Answer:
    return Answer(data=find(call.db, **_wanted(call)))


def _wanted(call: Call) -> dict[str, Any]:
    wanted = msgspec.structs.asdict(call.query)
    wanted["after"] = wanted["after"] or None
    return wanted


def _rows(data: Any) -> list[Any]:
    return list(data.rows)


def _one(find: Callable[[Any, str], Any], call: Call) -> Answer:
    (name,) = call.path.values()
    return _known(name, find(call.db, name))


def _known(name: str, found: Any) -> Answer:
    if found is None:
        raise Refused("web.not_found", f"there is no {name[:80]!a}")
    return Answer(data=found)
