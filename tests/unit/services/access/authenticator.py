"""A passkey in software: what a phone or a stick would answer (W3C WebAuthn level 3)."""

from __future__ import annotations

import base64
import hashlib
import json

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Authenticator:
    """One key for one site; every answer can be made wrong by ``changes``."""

    def __init__(self, site="book.example", origin="https://book.example", identity=b"i" * 16):
        self.site, self.origin, self.identity, self.count = site, origin, identity, 0
        self.key = ec.generate_private_key(ec.SECP256R1())

    def make(self, options: str, **changes) -> str:
        """The answer to ``navigator.credentials.create``."""
        numbers = self.key.public_key().public_numbers()
        x, y = (n.to_bytes(32, "big") for n in (numbers.x, numbers.y))
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        attested = bytes(16) + len(self.identity).to_bytes(2, "big") + self.identity + public
        seen = self.seen(ATTESTED, **changes) + attested
        told = {"fmt": "none", "attStmt": {}, "authData": seen}
        client = self.client("webauthn.create", options, **changes)
        return self.credential(clientDataJSON=b64(client), attestationObject=b64(cbor2.dumps(told)))

    def sign(self, options: str, **changes) -> str:
        """The answer to ``navigator.credentials.get``."""
        self.count = changes.get("count", self.count + 1)
        seen, client = self.seen(0, **changes), self.client("webauthn.get", options, **changes)
        signed = changes.get("key", self.key).sign(
            seen + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256())
        )
        return self.credential(
            authenticatorData=b64(seen), clientDataJSON=b64(client), signature=b64(signed)
        )

    def seen(self, more: int, **changes) -> bytes:
        site = changes.get("site", self.site)
        flags = more | changes.get("flags", PRESENT | VERIFIED)
        return (
            hashlib.sha256(site.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")
        )

    def client(self, kind: str, options: str, **changes) -> bytes:
        told = {
            "type": changes.get("type", kind),
            "challenge": changes.get("challenge", json.loads(options)["challenge"]),
            "origin": changes.get("origin", self.origin),
        }
        return json.dumps(told).encode()

    def credential(self, **response) -> str:
        identity = b64(self.identity)
        return json.dumps(
            {"id": identity, "rawId": identity, "type": "public-key", "response": response}
        )
