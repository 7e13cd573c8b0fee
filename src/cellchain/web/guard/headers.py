"""Headers of every answer: nothing is loaded from elsewhere, nothing runs that is not ours.

The policy needs no nonce: there is no inline script and no inline style anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
"""Content-Security-Policy of our own pages."""
SANDBOX = "default-src 'none'; sandbox"
"""That of what members have uploaded: it is downloaded, never shown as ours."""
SECURITY: Mapping[str, str] = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
TRANSPORT = (b"strict-transport-security", b"max-age=31536000")
"""Where browsers come by https (RFC 6797)."""


def encoded_headers(form_target: str = "") -> tuple[tuple[bytes, bytes], ...]:
    """Return the headers as ASGI sends them.

    Args:
        form_target: Where a form of ours may lead besides here: browsers hold the way to a
            provider of single sign-on against ``form-action`` too.
    """
    own = "form-action 'self'"
    policy = POLICY.replace(own, f"{own} {form_target}".rstrip())
    headers = {**SECURITY, "content-security-policy": policy}
    return tuple((name.encode(), value.encode()) for name, value in headers.items())
