"""Somebody's log and somebody's witness over HTTP: short answers, read no further than they may."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import msgspec

from cellchain.core.errors import Refused, Unavailable
from cellchain.core.names import Digest, parse_digest
from cellchain.ledger.header import SignedHeader
from cellchain.ledger.witnessing import PROOF_LINES_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_S = 20
ANSWER_S_MAX = 60
"""For a whole answer, however it trickles."""
WITNESS_S = 10
"""The same two for a witness, which answers with a few lines."""
ANSWER_BYTES_MAX = 2_000_000
"""A thousand rotations, at most."""
_OK, _CONFLICT = 200, 409
_SIZE_TYPE = "text/x.tlog.size"


class _Consistency(msgspec.Struct):
    old_root: Digest
    proof: tuple[Digest, ...]


class _Problem(msgspec.Struct):
    code: str = "witness.answer"
    detail: str = ""
    remedy: str = ""


class LogClient:
    """A log that is served by `cellchain serve`.

    Args:
        url: Where its pages are.

    Raises:
        Refused: ``witness.url``.
    """

    def __init__(self, url: str) -> None:
        self._base = f"{web_address(url)}/api/v1/log"
        self._client = httpx.Client(timeout=TIMEOUT_S)

    def checkpoint(self) -> bytes:
        """Return its newest signed checkpoint.

        Raises:
            Unavailable: ``witness.log``: it does not answer; Refused: it has none.
        """
        return self._ask("GET", "/checkpoint")

    def consistency(self, old_size: int, new_size: int) -> tuple[bytes, tuple[bytes, ...]]:
        """Return the root that it had at ``old_size``, and the proof from there to ``new_size``.

        Raises:
            Unavailable: ``witness.log``; Refused.
        """
        answer = self._ask("GET", f"/consistency?old={old_size}&new={new_size}")
        try:
            found = msgspec.json.decode(answer, type=_Consistency)
        except msgspec.MsgspecError as error:
            raise Unavailable("witness.log", f"{self._base}: no proof: {error}") from error
        if len(found.proof) > PROOF_LINES_MAX:
            raise Unavailable("witness.log", f"{self._base}: a proof of {len(found.proof)} hashes")
        old_root, *proof = (bytes.fromhex(parse_digest(h)) for h in (found.old_root, *found.proof))
        return old_root, tuple(proof)

    def rotations(self) -> list[SignedHeader]:
        """Return the rotations of its operator's key.

        Raises:
            Unavailable: ``witness.log``; Refused.
        """
        answer = self._ask("GET", "/rotations")
        try:
            return msgspec.json.decode(answer, type=list[SignedHeader])
        except msgspec.MsgspecError as error:
            raise Unavailable("witness.log", f"{self._base}: no rotations: {error}") from error

    def hand_back(self, note: str) -> None:
        """Give the log a checkpoint of its own that was cosigned.

        Raises:
            Unavailable: ``witness.log``; Refused: it does not know the witness.
        """
        self._ask("POST", "/cosignatures", note.encode())

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        status, _, answer = bounded_answer(self._client, method, self._base + path, body)
        if status == _OK:
            return answer
        try:
            told = msgspec.json.decode(answer, type=_Problem)
        except msgspec.MsgspecError:  # a proxy's page: nobody who speaks for the log
            raise Unavailable("witness.log", f"{self._base}: {status}") from None
        again = status in {408, 429} or status >= 500  # noqa: PLR2004
        raise (Unavailable if again else Refused)(told.code, told.detail, remedy=told.remedy)


class WitnessClient:
    """A witness that wants to be told (C2SP tlog-witness).

    Args:
        url: Its submission prefix.

    Raises:
        Refused: ``witness.url``.
    """

    def __init__(self, url: str) -> None:
        self._url = f"{web_address(url)}/add-checkpoint"
        self._client = httpx.Client(timeout=WITNESS_S)

    def add_checkpoint(self, body: bytes) -> tuple[bytes, int | None]:
        """Return the cosignature lines, or the size that the witness wants a proof from.

        Raises:
            Unavailable: ``witness.answer``: it does not answer, or refuses.
        """
        status, kind, answer = bounded_answer(
            self._client, "POST", self._url, body, answer_s=WITNESS_S
        )
        if status == _OK:
            return answer, None
        size = answer.removesuffix(b"\n")
        if status == _CONFLICT and kind == _SIZE_TYPE and size.isdigit() and len(size) < 20:  # noqa: PLR2004
            return b"", int(size)
        raise Unavailable("witness.answer", f"{self._url}: {status} {answer[:200]!a}")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def web_address(url: str) -> str:
    """Return an address of the web without a slash at its end.

    Raises:
        Refused: ``witness.url``.
    """
    if not url.startswith(("http://", "https://")):
        raise Refused("witness.url", f"{url[:80]!a} is no address", remedy="https://HOST")
    return url.rstrip("/")


def bounded_answer(
    client: httpx.Client,
    method: str,
    url: str,
    body: bytes | None,
    *,
    answer_s: float = ANSWER_S_MAX,
) -> tuple[int, str, bytes]:
    """Return status, media type and content of an answer, which may not be long nor take long.

    Raises:
        Unavailable: ``witness.log``.
    """
    headers: Mapping[str, str] = {"content-type": "text/plain"} if body is not None else {}
    content, until_s = b"", time.monotonic() + answer_s
    try:
        with client.stream(method, url, content=body, headers=headers) as answer:
            for chunk in answer.iter_bytes():
                content += chunk
                if len(content) > ANSWER_BYTES_MAX or time.monotonic() > until_s:
                    raise Unavailable("witness.log", f"{url}: an answer too long or too slow")
            kind = answer.headers.get("content-type", "").partition(";")[0].strip()
            return answer.status_code, kind, content
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable("witness.log", f"{url}: {error}") from error
