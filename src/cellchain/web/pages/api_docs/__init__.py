"""The REST API, to read and to try."""

from __future__ import annotations

import msgspec

from cellchain.web.page import Asked, Page, Shown


class ApiPage(msgspec.Struct, frozen=True, kw_only=True):
    """Where the API is described, and where it is."""

    document: str
    """The OpenAPI 3.1 document."""
    address: str


def show(asked: Asked) -> Shown:
    """Show the API."""
    data = ApiPage(document="/api/v1/openapi.json", address=f"{asked.site.address}/api/v1")
    return Shown(
        template="api_docs/api_docs.html", data=data, title="API", about=frozenset({"api"})
    )


PAGES = (Page(path="/api", name="API", show=show, access="public"),)
