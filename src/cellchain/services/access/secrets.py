"""Passwords and tokens: how they are made, and what is kept of them."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from nacl import pwhash
from nacl.exceptions import CryptoError

from cellchain.core.errors import Refused

PASSWORD_CHARACTERS_MIN = 12
"""NIST SP 800-63B-4, section 3.1.1.2, asks for 15 where it is the only factor, 8 otherwise."""
PASSWORD_BYTES_MAX = 256
TOKEN_BYTES = 32
MEMORY_BYTES = 19 << 20
"""Argon2id with 19 MiB and two passes: the first setting of OWASP's cheat sheet."""
PASSES = 2
NAME_CHARACTERS_MIN = 4
"""From there on a password may not hold the member's name; ``a`` is in most passwords."""

_COMMON = frozenset({"password1234", "123456789012", "qwertyuiop12", "correcthorsebattery"})


def hash_password(password: str, member: str) -> str:
    """Return the Argon2id hash of a new password.

    Raises:
        Refused: ``access.password``: too short, too long, or what anybody would try first.
    """
    given = password.encode()
    if len(password) < PASSWORD_CHARACTERS_MIN or len(given) > PASSWORD_BYTES_MAX:
        raise Refused(
            "access.password",
            f"a password has {PASSWORD_CHARACTERS_MIN} characters or more, up to"
            f" {PASSWORD_BYTES_MAX} bytes",
            remedy="a sentence is easier to remember than a riddle",
        )
    low, name = password.lower(), member.partition("@")[0].lower()
    named = len(name) >= NAME_CHARACTERS_MIN and name in low
    if low in _COMMON or named or len(set(low)) < 5:  # noqa: PLR2004
        raise Refused("access.password", "this password is one that anybody would try first")
    return pwhash.argon2id.str(given, opslimit=PASSES, memlimit=MEMORY_BYTES).decode()


def is_password(kept: str, password: str) -> bool:
    """Whether ``password`` is the one behind the hash ``kept``; as slow where there is none."""
    given = password.encode()[: PASSWORD_BYTES_MAX + 1]
    try:
        return pwhash.verify((kept or _NOBODYS).encode(), given) and bool(kept)
    except CryptoError:
        return False


def new_token() -> str:
    """Return a random token that nobody can guess."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_token(kept: str, token: str) -> bool:
    """Whether ``token`` is the one behind ``kept``."""
    return hmac.compare_digest(kept, token_hash(token))


_NOBODYS = (
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)
"""The hash of no password: checking against it takes as long as against a real one."""
