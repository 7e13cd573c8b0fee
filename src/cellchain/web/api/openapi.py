"""The OpenAPI 3.1 document, read off the endpoints: their structs, and what they may refuse."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import msgspec

from cellchain.web.api.documents import CONTENT_PATH
from cellchain.web.api.endpoint import JSON, TABLES, Endpoint
from cellchain.web.api.live import LIVE_PATHS
from cellchain.web.api.serve import PREFIX, WORDS
from cellchain.web.problem import MEDIA_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_NAMED = re.compile(r"\{(\w+)(?::path)?\}")
_TEXTS: Mapping[int, str] = {
    202: "It waits for a second signer, or is being worked on.",
    304: "What the caller has is what there is.",
    400: "The request cannot be read.",
    401: "The caller has not shown who it is.",
    403: "The caller may not.",
    404: "There is none, or not for this caller.",
    406: "It is not to be had in that form.",
    408: "The caller was silent in the middle of the request.",
    409: "It clashes with what there is.",
    412: "It was changed meanwhile.",
    413: "The body is too long.",
    415: "The body is of another kind.",
    416: "There are fewer bytes.",
    422: "It was understood, and a rule or a form says no; the code says which.",
    429: "Too many requests.",
    431: "The head of the request is too long.",
    500: "Something that the server keeps is damaged.",
    503: "It cannot be done now; try again.",
}
_ALWAYS = (403, 406, 422, 429, 431, 500, 503)
_WITH_BODY = (408, 413, 415)


def openapi(endpoints: Sequence[Endpoint], address: str) -> dict[str, Any]:
    """Return the document of ``endpoints``."""
    schemas, components = _schemas(endpoints)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        operation = _operation(endpoint, schemas)
        paths.setdefault(_plain(PREFIX + endpoint.path), {})[endpoint.method.lower()] = operation
    for path, name, access, summary in LIVE_PATHS:
        paths[_plain(path)] = {"get": _live_operation(path, name, access, summary)}
    paths[CONTENT_PATH] = {"get": _content_operation()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "cellchain",
            "version": version("cellchain"),
            "summary": "The shared, tamper-evident book of every battery's life.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": address}],
        "tags": [{"name": tag} for tag in sorted({e.tag for e in endpoints if e.tag})],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {**components, "Problem": _PROBLEM},
            "securitySchemes": {
                "api_key": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "cellchain"},
            },
        },
    }


_PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457, with a stable code.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "remedy": {"type": "string"},
    },
}


def _plain(path: str) -> str:
    return path.replace(":path}", "}")


def _schemas(endpoints: Iterable[Endpoint]) -> tuple[dict[Any, Any], dict[str, Any]]:
    kinds = []
    for endpoint in endpoints:
        for kind in (endpoint.body, endpoint.result, endpoint.query):
            if kind not in {None, bytes, dict} and kind not in kinds:
                kinds.append(kind)
    found, components = msgspec.json.schema_components(
        kinds, ref_template="#/components/schemas/{name}"
    )
    return dict(zip(kinds, found, strict=True)), components


def _operation(endpoint: Endpoint, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "tags": [endpoint.tag] if endpoint.tag else [],
        "parameters": [*_path_parameters(endpoint.path), *_query_parameters(endpoint)],
        "responses": _responses(endpoint, schemas),
        "security": _security(endpoint.access),
    }
    if endpoint.method == "POST":
        operation["parameters"].append(_IDEMPOTENCY_KEY)
    if len(endpoint.offers) > 1:
        operation["parameters"].append(_form(endpoint.offers))
    if endpoint.body is not None:
        schema = schemas.get(endpoint.body, {"type": "string", "format": "binary"})
        operation["requestBody"] = {
            "required": True,
            "content": {endpoint.takes: {"schema": schema}},
        }
    return operation


_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Sent again within a day, the request gets the answer of the first. For members"
    " and API keys; nothing is kept for visitors, whose envelopes happen once anyway.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}


def _form(offers: Sequence[str]) -> dict[str, Any]:
    words = [word for word, media_type in WORDS.items() if media_type in offers]
    return {
        "name": "as",
        "in": "query",
        "description": "The form of the answer, for links, which send no Accept of their own.",
        "schema": {"type": "string", "enum": words},
    }


def _security(access: str) -> list[dict[str, list[str]]]:
    return [{}] if access == "public" else [{"api_key": []}, {"session": []}]


def _path_parameters(path: str) -> Iterator[dict[str, Any]]:
    for name in _NAMED.findall(path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _query_parameters(endpoint: Endpoint) -> Iterator[dict[str, Any]]:
    if endpoint.query is None:
        return
    described = msgspec.json.schema(endpoint.query)
    (schema,) = described["$defs"].values()
    for name, field in schema["properties"].items():
        yield {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": field,
        }


def _responses(endpoint: Endpoint, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {str(endpoint.status): _good(endpoint, schemas)}
    if endpoint.method == "GET":
        responses["304"] = {"description": _TEXTS[304]}
    if 202 in endpoint.refusals:  # noqa: PLR2004
        responses["202"] = {"description": _TEXTS[202]}
    refused = {*_ALWAYS, *endpoint.refusals} - {202}
    if endpoint.body is not None:
        refused.update(_WITH_BODY)
    refused.add(401)  # an API key that opens nothing is told so, even where none is needed
    return responses | _refusals(sorted(refused))


def _good(endpoint: Endpoint, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    if endpoint.result is None:
        return {"description": "Done."}
    schema = schemas.get(endpoint.result, {"type": "object"})
    content: dict[str, Any] = {}
    for offer in endpoint.offers:
        content[offer] = {"schema": schema} if offer == JSON else {"schema": _bytes(offer)}
    return {"description": "Done.", "content": content}


def _bytes(media_type: str) -> dict[str, str]:
    text = media_type.startswith("text/") and media_type in {*TABLES, "text/html"}
    return {"type": "string"} if text else {"type": "string", "format": "binary"}


def _live_operation(path: str, name: str, access: str, summary: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["live"],
        "parameters": [
            *_path_parameters(path),
            {
                "name": "Last-Event-ID",
                "in": "header",
                "description": "The number of the last event that was seen.",
                "schema": {"type": "integer", "minimum": 0, "maximum": 10**14},
            },
        ],
        "responses": {
            "200": {
                "description": "Events, until the caller hangs up.",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            },
            **_refusals((401, 403, 404, 422, 429, 431, 503)),
        },
        "security": _security(access),
    }


def _content_operation() -> dict[str, Any]:
    whole = {"application/octet-stream": {"schema": _bytes("application/octet-stream")}}
    return {
        "operationId": "documents.content",
        "summary": "Open a document: its bytes, to be saved, or a part of them.",
        "tags": ["document"],
        "parameters": [
            *_path_parameters(CONTENT_PATH),
            {
                "name": "Range",
                "in": "header",
                "description": "One range of bytes.",
                "schema": {"type": "string", "pattern": "^bytes=[0-9]{1,9}-[0-9]{0,9}$"},
            },
        ],
        "responses": {
            "200": {"description": "The whole document.", "content": whole},
            "206": {"description": "The part that was asked for.", "content": whole},
            **_refusals((401, 404, 416, 422, 429, 431, 500, 503)),
        },
        "security": _security("public"),
    }


def _refusals(statuses: Iterable[int]) -> dict[str, Any]:
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {str(status): {"description": _TEXTS[status], "content": problem} for status in statuses}
