"""Documents: what the viewer's organisation has and may open; keep, share, erase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.datastructures import UploadFile

from cellchain.contracts.document.view import (
    DocumentRow,
    OpeningRow,
    document,
    documents,
    openings,
)
from cellchain.core.errors import Refused
from cellchain.core.names import DocumentId, parse_document_id, parse_party_id
from cellchain.core.time import DAY_MS
from cellchain.services.access.records import Approval
from cellchain.services.access.viewer import require_duty
from cellchain.web.api.documents import access_of
from cellchain.web.page import Action, Asked, Done, Page, Shown

if TYPE_CHECKING:
    from starlette.datastructures import FormData

    from cellchain.ledger.entry import Result

PIECE_BYTES = 4 << 20
SHOWN = 100


class DocumentsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Documents of the viewer's organisation, and those that others let it open."""

    own: tuple[DocumentRow, ...]
    granted: tuple[DocumentRow, ...]
    openable: tuple[str, ...]


class DocumentPage(msgspec.Struct, frozen=True, kw_only=True):
    """A document that the viewer may open, or owns."""

    document: DocumentRow
    openable: bool
    openings: tuple[OpeningRow, ...]
    """Who may open it; told to its owner only."""


def show_documents(asked: Asked) -> Shown:
    """Show what the viewer's organisation has, and may open."""
    party = asked.viewer.party
    own = documents(asked.db, owner=party, limit=SHOWN).rows
    granted = documents(asked.db, reader=party, limit=SHOWN).rows
    names = [DocumentId(one.document) for one in (*own, *granted)]
    openable = asked.site.documents.may_open(names, party)
    data = DocumentsPage(
        own=own,
        granted=tuple(one for one in granted if one.document in openable),
        openable=tuple(sorted(openable)),
    )
    return Shown(template="documents/documents.html", data=data, title="Documents")


def show_document(asked: Asked) -> Shown:
    """Show a document; one that the viewer may not open looks as if there were none.

    Raises:
        Refused: ``vault.unknown``.
    """
    name = asked.path["document"]
    found = document(asked.db, name)
    openable = bool(asked.site.documents.may_open([DocumentId(name)], asked.viewer.party))
    if found is None or not (openable or found.owner == asked.viewer.party):
        raise Refused("vault.unknown", "there is no such document, or not for you")
    own = found.owner == asked.viewer.party
    data = DocumentPage(
        document=found,
        openable=openable,
        openings=openings(asked.db, name) if own else (),
    )
    return Shown(template="documents/document.html", data=data, title=f"Document {name}")


def keep(asked: Asked, form: FormData) -> Done:
    """Keep a file in the vault, piece by piece, and register it in the book."""
    owner, given = require_duty(asked.viewer, "signer"), form.get("file")
    if not isinstance(given, UploadFile) or given.size is None:
        raise Refused("web.form", "choose a file")
    name = parse_document_id(_text(form, "document"))
    shelf = asked.site.documents
    shelf.require_new(name)
    upload = shelf.begin(
        owner,
        size=given.size,
        file_name=given.filename or "document",
        media_type=given.content_type or "application/octet-stream",
    )
    offset = 0
    while piece := given.file.read(PIECE_BYTES):
        offset = shelf.append(owner, upload, offset, piece)
    access = access_of(_text(form, "access"))
    return _after(asked.site.sharing.keep(asked.viewer, upload, name, access, []), name)


def grant(asked: Asked, form: FormData) -> Done:
    """Let a party open a document."""
    name, days = DocumentId(asked.path["document"]), _text(form, "days") or "0"
    if not days.isdecimal():
        raise Refused("web.form", "days are a whole number")
    until_ms = asked.site.ledger.now_ms() + int(days[:4]) * DAY_MS if int(days[:4]) else None
    reader = parse_party_id(_text(form, "reader"))
    purpose = _text(form, "purpose")
    return _after(asked.site.sharing.grant(asked.viewer, name, reader, purpose, until_ms), name)


def revoke(asked: Asked, form: FormData) -> Done:
    """Let a party open a document no longer."""
    name, reader = DocumentId(asked.path["document"]), parse_party_id(_text(form, "reader"))
    return _after(asked.site.sharing.revoke(asked.viewer, name, reader), name)


def erase(asked: Asked, _: FormData) -> Done:
    """Destroy what opens a document, for good."""
    name = DocumentId(asked.path["document"])
    return _after(asked.site.sharing.erase(asked.viewer, name), name)


def _after(outcome: Result | Approval, document: str) -> Done:
    return Done("/approvals" if isinstance(outcome, Approval) else f"/documents/{document}")


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


DOCUMENTS = Page(
    path="/documents",
    name="Documents",
    show=show_documents,
    access="member",
    nav=4,
    cached=False,
)
DOCUMENT = Page(
    path="/documents/{document}",
    name="Document",
    show=show_document,
    access="member",
    cached=False,
)
PAGES = (DOCUMENTS, DOCUMENT)
ACTIONS = (
    Action(path="/documents", act=keep, access="member", on=DOCUMENTS),
    Action(path="/documents/{document}/grant", act=grant, access="member", on=DOCUMENT),
    Action(path="/documents/{document}/revoke", act=revoke, access="member", on=DOCUMENT),
    Action(path="/documents/{document}/erase", act=erase, access="member", on=DOCUMENT),
)
