"""Answers from a home behind a URL: a thin client of ``/api/v1``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import msgspec

from cellchain.core.errors import Refused, Unavailable
from cellchain.notebook.source import Head, Sent
from cellchain.services.access.records import Approval
from cellchain.services.gateway.series import Series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.ledger.contract import Message
    from cellchain.notebook.question import Question

TIMEOUT_S = 30
_ACCEPTED, _BUSY, _FAILED = 202, 429, 500


class _Problem(msgspec.Struct):
    """An error of the API (RFC 9457)."""

    code: str = ""
    detail: str = ""
    remedy: str = ""


class ServedSource:
    """A `cellchain.notebook.source.Source` behind a URL.

    Args:
        url: Where the pages of the home are, ``https://book.example``.
        key: An API key, ``cc_…``; without one only what is public is answered.
        client: Sends the requests; by default one of its own.
    """

    def __init__(self, url: str, key: str = "", client: httpx.Client | None = None) -> None:
        self.place = url.rstrip("/")
        self._api = f"{self.place}/api/v1"
        self._headers = {"authorization": f"Bearer {key}"} if key else {}
        self._client = client or httpx.Client(timeout=TIMEOUT_S)

    def head(self) -> Head:
        """Return where the chain stands."""
        return msgspec.json.decode(self._get("/head"), type=Head)

    def ask(self, question: Question, name: str = "", **wanted: Any) -> Any:
        """Return the answer to ``question``."""
        answer = self._get(question.path_of(name), **wanted)
        return msgspec.json.decode(answer, type=question.result)

    def series(
        self, battery: str, *, from_ms: int, until_ms: int, channels: Sequence[str], points: int
    ) -> Series:
        """Return the readings of a battery in at most ``points`` bins."""
        span = {"from": from_ms, "until": until_ms}
        wanted = {**span, "channels": ",".join(channels), "points": points}
        return msgspec.json.decode(
            self._get(f"/batteries/{battery}/readings", **wanted), type=Series
        )

    def proof(self, kind: str, subject: str) -> bytes:
        """Return the proof of a record, or that there is none."""
        return self._get(f"/proofs/records/{quote(kind, safe='')}/{quote(subject, safe='/')}")

    def send(self, messages: Sequence[Message]) -> Sent | Approval:
        """Send ``messages`` as one transaction; the server signs it for the party of the key."""
        body = msgspec.json.encode({"messages": messages})
        # however often the network makes us send this, it happens once
        headers = {"content-type": "application/json", "idempotency-key": str(uuid4())}
        response = self._request("POST", "/messages", headers=headers, content=body)
        if response.status_code == _ACCEPTED:
            return msgspec.json.decode(response.content, type=Approval)
        return msgspec.json.decode(response.content, type=Sent)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _get(self, path: str, **wanted: Any) -> bytes:
        given = {name: value for name, value in wanted.items() if value not in (None, "", False)}
        return self._request("GET", path, params=given).content

    def _request(
        self, method: str, path: str, headers: dict[str, str] | None = None, **how: Any
    ) -> httpx.Response:
        sent = {"accept": "application/json", **self._headers, **(headers or {})}
        try:
            response = self._client.request(method, self._api + path, headers=sent, **how)
        except httpx.HTTPError as error:
            raise Unavailable(
                "notebook.server", f"{self.place} does not answer: {error}", remedy="is it served?"
            ) from error
        if response.is_success:
            return response
        raise _error(response)


def _error(response: httpx.Response) -> Refused | Unavailable:
    """Return the error that the server tells, in the words of its problem document."""
    try:
        problem = msgspec.json.decode(response.content, type=_Problem)
    except msgspec.MsgspecError:
        problem = _Problem()
    code = problem.code or "notebook.server"
    text = problem.detail or f"{response.url} answered {response.status_code}"
    again = response.status_code >= _FAILED or response.status_code == _BUSY
    return (Unavailable if again else Refused)(code, text, remedy=problem.remedy)
