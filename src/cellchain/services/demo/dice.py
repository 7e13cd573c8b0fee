"""The dice of the demo: whatever would be random elsewhere follows from the seed here.

Keys, salts and window secrets of a demo are therefore known to everybody who knows the seed. They
are marked as demo keys, and a home that is no demonstration refuses them.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

import numpy as np

from cellchain.crypto.commitment import SALT_BYTES_MIN
from cellchain.crypto.signatures import SigningKey

if TYPE_CHECKING:
    from cellchain.science.portable import Floats

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_WORD_BYTES = 4


class Dice:
    """Answers the same question with the same throw.

    Args:
        seed: Any whole number.
    """

    def __init__(self, seed: int) -> None:
        self._root = f"cellchain demo 1, seed {seed}".encode()

    def secret(self, purpose: str) -> bytes:
        """Return 32 bytes for one purpose."""
        return hmac.digest(self._root, purpose.encode(), "sha256")

    def salt(self, purpose: str) -> bytes:
        """Return 16 bytes for one commitment."""
        return self.secret(f"salt {purpose}")[:SALT_BYTES_MIN]

    def key(self, name: str) -> SigningKey:
        """Return the key of ``name``."""
        return SigningKey(self.secret(f"key {name}"))

    def opening_key(self, name: str) -> bytes:
        """Return the private opening key of ``name``."""
        return self.secret(f"opening key {name}")

    def below(self, limit: int, purpose: str) -> int:
        """Return a whole number from 0 to before ``limit``."""
        return int.from_bytes(self.secret(f"number {purpose}")[:8], "big") % limit

    def letters(self, count: int, purpose: str) -> str:
        """Return ``count`` capitals and digits, I and O left out."""
        throw = self.secret(f"letters {purpose}")
        return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in throw[:count])

    def spread(self, shape: tuple[int, ...], purpose: str) -> Floats:
        """Return numbers spread evenly over -1 … 1, in an array of ``shape``."""
        count = 1
        for length in shape:
            count *= length
        stream = hashlib.shake_256(self.secret(f"spread {purpose}")).digest(count * _WORD_BYTES)
        words = np.frombuffer(stream, dtype="<u4").astype(np.float64)
        return (words / 2.0**31 - 1.0).reshape(shape)
