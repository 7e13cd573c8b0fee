"""The cookie of a session: unreadable for scripts, never sent by another site's forms."""

from __future__ import annotations

COOKIE = "cellchain"
SECURE_COOKIE = "__Host-cellchain"
"""Its prefix binds it to this host, to https and to every path (RFC 6265bis)."""
SESSION_S = 12 * 3600


def session_header(token: str, *, secure: bool) -> dict[str, str]:
    """Return the header that keeps a session's token in the browser; without one, forgets it."""
    name = SECURE_COOKIE if secure else COOKIE
    kept = f"Max-Age={SESSION_S}" if token else "Max-Age=0"
    parts = [f"{name}={token}", "Path=/", "HttpOnly", "SameSite=Lax", kept]
    return {"set-cookie": "; ".join([*parts, "Secure"] if secure else parts)}
