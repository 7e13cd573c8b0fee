"""Ciphertexts of other homes, over HTTP: ``GET BASE/vault/ADDRESS``.

Only homes that the operator has configured are asked, redirects are not followed, and nothing in
a request comes from a document. An answer that breaks off is taken up again where it ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cellchain.core.errors import Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import httpx

    from cellchain.services.vault.record import Address

ATTEMPTS = 3
"""How often one home is asked in a row, from where the last answer broke off."""
_TIMEOUT_S = 20.0
_OK, _PARTIAL = 200, 206


class HttpObjects:
    """Fetches objects from other homes, in the order in which they are configured.

    Args:
        bases: Addresses of homes, ``https://…``; ``http://`` too, for networks that one trusts:
            what is fetched is ciphertext, and known by its hash.

    Raises:
        Refused: ``vault.url``.
    """

    def __init__(self, bases: Sequence[str]) -> None:
        for base in bases:
            parts = urlsplit(base)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
                raise Refused(
                    "vault.url", f"{base[:80]!a} is no address of a home", remedy="https://HOST"
                )
        self._bases = [base.rstrip("/") for base in bases]

    def fetch(self, address: Address, *, size_bytes: int) -> Iterator[bytes]:
        """Yield an object; see the port. Whoever takes it compares its hash."""
        import httpx  # noqa: PLC0415  # slow to import

        taken = 0
        timeout = httpx.Timeout(_TIMEOUT_S)
        with httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False) as client:
            for base in self._bases * ATTEMPTS:
                for piece in _answer(client, f"{base}/vault/{address}", taken):
                    taken += len(piece)
                    if taken > size_bytes:
                        raise Unavailable(
                            "vault.not_fetched", f"{base} sends more than {size_bytes} bytes"
                        )
                    yield piece
                if taken == size_bytes:
                    return
        raise Unavailable(
            "vault.not_fetched",
            f"no configured home gives the ciphertext {address}",
            remedy="ask its owner, and name that home",
        )


def _answer(client: httpx.Client, url: str, taken: int) -> Iterator[bytes]:
    """Yield what one home answers from byte ``taken`` on; nothing, or a part, if it fails."""
    import httpx  # noqa: PLC0415

    headers = {"Accept-Encoding": "identity"}
    if taken:
        headers["Range"] = f"bytes={taken}-"
    try:
        with client.stream("GET", url, headers=headers) as answer:
            if answer.status_code == (_PARTIAL if taken else _OK):
                yield from answer.iter_raw()
    except httpx.HTTPError:
        return  # the next attempt goes on from where this one ended
