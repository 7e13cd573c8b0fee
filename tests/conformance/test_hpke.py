"""Our wraps are HPKE of RFC 9180, checked by a second derivation from its text."""

from __future__ import annotations

import hmac
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core.canonical import canonical_bytes
from cellchain.crypto.envelope import (
    Label,
    Recipient,
    new_opening_key,
    open_envelope,
    opening_public_key,
    seal,
)

KEM = b"KEM" + (0x0020).to_bytes(2, "big")
SUITE = b"HPKE" + b"".join(tag.to_bytes(2, "big") for tag in (0x0020, 0x0001, 0x0002))
"""DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM: RFC 9180 section 7."""


def extract(suite: bytes, salt: bytes, label: bytes, secret: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + secret, "sha256")


def expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(key, labelled + b"\x01", sha256)[:length]


def open_by_the_text(private_key: bytes, wrapped: bytes, info: bytes) -> bytes:
    """RFC 9180 sections 4.1, 5.1 and 6.1, base mode, empty additional data."""
    share, sealed = wrapped[:32], wrapped[32:]
    private = X25519PrivateKey.from_private_bytes(private_key)
    exchanged = private.exchange(X25519PublicKey.from_public_bytes(share))
    context = share + private.public_key().public_bytes_raw()
    prk = extract(KEM, b"", b"eae_prk", exchanged)
    shared = expand(KEM, prk, b"shared_secret", context, 32)
    psk_id, info_hash = (
        extract(SUITE, b"", b"psk_id_hash", b""),
        extract(SUITE, b"", b"info_hash", info),
    )
    schedule = b"\x00" + psk_id + info_hash
    secret = extract(SUITE, shared, b"secret", b"")
    key = expand(SUITE, secret, b"key", schedule, 32)
    nonce = expand(SUITE, secret, b"base_nonce", schedule, 12)
    return AESGCM(key).decrypt(nonce, sealed, b"")


@given(st.binary(max_size=200), st.integers(0, 2**31))
def test_a_wrap_opens_by_the_text_of_the_standard(content: bytes, epoch: int):
    key = new_opening_key()
    label = Label(record="passport/7", version=3, access_class="authority")
    recipient = Recipient(name="authority", epoch=epoch, public_key=opening_public_key(key))
    envelope = seal(content, label, [recipient])
    info = canonical_bytes(["cellchain/wrap/1", "passport/7", "authority", epoch])
    data_key = open_by_the_text(key, envelope.wraps[0].wrapped_key, info)
    bound = canonical_bytes(["cellchain/record/1", "passport/7", 3, "authority"])
    assert AESGCM(data_key).decrypt(envelope.nonce, envelope.ciphertext, bound) == content
    assert open_envelope(envelope, "authority", key) == content
