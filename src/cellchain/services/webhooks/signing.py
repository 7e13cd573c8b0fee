"""Signatures of webhooks: HMAC-SHA-256 over id, time and body (Standard Webhooks 1.0)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """Return a fresh secret, as receivers' libraries take it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(secret: str, identity: str, time_s: int, body: bytes) -> dict[str, str]:
    """Return the headers of a delivery."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    text = f"{identity}.{time_s}.".encode() + body
    signature = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(time_s),
        "webhook-signature": f"v1,{signature}",
        "content-type": "application/json",
    }
