"""A transaction: who sent it, what it asked for, what became of it; or only the last."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from cellchain.contracts.membership.view import names
from cellchain.core.errors import Refused
from cellchain.ledger.view import EventRow, Listed, TransactionRow
from cellchain.web.frame.happened import parties_of
from cellchain.web.page import Asked, Page, Shown
from cellchain.web.pages.ledger.fields import fields_of

EVENTS_SHOWN = 200


class _Messages(msgspec.Struct, frozen=True):
    messages: tuple[msgspec.Raw, ...]


class _Envelope(msgspec.Struct, frozen=True):
    body: _Messages


class TransactionPage(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction in the log."""

    transaction: TransactionRow
    envelope: str
    """As it was signed; empty where it is for members."""
    events: Listed[EventRow]


def show(asked: Asked) -> Shown:
    """Show a transaction.

    Raises:
        Refused: ``web.not_found``.
    """
    identity = asked.path["transaction"]
    openness, viewer = asked.site.openness, asked.viewer
    found = openness.transaction(viewer, asked.db, identity)
    if found is None:
        raise Refused("web.not_found", f"no transaction {identity[:64]!a} is in the log")
    envelope = _envelope(asked, found) if found.told else ""
    messages = msgspec.json.decode(envelope, type=_Envelope).body.messages if envelope else ()
    told = [fields_of(asked.db, message) for message in messages]
    data = TransactionPage(
        transaction=found,
        envelope=envelope,
        events=openness.events_found(viewer, asked.db, transaction=found.id, limit=EVENTS_SHOWN),
    )
    known = names(asked.db, list({found.sender, *parties_of(data.events.rows)}))
    return Shown(
        template="ledger/transaction.html",
        data=data,
        title=f"Transaction {found.id[:12]}",
        about=frozenset({found.id, *known}) if found.told else None,
        also={"messages": list(zip(found.kinds, told, strict=True)), "names": known},
    )


def _envelope(asked: Asked, found: TransactionRow) -> str:
    with asked.site.state() as state:
        sent = state.block(found.height).transactions
    return next(t for t in sent if sha256(t).hexdigest() == found.id).decode()


TRANSACTION = Page(
    path="/ledger/transactions/{transaction}", name="Transaction", show=show, access="public"
)
