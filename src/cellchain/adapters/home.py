"""A home: the folder of one ledger on this machine.

    genesis.json      the beginning of the chain
    home.json         version of the layout, and whether it is a demonstration
    operator.pub      verifier keys of the operator (C2SP), the present one first; behind each
                      former one the last height that it signed
    checkpoint        the log's size and root as a signed note (C2SP), after each block
    cosigned/         the same, as witnesses cosigned it (`adapters.cosigned_folder`)
    keys/             private keys, encrypted (`adapters.keystore`)
    node/             where validators make the blocks (`adapters.cometbft.folder`)
    ledger/           the state (`adapters.rocks`)
    telemetry/        readings and the secrets of their windows
    writer.sock       where the running writer takes transactions

The checkpoint is also a tripwire: a store that is behind its own checkpoint has lost blocks.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import msgspec

from cellchain.adapters.cosigned_folder import CosignedFolder
from cellchain.adapters.disk import disk_error, write_file
from cellchain.adapters.keystore import Keystore
from cellchain.adapters.rocks import RocksStore
from cellchain.core.errors import CellchainError, Corrupt, Refused
from cellchain.core.names import KeyId
from cellchain.crypto.note import (
    VerifierKey,
    parse_checkpoint,
    parse_verifier_key,
    verifier_key,
    verify_note,
)
from cellchain.ledger.parameters import Genesis, parse_genesis

if TYPE_CHECKING:
    from pathlib import Path

    from cellchain.crypto.signatures import SigningKey
    from cellchain.ledger.header import SignedHeader

HOME_VERSION = 1
OWN_KEY = "operator"
"""Name in the key store of the key that signs the operator's own transactions, never headers."""


class _Marker(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    version: int
    demo: bool = False
    node: bool = False


class Home:
    """An existing home.

    Args:
        folder: Where it is.
        passphrase_file: Where the passphrase of its keys is, if not in the home.

    Raises:
        Refused: ``home.missing``, ``home.version``; Corrupt: ``home.damaged``.
    """

    def __init__(self, folder: Path, *, passphrase_file: Path | None = None) -> None:
        self.folder = folder
        marker = _read_marker(folder)
        self.demo = marker.demo
        self.is_node = marker.node
        """Whether validators make its blocks, and no longer a key of its own."""
        self.keys = Keystore(folder / "keys", demo=marker.demo, passphrase_file=passphrase_file)

    @property
    def genesis(self) -> Genesis:
        """The beginning of the chain."""
        try:
            return parse_genesis((self.folder / "genesis.json").read_bytes())
        except OSError as error:
            raise disk_error(error) from error
        except Refused as refusal:
            raise Corrupt("home.damaged", f"genesis.json: {refusal.text}") from refusal

    @property
    def trust_path(self) -> Path:
        """The file that a stranger needs to believe this home's proofs."""
        return self.folder / "operator.pub"

    @property
    def checkpoint_path(self) -> Path:
        """The signed note after each block."""
        return self.folder / "checkpoint"

    @property
    def cosigned(self) -> CosignedFolder:
        """What witnesses cosigned of it."""
        return CosignedFolder(self.folder / "cosigned")

    @property
    def socket_path(self) -> Path:
        """Where the running writer takes transactions."""
        return self.folder / "writer.sock"

    @property
    def node_folder(self) -> Path:
        """Keys, genesis and blocks of CometBFT, where it is a node."""
        return self.folder / "node"

    def become_node(self) -> None:
        """Let validators make the blocks from now on. There is no way back."""
        marker = _Marker(version=HOME_VERSION, demo=self.demo, node=True)
        write_file(self.folder / "home.json", msgspec.json.encode(marker))
        self.is_node = True

    @property
    def telemetry_folder(self) -> Path:
        """Where readings are kept."""
        return self.folder / "telemetry"

    def open_store(self, *, read_only: bool) -> RocksStore:
        """Open the state.

        Raises:
            Unavailable: ``store.locked`` and the others of `adapters.rocks`.
            Corrupt: ``store.damaged``, also where the files of an existing home are gone.
        """
        folder = self.folder / "ledger"
        if read_only and not (folder / "CURRENT").exists():
            raise Corrupt(
                "store.damaged",
                f"{folder / 'CURRENT'}, which names the files of the ledger, is gone",
                remedy="restore a backup or replay an export",
            )
        return RocksStore(folder, read_only=read_only)

    def empty_ledger(self) -> None:
        """Remove the state; an empty one is there then.

        Raises:
            Unavailable: ``store.locked``: somebody writes to it; ``disk.…``.
        """
        self.open_store(read_only=False).close()
        try:
            shutil.rmtree(self.folder / "ledger")
        except OSError as error:
            raise disk_error(error) from error
        self.open_store(read_only=False).close()

    @property
    def trust_line(self) -> str:
        """The verifier key of the operator's key in force.

        Raises:
            Corrupt: ``home.damaged``.
        """
        return str(self.verifier_keys()[0])

    def signing_key(self, key: KeyId) -> SigningKey:
        """Return the private half of ``key``, under whatever name it is kept.

        Raises:
            Refused: ``home.no_operator``: it is not in this home.
        """
        for entry in self.keys.entries():
            if entry.key == key:
                return self.keys.load(entry.name)
        raise Refused(
            "home.no_operator",
            f"the operator's key {key} is not in this home: it can be read, proved and served, and"
            " nothing can be written",
            remedy="put the key back under keys/, or restore what `cellchain backup --with-keys`"
            " wrote",
        )

    def operator_key(self) -> SigningKey:
        """Return the operator's key whose verifier key comes first."""
        return self.signing_key(KeyId(self.verifier_keys()[0].public_key.hex()))

    @property
    def writable(self) -> bool:
        """Whether a process here may make blocks: it has the operator's key, and is no node."""
        if self.is_node:
            return False
        wanted = self.verifier_keys()[0].public_key.hex()
        return any(entry.key == wanted for entry in self.keys.entries())

    def catch_up_rotation(self, last: SignedHeader | None) -> None:
        """Write down a rotation that a crash kept from `operator.pub`."""
        if last is not None and last.header.next_operator is not None:
            key = last.header.next_operator
            if self.verifier_keys()[0].public_key.hex() != key:
                self.put_operator_first(self.signing_key(key), rotated_height=last.header.height)

    def put_operator_first(self, key: SigningKey, *, rotated_height: int = 0) -> None:
        """Write ``key`` in front of the operator's verifier keys.

        Args:
            key: The key that is in force from now on.
            rotated_height: The last height that the one before signed, if there is one.
        """
        lines = self.trust_path.read_text().splitlines() if rotated_height else []
        former = [f"{line} {rotated_height}" for line in lines[:1]] + lines[1:]
        line = str(verifier_key(self.genesis.chain, key.public_key))
        write_file(self.trust_path, "".join(f"{one}\n" for one in (line, *former)).encode())

    def check_not_behind(self, log_size: int) -> None:
        """Make sure that the store is not older than the checkpoint that was written after it.

        Raises:
            Corrupt: ``store.behind``: blocks are missing; ``home.damaged``: the note is forged.
        """
        if not self.checkpoint_path.exists():
            return
        keys = self.verifier_keys()
        try:
            note = verify_note(self.checkpoint_path.read_bytes(), keys)
            size = parse_checkpoint(note.text).size
        except CellchainError as error:
            raise Corrupt("home.damaged", f"the checkpoint is unreadable: {error.text}") from error
        if size > log_size:
            raise Corrupt(
                "store.behind",
                f"the store holds {log_size} log entries; its checkpoint signed {size}",
                remedy="restore the newest backup, or replay an export",
            )

    def verifier_keys(self) -> list[VerifierKey]:
        """Return the operator's keys, the one in force first.

        Raises:
            Corrupt: ``home.damaged``.
        """
        try:
            lines = self.trust_path.read_text(encoding="ascii").splitlines()
            keys = [parse_verifier_key(line.partition(" ")[0]) for line in lines]
        except (Refused, UnicodeDecodeError, FileNotFoundError) as error:
            raise _no_operator(str(error)) from error
        if not keys:
            raise _no_operator("it is empty")
        return keys


def create_home(
    folder: Path, genesis: Genesis, *, demo: bool = False, passphrase_file: Path | None = None
) -> Home:
    """Make the folder of a new chain; its key store holds no key yet.

    Raises:
        Refused: ``home.exists``; Unavailable: ``disk.…``.
    """
    if (folder / "home.json").exists() or (folder.exists() and any(folder.iterdir())):
        raise Refused("home.exists", f"{folder} is not empty", remedy="name a new folder")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)  # tables and readings in it are in clear
    except OSError as error:
        raise disk_error(error) from error
    write_file(folder / "genesis.json", genesis.to_bytes())
    Keystore(folder / "keys", demo=demo, passphrase_file=passphrase_file).create()
    marker = _Marker(version=HOME_VERSION, demo=demo)
    write_file(folder / "home.json", msgspec.json.encode(marker))
    return Home(folder, passphrase_file=passphrase_file)


def _no_operator(why: str) -> Corrupt:
    return Corrupt(
        "home.damaged",
        f"operator.pub is unreadable: {why}",
        remedy="bring operator.pub back from a backup or from anyone who holds a copy",
    )


def _read_marker(folder: Path) -> _Marker:
    try:
        marker = msgspec.json.decode((folder / "home.json").read_bytes(), type=_Marker)
    except FileNotFoundError as error:
        raise Refused(
            "home.missing", f"{folder} is no home", remedy="make one with: cellchain init FOLDER"
        ) from error
    except OSError as error:
        raise disk_error(error) from error
    except msgspec.MsgspecError as error:
        raise Corrupt("home.damaged", f"home.json is unreadable: {error}") from error
    if marker.version != HOME_VERSION:
        raise Refused(
            "home.version",
            f"this home has layout {marker.version}; this release opens {HOME_VERSION}",
            remedy="export the ledger with the release that made it and replay it with this one",
        )
    return marker
