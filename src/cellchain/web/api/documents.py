"""Documents: upload in pieces, keep, open, share, erase."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from cellchain.core.errors import CellchainError, Refused
from cellchain.core.names import DocumentId, parse_digest, parse_document_id, parse_party_id
from cellchain.services.access.viewer import require_duty
from cellchain.web.api.endpoint import Answer, Call, Endpoint
from cellchain.web.api.messages import Sent, outcome_answer
from cellchain.web.api.serve import PREFIX
from cellchain.web.caller import caller, check_access
from cellchain.web.guard.headers import SANDBOX
from cellchain.web.path_parts import path_parts
from cellchain.web.problem import problem_of, problem_response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from cellchain.web.site import Site

CONTENT_PATH = f"{PREFIX}/documents/{{document}}/content"
OBJECT_PATH = "/vault/{address}"
_RANGE = re.compile(r"bytes=([0-9]{1,18})-([0-9]{0,18})")
_endpoint = partial(Endpoint, scope="document", tag="document")


class UploadWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document that is about to arrive in pieces."""

    size: int
    """Bytes in all."""
    media_type: str
    file_name: str


class UploadShown(msgspec.Struct, frozen=True, kw_only=True):
    """An upload as it stands."""

    upload: str
    offset: int
    """Bytes that have arrived; where the next piece belongs."""


class PieceQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Where a piece belongs."""

    offset: int


class KeepWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an upload is to be kept as."""

    document: str
    access: str = "private"
    """``authority``, ``legitimate-interest``, ``private`` or ``public``."""
    readers: list[str] = []
    """Parties that may open it besides its owner."""


class GrantWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may open a document, and what for."""

    reader: str
    purpose: str
    until_ms: int | None = None


class RevokeWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may open a document no longer."""

    reader: str


class ParcelQuery(msgspec.Struct, frozen=True, kw_only=True):
    """For whom a document is packed."""

    reader: str


class TakenIn(msgspec.Struct, frozen=True, kw_only=True):
    """What a parcel held."""

    document: str
    commitment: str
    owner: str


def document_endpoints() -> Iterator[Endpoint]:
    """Yield the endpoints of documents, but for their contents."""
    yield _endpoint(
        method="POST", path="/uploads", name="uploads.begin",
        summary="Begin an upload; its pieces may come over days.",
        answer=_begin, body=UploadWanted, result=UploadShown, status=201, refusals=(413, 422),
    )  # fmt: skip
    yield _endpoint(
        method="GET", path="/uploads/{upload}", name="uploads.show",
        summary="Say how much of an upload has arrived.",
        answer=_upload, result=UploadShown, refusals=(404,),
    )  # fmt: skip
    yield _endpoint(
        method="PATCH", path="/uploads/{upload}", name="uploads.append",
        summary="Add a piece at an offset.",
        answer=_append, query=PieceQuery, body=bytes, takes="application/octet-stream",
        result=UploadShown, refusals=(404, 413, 422),
    )  # fmt: skip
    yield _endpoint(
        method="POST", path="/uploads/{upload}/keep", name="uploads.keep",
        summary="Keep what has arrived in the vault, and register it in the book.",
        answer=_keep, body=KeepWanted, result=Sent, status=201, refusals=(202, 404, 409, 422, 503),
    )  # fmt: skip
    yield _endpoint(
        method="POST", path="/documents/{document}/grant", name="documents.grant",
        summary="Let a party open a document: in the book, and by a wrap of its key.",
        answer=_grant, body=GrantWanted, result=Sent, status=201,
        refusals=(202, 404, 409, 422, 503),
    )  # fmt: skip
    yield _endpoint(
        method="POST", path="/documents/{document}/revoke", name="documents.revoke",
        summary="Let a party open a document no longer.",
        answer=_revoke, body=RevokeWanted, result=Sent, status=201,
        refusals=(202, 404, 409, 422, 503),
    )  # fmt: skip
    yield _endpoint(
        method="GET", path="/documents/{document}/parcel", name="documents.parcel",
        summary="Pack a document for a party that was granted it and has a home of its own.",
        answer=_parcel, query=ParcelQuery, result=dict, refusals=(404, 422),
    )  # fmt: skip
    yield _endpoint(
        method="POST", path="/parcels", name="parcels.take_in",
        summary="Take in what another home packed for the caller's organisation.",
        answer=_take_in, body=bytes, takes="application/octet-stream", result=TakenIn, status=201,
        refusals=(409, 413, 422),
    )  # fmt: skip
    yield _endpoint(
        method="POST", path="/documents/{document}/erase", name="documents.erase",
        summary="Destroy keys, salt and ciphertext for good; the book says that it happened.",
        answer=_erase, result=Sent, status=201, refusals=(202, 404, 409, 422, 503),
    )  # fmt: skip


def _begin(call: Call) -> Answer:
    owner, wanted = require_duty(call.viewer, "signer"), call.body
    upload = call.site.documents.begin(
        owner, size=wanted.size, file_name=wanted.file_name, media_type=wanted.media_type
    )
    place = {"location": f"{PREFIX}/uploads/{upload}"}
    return Answer(data=UploadShown(upload=upload, offset=0), status=201, headers=place)


def _upload(call: Call) -> Answer:
    owner, upload = require_duty(call.viewer, "signer"), call.path["upload"]
    offset = call.site.documents.uploads.offset(owner, upload)
    return Answer(data=UploadShown(upload=upload, offset=offset))


def _append(call: Call) -> Answer:
    owner, upload = require_duty(call.viewer, "signer"), call.path["upload"]
    offset = call.site.documents.append(owner, upload, call.query.offset, call.body)
    return Answer(data=UploadShown(upload=upload, offset=offset))


def _keep(call: Call) -> Answer:
    wanted = call.body
    document, access = parse_document_id(wanted.document), access_of(wanted.access)
    readers = [parse_party_id(reader) for reader in wanted.readers]
    upload = call.path["upload"]
    return outcome_answer(call.site.sharing.keep(call.viewer, upload, document, access, readers))


def access_of(text: str) -> Any:
    """Return ``text`` as a class of access.

    Raises:
        Refused: ``web.body``.
    """
    if text not in {"authority", "legitimate-interest", "private", "public"}:
        raise Refused("web.body", f"{text[:40]!a} is no class of access")
    return text


def _grant(call: Call) -> Answer:
    document, wanted = parse_document_id(call.path["document"]), call.body
    reader = parse_party_id(wanted.reader)
    return outcome_answer(
        call.site.sharing.grant(call.viewer, document, reader, wanted.purpose, wanted.until_ms)
    )


def _revoke(call: Call) -> Answer:
    document, reader = parse_document_id(call.path["document"]), parse_party_id(call.body.reader)
    return outcome_answer(call.site.sharing.revoke(call.viewer, document, reader))


def _parcel(call: Call) -> Answer:
    document, reader = parse_document_id(call.path["document"]), parse_party_id(call.query.reader)
    asker = require_duty(call.viewer, "signer")
    parcel = call.site.documents.parcel(document, asker, reader)
    return Answer(content=parcel, headers={"content-disposition": "attachment"})


def _take_in(call: Call) -> Answer:
    record = call.site.documents.take_in(call.body, require_duty(call.viewer, "signer"))
    taken = TakenIn(document=record.label.record, commitment=record.commitment, owner=record.owner)
    return Answer(data=taken, status=201)


def _erase(call: Call) -> Answer:
    document = parse_document_id(call.path["document"])
    return outcome_answer(call.site.sharing.erase(call.viewer, document))


def content_routes(site: Site) -> list[Route]:
    """Return the routes that hand out bytes: documents in clear, and ciphertexts to other homes."""

    async def content(request: Request) -> Response:
        request.scope["cellchain_route"] = "documents.content"
        try:
            viewer = caller(request, site.access)
            check_access(viewer, "public")
            name = DocumentId(path_parts(request)["document"])
            opens = viewer.reads or "document" in (viewer.scopes or ())
            reader = viewer.party if opens else None  # a key for other things opens as anybody
            found = await run_in_threadpool(site.documents.open, name, reader)
            span = wanted_range(request.headers.get("range", ""), found.size_bytes)
        except CellchainError as error:
            return problem_response(problem_of(error))
        whole = span == (0, found.size_bytes)  # only a whole one is held against its commitment
        read = found.read(0, None) if whole else found.read(*span)
        headers = download_headers(found.file_name, found.media_type)
        return _bytes_answer(read, span, found.size_bytes, headers)

    async def ciphertext(request: Request) -> Response:
        request.scope["cellchain_route"] = "vault.object"
        try:
            address = parse_digest(path_parts(request)["address"])
            size, read = await run_in_threadpool(site.ciphertext, address)
            start, end = wanted_range(request.headers.get("range", ""), size)
        except CellchainError as error:
            return problem_response(problem_of(error))
        headers = {
            "cache-control": "public, max-age=31536000, immutable",
            "content-security-policy": SANDBOX,
        }
        return _bytes_answer(read(start, end), (start, end), size, headers)

    return [
        Route(CONTENT_PATH, content, methods=["GET"], name="documents.content"),
        Route(OBJECT_PATH, ciphertext, methods=["GET"], name="vault.object"),
    ]


def _bytes_answer(
    pieces: Iterator[bytes], span: tuple[int, int], size: int, headers: dict[str, str]
) -> Response:
    """Return a span of bytes as it is read, in constant memory."""
    start, end = span
    partial_answer = span != (0, size)
    headers = {**headers, "content-length": str(end - start), "accept-ranges": "bytes"}
    if partial_answer:
        headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    return StreamingResponse(
        iterate_in_threadpool(pieces),
        206 if partial_answer else 200,
        headers,
        media_type="application/octet-stream",
    )


def download_headers(file_name: str, media_type: str) -> dict[str, str]:
    """Return the headers of a document: it is saved, never shown as a page of ours.

    What it says it is goes along in a header of its own, for programs.
    """
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in file_name)
    name = quote(file_name, safe="")
    return {
        "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{name}",
        "content-security-policy": SANDBOX,
        "cache-control": "private, no-store",
        "x-media-type": media_type,
    }


def wanted_range(text: str, size: int) -> tuple[int, int]:
    """Return first and end of the one range of bytes that is asked for (RFC 9110, section 14).

    What is no such range is as if it were not there: the answer is the whole.

    Raises:
        Refused: ``web.range``: beyond what there is.
    """
    found = _RANGE.fullmatch(text)
    if found is None or (found[2] and int(found[2]) < int(found[1])):
        return 0, size
    start = int(found[1])
    if start >= size:
        raise Refused("web.range", f"there are {size} bytes")
    return start, min(int(found[2]) + 1, size) if found[2] else size
