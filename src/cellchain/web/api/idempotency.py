"""Idempotency keys: a request that is sent again gets the answer of the first, for a day.

Draft-ietf-httpapi-idempotency-key-header: the key and a fingerprint of the request are kept with
the answer; the same key with another request is refused, and with the same one that is still under
way is told to wait.
"""

from __future__ import annotations

import base64
import re
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

from starlette.responses import Response

from cellchain.core.errors import Refused, Unavailable
from cellchain.core.time import DAY_MS
from cellchain.services.access.records import Kept
from cellchain.web.problem import problem_of, problem_response

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from starlette.requests import Request

    from cellchain.services.access.viewer import Viewer
    from cellchain.web.site import Site

HEADER = "idempotency-key"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_SHOWN_ONCE = Refused(
    "web.shown_once",
    "this request was answered already, with a secret that is shown once",
    remedy="if it was lost, end what was made and make another",
)


class Repeated(Kept, frozen=True, kw_only=True):
    """A request with an idempotency key, and its answer once there is one."""

    fingerprint: str
    status: int = 0
    media_type: str = ""
    body: str = ""
    """Base64."""
    location: str = ""


class Before:
    """What is known of a request from before.

    Args:
        site: Where it is kept.
        key: Its name.
        kept: What there is.
    """

    def __init__(self, site: Site, key: str, kept: Repeated) -> None:
        self._site = site
        self._key = key
        self._kept = kept
        self.response = None
        if kept.status:
            content = base64.b64decode(kept.body)
            headers = {"idempotency-replayed": "true"}
            if kept.location:
                headers["location"] = kept.location
            self.response = Response(content, kept.status, headers, media_type=kept.media_type)

    def keep(self, response: Response) -> None:
        """Keep the answer for whoever sends the request again; of a secret only that it was told.

        What is never to lie in clear says so in its ``Cache-Control``.
        """
        location = response.headers.get("location", "")
        if response.headers.get("cache-control") == "no-store":
            response = problem_response(problem_of(_SHOWN_ONCE))
        body = bytes(response.body)
        status, media_type = response.status_code, response.media_type or ""
        encoded = base64.b64encode(body).decode()
        fingerprint = self._kept.fingerprint
        kept = Repeated(
            fingerprint=fingerprint,
            status=status,
            media_type=media_type,
            body=encoded,
            location=location,
        )
        until_ms = self._site.now_ms() + DAY_MS
        self._site.access.shelf.put(kept, self._key, until_ms=until_ms)


class Repeats:
    """Knows the requests of the last day.

    Args:
        site: Where they are kept.
    """

    def __init__(self, site: Site) -> None:
        self._site = site

    def of(
        self, request: Request, viewer: Viewer, body: bytes
    ) -> AbstractContextManager[Before] | None:
        """Return what is known of this request; ``None`` where it has no key.

        Nothing is kept for visitors: what they may send is signed, and happens once anyway.

        Raises:
            Refused: ``web.idempotency_key``, ``web.repeated``: the key was for something else.
            Unavailable: ``web.under_way``: the first is not answered yet.
        """
        given = request.headers.get(HEADER)
        if given is None or not viewer.known:  # an envelope says by itself which one it is
            return None
        if not _KEY.fullmatch(given):
            raise Refused("web.idempotency_key", "a key has 1 to 200 plain characters")
        path = f"{request.method} {request.url.path}?{request.url.query}\n"
        fingerprint = sha256(path.encode() + body).hexdigest()
        key = sha256(f"{viewer.party}\n{viewer.member}\n{given}".encode()).hexdigest()
        return self._before(key, fingerprint)

    @contextmanager
    def _before(self, key: str, fingerprint: str) -> Iterator[Before]:
        shelf, until_ms = self._site.access.shelf, self._site.now_ms() + DAY_MS
        kept = Repeated(fingerprint=fingerprint)
        if shelf.add(kept, key, until_ms=until_ms):
            try:
                yield Before(self._site, key, kept)
            except Exception:  # nothing happened: the same may be tried again
                shelf.take(Repeated, key)
                raise
            return
        found = shelf.get(Repeated, key) or kept
        if found.fingerprint != fingerprint:
            raise Refused(
                "web.repeated",
                "this Idempotency-Key was sent with another request",
                remedy="draw a new key for each request",
            )
        if not found.status:
            raise Unavailable("web.under_way", "the first request with this key is not done yet")
        yield Before(self._site, key, found)
