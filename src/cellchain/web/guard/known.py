"""Keys and sessions that were found good: what the gate knows before it asks the application.

Anybody can send a header that looks like a key. Only one that the application let in within the
last minutes counts as one here.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from cellchain.web.caller import GOOD, session_token

if TYPE_CHECKING:
    from starlette.types import Scope

KNOWN_MS = 5 * 60_000
KNOWN_MAX = 10_000
"""The one that was not seen for longest goes first."""


class Known:
    """Hashes of the keys and sessions of the last minutes; used in the event loop alone."""

    def __init__(self) -> None:
        self._until_ms: dict[str, int] = {}

    def holds(self, name: str, now_ms: int) -> bool:
        """Whether what has this name was found good not long ago."""
        return now_ms < self._until_ms.get(name, 0)

    def learn(self, scope: Scope, name: str, now_ms: int) -> None:
        """Remember what the application found out about the caller of ``scope``."""
        if GOOD not in scope:  # nobody asked who calls
            return
        self._until_ms.pop(name, None)
        if not scope[GOOD]:
            return
        if len(self._until_ms) >= KNOWN_MAX:
            del self._until_ms[next(iter(self._until_ms))]
        self._until_ms[name] = now_ms + KNOWN_MS


def credential_name(scope: Scope) -> str:
    """Return a hash of the key or session's token that a request shows; empty without one."""
    shown = HTTPConnection(scope)
    credential = shown.headers.get("authorization") or session_token(shown)
    return blake2b(credential.encode(), digest_size=16).hexdigest() if credential else ""
