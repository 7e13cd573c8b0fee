"""Private halves of opening keys: ``keys/opening/PARTY.EPOCH``, encrypted with the home's key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from cellchain.adapters.disk import PRIVATE, disk_error, sync_folder, write_file
from cellchain.core.errors import Corrupt
from cellchain.crypto.envelope import OPENING_KEY_BYTES, new_opening_key, opening_public_key
from cellchain.services.vault import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from cellchain.adapters.home import Home
    from cellchain.adapters.keystore import Keystore


class OpeningKeyFiles:
    """The opening keys of one home; a key is decrypted at its first use.

    Args:
        folder: ``keys/opening`` in the home.
        keystore: Gives the secret under which they lie.
        draw: Makes a private key for a party and epoch; a demo brings its own.
    """

    def __init__(
        self,
        folder: Path,
        keystore: Keystore,
        *,
        draw: Callable[[str, int], bytes] = lambda _party, _epoch: new_opening_key(),
    ) -> None:
        self._folder = folder
        self._keystore = keystore
        self._draw = draw
        self._known: dict[tuple[str, int], bytes] = {}
        self._epochs: dict[str, list[int]] = {}
        self._seen_ns = -1

    def parties(self) -> Collection[str]:
        """Return whose keys there are."""
        self._look()
        return self._epochs.keys()

    def epochs(self, party: str) -> list[int]:
        """Return the epochs of a party whose keys there are, in order."""
        self._look()
        return list(self._epochs.get(party, ()))

    def private_key(self, party: str, epoch: int) -> bytes | None:
        """Return a private key, or ``None``."""
        self._look()
        known = self._known.get((party, epoch))
        if known is None and self._path(party, epoch).exists():
            known = self._known[party, epoch] = self._read(party, epoch)
        return known

    def make(self, party: str, epoch: int) -> bytes:
        """Return the public half of a key, made now if it is not there yet."""
        private_key = self.private_key(party, epoch)
        if private_key is None:
            private_key = self._draw(party, epoch)
            self._write(party, epoch, private_key)
        return opening_public_key(private_key)

    def destroy(self, party: str, epoch: int) -> None:
        """Destroy a private key."""
        self._known.pop((party, epoch), None)
        self._seen_ns = -1
        try:
            self._path(party, epoch).unlink(missing_ok=True)
            sync_folder(self._folder)
        except OSError as error:
            raise disk_error(error) from error

    def _look(self) -> None:
        """See which keys there are, where any process has made or destroyed one since."""
        try:
            changed_ns = self._folder.stat().st_mtime_ns
        except FileNotFoundError:
            return
        if changed_ns == self._seen_ns:
            return
        self._seen_ns = changed_ns
        found: dict[str, list[int]] = {}
        for path in self._folder.glob("[!.]*.*"):
            name, _, epoch = path.name.rpartition(".")
            if epoch.isdecimal():
                found.setdefault(name.replace("+", ":"), []).append(int(epoch))
        self._epochs = {party: sorted(epochs) for party, epochs in found.items()}
        for known in list(self._known):
            if known[1] not in self._epochs.get(known[0], ()):
                del self._known[known]

    def _write(self, party: str, epoch: int, private_key: bytes) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise disk_error(error) from error
        box = self._box().encrypt(private_key)
        write_file(self._path(party, epoch), bytes(box), mode=PRIVATE)
        self._known[party, epoch] = private_key
        self._seen_ns = -1

    def _read(self, party: str, epoch: int) -> bytes:
        try:
            private_key = self._box().decrypt(self._path(party, epoch).read_bytes())
        except OSError as error:
            raise disk_error(error) from error
        except (CryptoError, ValueError) as error:
            raise _damaged(party, epoch) from error
        if len(private_key) != OPENING_KEY_BYTES:
            raise _damaged(party, epoch)
        return private_key

    def _box(self) -> SecretBox:
        return SecretBox(self._keystore.derived_secret("opening keys"))

    def _path(self, party: str, epoch: int) -> Path:
        return self._folder / f"{party.replace(':', '+')}.{epoch}"  # no colon in a file name


def opening_parties(home: Home) -> list[str]:
    """Return the parties whose opening keys are in ``home``; everybody is no party."""
    files = OpeningKeyFiles(home.folder / "keys" / "opening", home.keys)
    return sorted(party for party in files.parties() if party != PUBLIC)


def _damaged(party: str, epoch: int) -> Corrupt:
    return Corrupt(
        "key.damaged",
        f"the opening key of {party}, epoch {epoch}, cannot be decrypted",
        remedy="bring it back from a backup",
    )
