"""A gateway over HTTP, as a device sees it."""

from __future__ import annotations

from urllib.parse import quote

import httpx
import msgspec

from cellchain.core.errors import Refused, Unavailable
from cellchain.core.names import KeyId, parse_key_id

TIMEOUT_S = 30
_BUSY, _FAILED = 429, 500


class _Gateway(msgspec.Struct):
    key: str


class _Problem(msgspec.Struct):
    code: str = "edge.gateway"
    detail: str = ""
    remedy: str = ""


class GatewayClient:
    """Delivers bundles to the server of a home.

    Args:
        url: Where its pages are, ``https://book.example``.

    Raises:
        Refused: ``edge.url``.
    """

    def __init__(self, url: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise Refused("edge.url", f"{url[:80]!a} is no address", remedy="https://HOST")
        self._base = f"{url.rstrip('/')}/api/v1/telemetry"
        self._client = httpx.Client(timeout=TIMEOUT_S)

    def key_of(self, device: str) -> KeyId:
        """Return the key whose receipts count for ``device``, as the gateway says.

        Raises:
            Refused: ``edge.unknown_device``, ``access.own_signer``; Unavailable: ``edge.gateway``.
        """
        answer = self._ask("GET", f"/gateway/{quote(device, safe='')}")
        try:
            return parse_key_id(msgspec.json.decode(answer, type=_Gateway).key)
        except msgspec.MsgspecError as error:
            raise Unavailable("edge.gateway", f"{self._base} is no gateway") from error

    def send(self, signed: bytes) -> bytes:
        """Send a bundle; return the signed receipt.

        Raises:
            Refused: The gateway will not have it; Unavailable: send it again.
        """
        return self._ask("POST", "/bundles", signed)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        headers = {"content-type": "application/octet-stream"} if body else {}
        try:
            answer = self._client.request(
                method, self._base + path, content=body, headers=headers, follow_redirects=False
            )
        except httpx.HTTPError as error:
            raise Unavailable("edge.gateway", f"{self._base}: {error}") from error
        if answer.is_success:
            return answer.content
        try:
            told = msgspec.json.decode(answer.content, type=_Problem)
        except msgspec.MsgspecError:  # a proxy's page: nobody who speaks for the gateway
            raise Unavailable("edge.gateway", f"{self._base}: {answer.status_code}") from None
        again = answer.status_code == _BUSY or answer.status_code >= _FAILED
        text = told.detail or f"answered {answer.status_code}"
        raise (Unavailable if again else Refused)(told.code, text, remedy=told.remedy)
