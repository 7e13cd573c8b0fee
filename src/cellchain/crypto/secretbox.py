"""A small secret at rest, under a passphrase: the form in which a key store keeps its keys.

    key = Argon2id(passphrase, salt)        RFC 9106; 64 MiB, two passes: libsodium's "interactive"
    box = XSalsa20-Poly1305(key, secret)    NaCl secretbox, random nonce in front

The text form is canonical JSON that names its own parameters, so that stronger ones can be chosen
later and old boxes still open. Altered parameters give another key, hence the same refusal as a
wrong passphrase. Deriving the key takes about a tenth of a second on purpose: put many keys into
one box rather than one key into each of many.
"""

from __future__ import annotations

from typing import Final

import msgspec
from nacl.bindings import crypto_pwhash_alg, crypto_pwhash_ALG_ARGON2ID13
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from nacl.utils import random

from cellchain.core.canonical import decode
from cellchain.core.errors import CellchainError, Refused

SALT_BYTES: Final = 16
OPERATIONS: Final = 2
MEMORY_BYTES: Final = 64 * 1024 * 1024
OPERATIONS_MAX: Final = 16
MEMORY_BYTES_MAX: Final = 1024 * 1024 * 1024
"""What a box may ask of the reader: a forged one must not exhaust the machine."""
MEMORY_BYTES_MIN: Final = 8 * 1024
PASSPHRASE_BYTES_MIN: Final = 8


class _Box(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="cellchain.secretbox/1",
):
    """The text form of a box."""

    function: str
    operations: int
    memory_bytes: int
    salt: str
    box: str


def lock(secret: bytes, passphrase: str) -> bytes:
    """Return ``secret`` closed under ``passphrase``: canonical JSON, ASCII, one line.

    Raises:
        Refused: ``key.weak_passphrase``: fewer than 8 bytes.
    """
    if len(passphrase.encode()) < PASSPHRASE_BYTES_MIN:
        raise Refused(
            "key.weak_passphrase", f"a passphrase has at least {PASSPHRASE_BYTES_MIN} bytes"
        )
    salt = random(SALT_BYTES)
    key = _derive(passphrase, salt, OPERATIONS, MEMORY_BYTES)
    box = _Box(
        function="argon2id13",
        operations=OPERATIONS,
        memory_bytes=MEMORY_BYTES,
        salt=salt.hex(),
        box=bytes(SecretBox(key).encrypt(secret)).hex(),
    )
    return msgspec.json.encode(box, order="sorted")


def unlock(text: bytes, passphrase: str) -> bytes:
    """Return the secret that `lock` closed.

    Raises:
        Refused: ``key.passphrase``: the passphrase is wrong, or the box was altered;
            ``key.malformed``: this is no box, or asks for more work than a box may.
    """
    box = _parse(text)
    key = _derive(passphrase, bytes.fromhex(box.salt), box.operations, box.memory_bytes)
    try:
        return SecretBox(key).decrypt(bytes.fromhex(box.box))
    except CryptoError as error:
        raise Refused(
            "key.passphrase",
            "the passphrase does not open this key store",
            remedy="set CELLCHAIN_PASSPHRASE or --passphrase-file to the one it was closed with",
        ) from error


def _parse(text: bytes) -> _Box:
    try:
        box = msgspec.convert(decode(text.strip()), _Box)
        salt = bytes.fromhex(box.salt)
        bytes.fromhex(box.box)
    except (CellchainError, msgspec.ValidationError, ValueError) as error:
        raise Refused("key.malformed", f"this is not a closed key store: {error}") from error
    within = (
        box.function == "argon2id13"
        and len(salt) == SALT_BYTES
        and 1 <= box.operations <= OPERATIONS_MAX
        and MEMORY_BYTES_MIN <= box.memory_bytes <= MEMORY_BYTES_MAX
    )
    if not within:
        raise Refused("key.malformed", "the key store names parameters that no key store has")
    return box


def _derive(passphrase: str, salt: bytes, operations: int, memory_bytes: int) -> bytes:
    return crypto_pwhash_alg(
        SecretBox.KEY_SIZE,
        passphrase.encode(),
        salt,
        operations,
        memory_bytes,
        crypto_pwhash_ALG_ARGON2ID13,
    )
