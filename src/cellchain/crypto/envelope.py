"""Envelopes: a record that only its recipients can open, and that can be forgotten.

    data key  random AES-256-GCM key, one for each record, never written down in clear
    wrap      HPKE (RFC 9180) of the data key for one recipient: X25519, HKDF-SHA256, AES-256-GCM
              info = record, recipient, epoch: a wrap cannot be moved to another place
    record    AES-256-GCM, additional data = record, version, class: nor can a ciphertext

A recipient is added by wrapping the same data key again, and dropped by dropping the wrap. When
the last wrap is gone the record is erased, wherever copies of its ciphertext lie. What a
recipient has read before cannot be called back; to keep *later* versions away, seal them anew.
"""

from __future__ import annotations

# ruff: noqa: PLC0415  # OpenSSL loads where it is used: nothing that only reads should wait for it
import hmac
import os
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.canonical import canonical_bytes
from cellchain.core.errors import Corrupt, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hpke import Suite

OPENING_KEY_BYTES = 32
DATA_KEY_BYTES = 32
NONCE_BYTES = 12
WRAPPED_KEY_BYTES = 80
"""X25519 share 32, data key 32, tag 16."""


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What an envelope is about: bound to its content, readable by everyone who holds it."""

    record: str
    version: int
    access_class: str
    """Who may ask for it: public, interest, authority, owner."""


class Wrap(msgspec.Struct, frozen=True, kw_only=True):
    """The data key, closed for one recipient."""

    recipient: str
    epoch: int
    """Which of the recipient's opening keys it is for: counts up with each rotation."""
    wrapped_key: bytes


class Envelope(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="envelope/1"):
    """A closed record with the wraps that open it; without any it is erased."""

    label: Label
    nonce: bytes
    ciphertext: bytes
    wraps: tuple[Wrap, ...]


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to wrap for."""

    name: str
    epoch: int
    public_key: bytes
    """X25519, 32 bytes."""


def new_opening_key() -> bytes:
    """Return a fresh private X25519 key, 32 bytes."""
    return os.urandom(OPENING_KEY_BYTES)


def opening_public_key(private_key: bytes) -> bytes:
    """Return the public half of an opening key, 32 bytes."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def seal(content: bytes, label: Label, recipients: Iterable[Recipient]) -> Envelope:
    """Return ``content`` closed for every one of ``recipients``, each time with other bytes.

    Raises:
        Refused: ``envelope.public_key``: a key that X25519 cannot use; ``envelope.recipient``:
            nobody to open it, or one name twice.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    wanted = tuple(recipients)
    if not wanted or len({recipient.name for recipient in wanted}) != len(wanted):
        raise Refused("envelope.recipient", "an envelope has one wrap for each of its recipients")
    data_key, nonce = os.urandom(DATA_KEY_BYTES), os.urandom(NONCE_BYTES)
    return Envelope(
        label=label,
        nonce=nonce,
        ciphertext=AESGCM(data_key).encrypt(nonce, content, _additional_data(label)),
        wraps=tuple(wrap_key(data_key, label, recipient) for recipient in wanted),
    )


def open_envelope(envelope: Envelope, recipient: str, private_key: bytes) -> bytes:
    """Return the content, as ``recipient``.

    Raises:
        Refused: ``envelope.not_recipient``: no wrap for that name; ``envelope.wrong_key``: the
            wrap does not open with this key.
        Corrupt: ``envelope.altered``: the wrap opens, yet content or label are not what was sealed.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    data_key = _unwrap(envelope, recipient, private_key)
    try:
        return AESGCM(data_key).decrypt(
            envelope.nonce, envelope.ciphertext, _additional_data(envelope.label)
        )
    except (InvalidTag, ValueError) as error:
        raise Corrupt(
            "envelope.altered", f"the content of {envelope.label.record[:80]!a} was altered"
        ) from error


def rewrap(envelope: Envelope, holder: str, private_key: bytes, recipient: Recipient) -> Envelope:
    """Return the envelope with a wrap for ``recipient`` too, made by ``holder`` who can open it.

    An older wrap of the same recipient is replaced.
    """
    data_key = _unwrap(envelope, holder, private_key)
    others = without_wraps(envelope, [recipient.name]).wraps
    added = wrap_key(data_key, envelope.label, recipient)
    return msgspec.structs.replace(envelope, wraps=(*others, added))


def without_wraps(envelope: Envelope, recipients: Iterable[str]) -> Envelope:
    """Return the envelope without the wraps of ``recipients``."""
    dropped = frozenset(recipients)
    kept = tuple(wrap for wrap in envelope.wraps if wrap.recipient not in dropped)
    return msgspec.structs.replace(envelope, wraps=kept)


def erase(envelope: Envelope) -> Envelope:
    """Return the envelope without any wrap: nobody can open it again."""
    return msgspec.structs.replace(envelope, wraps=())


def wrap_key(data_key: bytes, label: Label, recipient: Recipient) -> Wrap:
    """Return ``data_key`` closed for ``recipient``, good for this record only.

    Raises:
        Refused: ``envelope.public_key``: a key that X25519 cannot use.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    try:
        public_key = X25519PublicKey.from_public_bytes(recipient.public_key)
        info = _info(label, recipient.name, recipient.epoch)
        wrapped_key = _suite().encrypt(data_key, public_key, info=info)
    except ValueError as error:  # 31 bytes, or a point of small order
        raise Refused(
            "envelope.public_key", f"the opening key of {recipient.name[:80]!a} is unusable"
        ) from error
    return Wrap(recipient=recipient.name, epoch=recipient.epoch, wrapped_key=wrapped_key)


def _unwrap(envelope: Envelope, recipient: str, private_key: bytes) -> bytes:
    wrap = next((wrap for wrap in envelope.wraps if wrap.recipient == recipient), None)
    if wrap is None:
        raise Refused("envelope.not_recipient", f"no wrap is for {recipient[:80]!a}")
    return unwrap_key(wrap, envelope.label, private_key)


def unwrap_key(wrap: Wrap, label: Label, private_key: bytes) -> bytes:
    """Return the data key in ``wrap``.

    Raises:
        Refused: ``envelope.wrong_key``: another key, recipient, epoch or record.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    try:
        key = X25519PrivateKey.from_private_bytes(private_key)
        info = _info(label, wrap.recipient, wrap.epoch)
        return _suite().decrypt(wrap.wrapped_key, key, info=info)
    except (InvalidTag, ValueError) as error:
        raise Refused(
            "envelope.wrong_key",
            f"the wrap of {wrap.recipient[:80]!a}, epoch {wrap.epoch}, is for another key",
        ) from error


def seal_part(data_key: bytes, label: Label, part: str, content: bytes) -> bytes:
    """Return ``content`` closed with a data key, as the part of the record that ``part`` names.

    A key of its own is drawn from the data key, so that the body may be closed with that as well.
    """
    cipher, nonce = _part_cipher(data_key), os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, content, _part_data(label, part))


def open_part(data_key: bytes, label: Label, part: str, closed: bytes) -> bytes:
    """Return what `seal_part` closed.

    Raises:
        Corrupt: ``envelope.altered``.
    """
    from cryptography.exceptions import InvalidTag

    nonce, ciphertext = closed[:NONCE_BYTES], closed[NONCE_BYTES:]
    try:
        return _part_cipher(data_key).decrypt(nonce, ciphertext, _part_data(label, part))
    except (InvalidTag, ValueError) as error:
        raise Corrupt(
            "envelope.altered", f"the content of {label.record[:80]!a} was altered"
        ) from error


def _part_cipher(data_key: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(hmac.digest(data_key, b"cellchain/part/1", "sha256"))


def _part_data(label: Label, part: str) -> bytes:
    return canonical_bytes(
        ["cellchain/part/1", label.record, label.version, label.access_class, part]
    )


@cache
def _suite() -> Suite:
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _info(label: Label, recipient: str, epoch: int) -> bytes:
    return canonical_bytes(["cellchain/wrap/1", label.record, recipient, epoch])


def _additional_data(label: Label) -> bytes:
    return canonical_bytes(["cellchain/record/1", label.record, label.version, label.access_class])
