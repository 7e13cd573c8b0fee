"""The key store of a home: private keys, encrypted at rest.

    keys/lock.json    the home's own random key, locked with the passphrase (`crypto.secretbox`)
    keys/passphrase   a random passphrase, mode 0600, where the owner has given none
    keys/NAME.json    a signing key, encrypted with the home's key

The passphrase comes from ``CELLCHAIN_PASSPHRASE``, a file named on the command line, or the file
above; it is never asked for. Unlocking is slow on purpose and happens once per process.
"""

from __future__ import annotations

import os
import secrets
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from cellchain.adapters.disk import PRIVATE, disk_error, write_file
from cellchain.core.errors import Corrupt, Refused
from cellchain.core.names import KeyId, parse_party_id
from cellchain.crypto.secretbox import lock, unlock
from cellchain.crypto.signatures import SigningKey

if TYPE_CHECKING:
    from pathlib import Path

PASSPHRASE_VARIABLE = "CELLCHAIN_PASSPHRASE"  # noqa: S105  # the name of the variable


class _KeyFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    key: KeyId
    box: str
    demo: bool = False
    party: str = ""


class KeyEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What the key store shows of a key."""

    name: str
    key: KeyId
    party: str
    """The party that the key speaks for, as its owner has noted."""
    demo: bool


class Keystore:
    """The private keys of one home.

    Args:
        folder: ``keys`` in the home.
        demo: Whether the home is a demonstration, the only place where demo keys are used.
        passphrase_file: Where the passphrase is, instead of the file in the home.
    """

    def __init__(self, folder: Path, *, demo: bool, passphrase_file: Path | None = None) -> None:
        self._folder = folder
        self._demo = demo
        self._passphrase_file = passphrase_file

    def create(self) -> None:
        """Make the folder and the home's key."""
        try:
            self._folder.mkdir(mode=0o700, parents=True)
        except OSError as error:
            raise disk_error(error) from error
        self._write("lock.json", lock(secrets.token_bytes(SecretBox.KEY_SIZE), self._passphrase()))

    def add(self, name: str, key: SigningKey, *, party: str = "", demo: bool = False) -> KeyEntry:
        """Keep ``key`` under ``name``.

        Raises:
            Refused: ``key.exists``; ``key.demo``: a demo key outside a demo home.
        """
        parse_party_id(name)
        self._check_demo(demo, name)
        if self._path(name).exists():
            raise Refused("key.exists", f"there is a key {name!r} already")
        box = SecretBox(self._home_key).encrypt(key.seed()).hex()
        file = _KeyFile(key=key.key_id, box=box, demo=demo, party=party)
        self._write(f"{name}.json", msgspec.json.format(msgspec.json.encode(file)))
        return KeyEntry(name=name, key=key.key_id, party=party, demo=demo)

    def load(self, name: str) -> SigningKey:
        """Return the key kept under ``name``.

        Raises:
            Refused: ``key.unknown``, ``key.passphrase``, ``key.demo``; Corrupt: ``key.damaged``.
        """
        file = self._read(name)
        self._check_demo(file.demo, name)
        try:
            key = SigningKey(SecretBox(self._home_key).decrypt(bytes.fromhex(file.box)))
        except (CryptoError, ValueError) as error:
            raise Corrupt("key.damaged", f"the key {name!r} cannot be decrypted") from error
        if key.key_id != file.key:
            raise Corrupt("key.damaged", f"the file of {name!r} names another public key")
        return key

    def entries(self) -> list[KeyEntry]:
        """Return what there is, in name order; nothing is unlocked."""
        paths = sorted(self._folder.glob("*.json"))
        names = [path.stem for path in paths if path.name != "lock.json"]
        return [self._entry(name) for name in names]

    def derived_secret(self, purpose: str) -> bytes:
        """Return 32 secret bytes of this home for another purpose than keys."""
        return blake2b(purpose.encode(), key=self._home_key, digest_size=32).digest()

    def _entry(self, name: str) -> KeyEntry:
        file = self._read(name)
        return KeyEntry(name=name, key=file.key, party=file.party, demo=file.demo)

    def _read(self, name: str) -> _KeyFile:
        parse_party_id(name)
        try:
            return msgspec.json.decode(self._path(name).read_bytes(), type=_KeyFile)
        except FileNotFoundError as error:
            names = ", ".join(p.stem for p in self._folder.glob("*.json") if p.stem != "lock")
            raise Refused(
                "key.unknown", f"there is no key {name!r}", remedy=f"there are: {names or 'none'}"
            ) from error
        except msgspec.MsgspecError as error:
            raise Corrupt("key.damaged", f"the file of key {name!r} is unreadable") from error

    @cached_property
    def _home_key(self) -> bytes:
        try:
            locked = (self._folder / "lock.json").read_bytes()
        except FileNotFoundError as error:
            raise _damaged_lock("it is not there") from error
        except OSError as error:
            raise disk_error(error) from error
        try:
            return unlock(locked, self._passphrase())
        except Refused as refusal:
            if refusal.code != "key.malformed":
                raise
            raise _damaged_lock(refusal.text) from refusal

    def _passphrase(self) -> str:
        given = os.environ.get(PASSPHRASE_VARIABLE)
        if given:
            return given
        path = self._passphrase_file or self._folder / "passphrase"
        if not path.exists() and self._passphrase_file is None:
            if (self._folder / "lock.json").exists():
                raise Refused(
                    "key.passphrase",
                    "this home is locked with a passphrase that is not in it",
                    remedy=f"set {PASSPHRASE_VARIABLE} or name a --passphrase-file",
                )
            self._write("passphrase", secrets.token_urlsafe(32).encode())
        try:
            return path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise disk_error(error) from error
        except UnicodeDecodeError as error:
            raise Refused("key.passphrase", f"{path} is not UTF-8") from error

    def _check_demo(self, demo: bool, name: str) -> None:
        if demo and not self._demo:
            raise Refused(
                "key.demo", f"{name!r} is a demo key, known to everybody, and this is no demo home"
            )

    def _write(self, name: str, data: bytes) -> None:
        write_file(self._folder / name, data, mode=PRIVATE)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def _damaged_lock(why: str) -> Corrupt:
    return Corrupt(
        "key.damaged",
        f"keys/lock.json, which opens all keys, is unreadable: {why}",
        remedy="bring keys/lock.json back from a backup",
    )
