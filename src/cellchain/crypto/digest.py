"""SHA-256, the one hash of the book.

Every hash of more than one thing begins with a byte that says what it is, so that no leaf can be
passed off as a node, nor a bucket as a branch:

    log   0x00 leaf      0x01 node              RFC 9162 section 2.1.1
    map   0x00 bucket    0x01 branch
    state 0x02 app hash
    value 0x03 salted commitment
"""

from __future__ import annotations

import hashlib

DIGEST_BYTES = 32


def sha256(data: bytes) -> bytes:
    """Return the SHA-256 hash of ``data``, 32 bytes (FIPS 180-4)."""
    return hashlib.sha256(data).digest()
