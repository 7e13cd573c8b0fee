"""Short secrets that lie closed in a database, opened with a key of the home."""

from __future__ import annotations

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from cellchain.core.errors import Corrupt


class SealedText:
    """Closes and opens texts.

    Args:
        key: 32 secret bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._box = SecretBox(key)

    def seal(self, text: str) -> str:
        """Return ``text`` closed, in hexadecimal."""
        return self._box.encrypt(text.encode()).hex()

    def open(self, sealed: str) -> str:
        """Return what was closed.

        Raises:
            Corrupt: ``accounts.secret``.
        """
        try:
            return self._box.decrypt(bytes.fromhex(sealed)).decode()
        except (CryptoError, ValueError) as error:
            raise Corrupt("accounts.secret", "a secret cannot be opened with this home") from error
