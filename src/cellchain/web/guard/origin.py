"""Cross-site requests: what changes something must come from a page of our own.

The cookie is ``SameSite=Lax``; beyond that the browser says where a request comes from, in
``Sec-Fetch-Site`` (W3C Fetch Metadata) or ``Origin`` (RFC 6454), and a script cannot forge either.
So pages carry no token, and one cached page serves everybody who may see it. A request with an
API key needs no such check: no browser sends one by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from starlette.datastructures import Headers

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def check_origin(method: str, headers: Headers, *, secure: bool = False) -> None:
    """Refuse a changing request that another site made a browser send.

    Args:
        method: Of the request.
        headers: Of the request.
        secure: Whether our own pages come by https, and no others are ours.

    Raises:
        Refused: ``access.origin``.
    """
    if method in SAFE or "authorization" in headers:
        return
    site = headers.get("sec-fetch-site")
    if site in {"same-origin", "none"}:
        return
    origin = headers.get("origin")
    if site is None and origin is None and "cookie" not in headers:
        return  # no browser: there is nothing that it could have been tricked with
    if site is None and origin:
        told = urlsplit(origin)
        if told.netloc == headers.get("host") and (told.scheme == "https" or not secure):
            return
    raise Refused(
        "access.origin", "this request was made by another site", remedy="use our own page"
    )
