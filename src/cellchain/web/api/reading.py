"""Endpoints that read: the ledger, parties, lots, documents, devices."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from cellchain.contracts.document import view as documents
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
) -> Endpoint:
    """Return the endpoint of a list whose query struct names the arguments of ``find``."""
    return Endpoint(
        method="GET",
        path=path,
        name=name,
        summary=summary,
        answer=partial(_list, find),
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
        summary="Find anything by name or words.",
        answer=_search,
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
    )
    yield one(
        "/blocks/{height}",
        "blocks.show",
        "Show a block.",
        find=_block,
        result=explorer.BlockRow,
        tag="ledger",
    )
    yield listed(
        "/transactions",
        "transactions.list",
        "List transactions, the newest first.",
        query=TransactionsQuery,
        find=explorer.transactions,
        result=Listed[explorer.TransactionRow],
        tag="ledger",
    )
    yield one(
        "/transactions/{transaction}",
        "transactions.show",
        "Show a transaction's receipt.",
        find=explorer.transaction,
        result=explorer.TransactionRow,
        tag="ledger",
    )
    yield listed(
        "/events",
        "events.list",
        "List events, the newest first.",
        query=EventsQuery,
        find=explorer.events,
        result=Listed[explorer.EventRow],
        tag="ledger",
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
    )
    yield one(
        "/parties/{party}",
        "parties.show",
        "Show a party.",
        find=membership.party,
        result=membership.PartyRow,
        tag="membership",
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
        )
    )


def _search(call: Call) -> Answer:
    return Answer(data=list(explorer.find(call.db, call.query.q, limit=call.query.limit)))


def _block(db: Any, height: str) -> Any:
    if not (height.isascii() and height.isdigit()) or len(height) > HEIGHT_DIGITS_MAX:
        return None
    return explorer.block(db, int(height))


def _list(find: Callable[..., Any], call: Call) -> Answer:
    wanted = msgspec.structs.asdict(call.query)
    wanted["after"] = wanted["after"] or None
    return Answer(data=find(call.db, **wanted))


def _rows(data: Any) -> list[Any]:
    return list(data.rows)


def _one(find: Callable[[Any, str], Any], call: Call) -> Answer:
    (name,) = call.path.values()
    found = find(call.db, name)
    if found is None:
        raise Refused("web.not_found", f"there is no {name[:80]!a}")
    return Answer(data=found)
