"""Salted commitments: a value bound on the ledger without being shown there.

    commit(salt, value) = SHA-256(0x03 ‖ len(salt) ‖ salt ‖ value)

A plain hash of a serial or of a state of health can be guessed by trying them all; 16 random
bytes of salt end that. Destroying the salt erases the value: the hash that stays says nothing.
The length byte keeps salt and value apart, so that no byte can wander from one into the other.
"""

from __future__ import annotations

import hashlib
import hmac

from cellchain.core.errors import Refused

SALT_BYTES_MIN = 16
SALT_BYTES_MAX = 255
"""The length of the salt is one byte of what is hashed."""


def commit(salt: bytes, value: bytes) -> bytes:
    """Return the commitment to ``value`` under ``salt``, 32 bytes.

    Raises:
        Refused: ``commitment.salt``: fewer than 16 bytes of salt, or more than 255.
    """
    hasher = committing(salt)
    hasher.update(value)
    return hasher.digest()


def committing(salt: bytes) -> hashlib._Hash:
    """Return a hash that a long value is fed to; its digest is the commitment to all of it.

    Raises:
        Refused: ``commitment.salt``.
    """
    if not SALT_BYTES_MIN <= len(salt) <= SALT_BYTES_MAX:
        raise Refused(
            "commitment.salt",
            f"a salt of {len(salt)} bytes; {SALT_BYTES_MIN} to {SALT_BYTES_MAX} are needed",
            remedy="draw 16 random bytes for each value",
        )
    return hashlib.sha256(b"\x03" + bytes([len(salt)]) + salt)


def opens(commitment: bytes, salt: bytes, value: bytes) -> bool:
    """Whether ``salt`` and ``value`` are what ``commitment`` was made of."""
    if not SALT_BYTES_MIN <= len(salt) <= SALT_BYTES_MAX:
        return False
    return hmac.compare_digest(commit(salt, value), commitment)
