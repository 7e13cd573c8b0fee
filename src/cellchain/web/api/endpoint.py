"""What an endpoint is: a path, who may call it, and a function from a call to an answer.

The routes, the checks and the OpenAPI document are all made from it, so that none can say
something that another does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from cellchain.core.errors import Refused
from cellchain.web.path_parts import refuse_controls

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from sqlalchemy import Connection
    from starlette.datastructures import Headers

    from cellchain.services.access.viewer import Viewer
    from cellchain.web.api.gathering import Gathering
    from cellchain.web.page import Access
    from cellchain.web.site import Site

Method = Literal["DELETE", "GET", "PATCH", "POST"]
S = TypeVar("S", bound=msgspec.Struct)
LIMIT = 100
LIMIT_MAX = 1_000
HTML = "text/html"
JSON = "application/json"
CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TABLES = (CSV, PARQUET, XLSX)


class Paged(msgspec.Struct, frozen=True, kw_only=True):
    """Parameters of every list."""

    after: str = ""
    """The cursor that the page before gave as ``after``."""
    limit: int = LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What an endpoint is called with."""

    site: Site
    viewer: Viewer
    reading: Callable[[], Connection]
    """Opens a reading transaction of the views, the same each time, until the answer is given."""
    path: Mapping[str, str]
    query: Any
    """The endpoint's ``query`` struct."""
    body: Any
    """The endpoint's ``body`` struct, or the raw bytes where that is ``bytes``."""
    headers: Headers
    media_type: str
    """What the caller wants, of what the endpoint offers."""

    @property
    def db(self) -> Connection:
        """A reading transaction of the views."""
        return self.reading()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an endpoint answers: data to be encoded, or bytes."""

    data: Any = None
    status: int = 200
    content: bytes | None = None
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A method of a path."""

    method: Method
    path: str
    """Below ``/api/v1``, with named parts."""
    name: str
    """Unique: the ``operationId``."""
    summary: str
    answer: Callable[[Call], Answer]
    access: Access = "member"
    scope: str = "read"
    """What an API key must be for."""
    query: type[msgspec.Struct] | None = None
    body: type[Any] | None = None
    """A struct, or ``bytes``."""
    takes: str = JSON
    """Media type of the body."""
    result: Any = None
    """The type of ``data``; ``None``: no body."""
    status: int = 200
    offers: tuple[str, ...] = (JSON,)
    """Media types of the answer, the usual one first."""
    tag: str = ""
    refusals: tuple[int, ...] = ()
    """Further statuses, besides those that every endpoint may give."""
    gathered: Callable[[Gathering, bytes], Awaitable[Answer]] | None = None
    """The answer to what a visitor sends, without a thread: it only waits for a block."""
    rows: Callable[[Any], list[Any]] | None = None
    """Of a list, its rows for CSV, Parquet or xlsx."""


def read_query(kind: type[S], pairs: Mapping[str, str]) -> S:
    """Return the parameters of a query as a struct.

    Raises:
        Refused: ``web.query``: unknown, of another type, or with a control character.
    """
    refuse_controls(pairs.items())
    known = {name.encode_name for name in msgspec.structs.fields(kind)}
    unknown = [name for name in pairs if name not in known]
    if unknown:
        raise Refused(
            "web.query",
            f"there is no parameter {ascii(unknown[0])[:60]}",
            remedy=f"there are: {', '.join(sorted(known)) or 'none'}",
        )
    try:
        found = msgspec.convert(dict(pairs), kind, strict=False)
    except msgspec.ValidationError as error:
        raise Refused("web.query", str(error)) from error
    limit = getattr(found, "limit", LIMIT)
    if not 1 <= limit <= LIMIT_MAX:
        raise Refused("web.query", f"limit is 1 to {LIMIT_MAX}, not {limit}")
    return found


def read_body(kind: type[Any], body: bytes) -> Any:
    """Return a JSON body as a struct.

    Raises:
        Refused: ``web.body``: no JSON, or not of this shape.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise Refused("web.body", f"the body is not what this takes: {error}") from error


def cursor_number(after: str) -> int | None:
    """Return a cursor that is a number; ``None`` for the first page.

    Raises:
        Refused: ``web.cursor``.
    """
    if not after:
        return None
    if not (after.isascii() and after.isdigit()) or len(after) > 18:  # noqa: PLR2004
        raise Refused("web.cursor", "this cursor is not one that a page gave", remedy="begin again")
    return int(after)
