"""The folder of a witness: its key, and what it remembers of each log that it watches.

    witness.pub       its verifier key (C2SP): what others trust
    keys/             its private key, encrypted (`adapters.keystore`)
    logs/ID.json      the operator's key, the size and root cosigned last, that checkpoint
    evidence/ID-….json  two signed checkpoints that are not of one history
    lock              held by the process that cosigns

A checkpoint is looked at and remembered in one step, under a lock, and the file that remembers it
is synced before the cosignature leaves. A crash before that leaves the old file: then nobody was
told anything. Two processes on one folder would each remember half; the second is refused.
"""

from __future__ import annotations

from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING

import msgspec

from cellchain.adapters.disk import disk_error, write_file
from cellchain.adapters.keystore import Keystore
from cellchain.adapters.telemetry.turn import Turn
from cellchain.core.errors import Corrupt, Refused, Unavailable
from cellchain.core.names import Digest
from cellchain.crypto.cosignature import WitnessKey, parse_witness_key, witness_key
from cellchain.crypto.note import parse_checkpoint, parse_note, verify_note
from cellchain.ledger.split_view import SplitView
from cellchain.ledger.watched import Watched, trusting, two_histories, unknown_origin
from cellchain.ledger.witnessing import accept, cosigned

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cellchain.crypto.note import Note, VerifierKey
    from cellchain.crypto.signatures import SigningKey
    from cellchain.ledger.witnessing import AddCheckpoint

KEY_NAME = "witness"
EVIDENCE_MAX = 10
"""Files of evidence about one log; ten are as good as a thousand."""


def make_witness(
    folder: Path, name: str, key: SigningKey, *, passphrase_file: Path | None = None
) -> WitnessKey:
    """Make the folder of a new witness; return what others trust.

    Raises:
        Refused: ``witness.exists``, ``note.name``; Unavailable: ``disk.…``.
    """
    made = witness_key(name, key.public_key)
    if (folder / "witness.pub").exists():
        raise Refused("witness.exists", f"{folder} is a witness", remedy="name a new folder")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "logs").mkdir()
        (folder / "evidence").mkdir()
    except OSError as error:
        raise disk_error(error) from error
    keys = Keystore(folder / "keys", demo=False, passphrase_file=passphrase_file)
    keys.create()
    keys.add(KEY_NAME, key)
    write_file(folder / "witness.pub", f"{made}\n".encode())
    return made


class WitnessFolder:
    """An existing witness; it only reads until `open`.

    Args:
        folder: Where it is.
        passphrase_file: Where the passphrase of its key is, if not in the folder.
        clock: Milliseconds now.

    Raises:
        Refused: ``witness.missing``.
    """

    def __init__(
        self, folder: Path, *, clock: Callable[[], int], passphrase_file: Path | None = None
    ) -> None:
        self._folder = folder
        self._clock = clock
        try:
            self.key: WitnessKey = parse_witness_key((folder / "witness.pub").read_text("ascii"))
        except FileNotFoundError as error:
            raise Refused(
                "witness.missing",
                f"{folder} is no witness",
                remedy="make one with: cellchain witness key NAME --folder FOLDER",
            ) from error
        except (Refused, UnicodeDecodeError) as error:
            raise Corrupt("witness.damaged", f"witness.pub is unreadable: {error}") from error
        self._keys = Keystore(folder / "keys", demo=False, passphrase_file=passphrase_file)
        self._turn = Turn(folder / "lock")
        self._one_at_a_time = Lock()
        self._signing: SigningKey | None = None

    def open(self) -> None:
        """Be the one process that cosigns.

        Raises:
            Unavailable: ``witness.busy``; Refused: ``key.…``.
        """
        if not self._turn.take(0):
            raise Unavailable(
                "witness.busy", f"another process cosigns from {self._folder}", remedy="stop it"
            )
        self._signing = self._keys.load(KEY_NAME)

    def close(self) -> None:
        """Let another process cosign."""
        self._turn.give_up()

    def trust(self, keys: Sequence[VerifierKey]) -> None:
        """Watch the log of an ``operator.pub``, as `trusting` says.

        Raises:
            Refused: ``witness.other_key``.
        """
        with self._one_at_a_time:
            self._write(trusting(self._read(keys[0].name), keys))

    def watched(self, origin: str) -> Watched:
        """Return what is remembered of a log.

        Raises:
            Refused: ``witness.unknown_origin``; Corrupt: ``witness.damaged``.
        """
        found = self._read(origin)
        if found is None:
            raise unknown_origin(origin)
        return found

    def rotated(self, watched: Watched) -> None:
        """Remember that signed rotations lead to another key of the operator."""
        with self._one_at_a_time:
            known = self.watched(watched.operator.name)
            self._write(
                msgspec.structs.replace(
                    known,
                    key=watched.key,
                    former=watched.former,
                    rotated_height=watched.rotated_height,
                )
            )

    def add_checkpoint(self, asked: AddCheckpoint) -> Note:
        """Cosign a checkpoint; return it with the cosignature alone, once that is remembered.

        Raises:
            Refused: A code of `cellchain.ledger.witnessing`; what shows two histories is kept.
        """
        assert self._signing is not None, "the folder is not open"
        with self._one_at_a_time:
            watched = self.watched(asked.origin)
            try:
                accepted = accept(watched, asked)
            except Refused as refusal:
                if refusal.code == "witness.split_view":
                    self._keep_same_size(watched, asked)
                raise
            following, answer = cosigned(
                watched, accepted, self.key.name, self._signing, time_s=self._clock() // 1000
            )
            self._write(following)
        return answer

    def keep_evidence(self, evidence: SplitView) -> Refused:
        """Keep two signed checkpoints that are not of one history; return what is said of it."""
        shown = parse_checkpoint(parse_note(evidence.shown.encode()).text)
        folder, log, data = self._folder / "evidence", _file_id(shown.origin), evidence.to_bytes()
        path = folder / f"{log}-{sha256(data).hexdigest()[:16]}.json"
        if not path.exists() and len(list(folder.glob(f"{log}-*.json"))) < EVIDENCE_MAX:
            write_file(path, data)
        return two_histories(self.watched(shown.origin), shown)

    def evidence(self) -> list[SplitView]:
        """Return every split view that was seen."""
        paths = sorted((self._folder / "evidence").glob("*.json"))
        return [msgspec.json.decode(path.read_bytes(), type=SplitView) for path in paths]

    def logs(self) -> list[Watched]:
        """Return what is remembered of each log, by origin."""
        paths = (self._folder / "logs").glob("*.json")
        found = [self._decoded(path.read_bytes()) for path in paths]
        return sorted(found, key=lambda one: one.operator.name)

    def _keep_same_size(self, watched: Watched, asked: AddCheckpoint) -> None:
        shown = verify_note(asked.note, [watched.operator])
        if watched.note:  # else nothing was cosigned: a log of no entries with an odd root
            root = Digest(parse_checkpoint(shown.text).root.hex())
            self.keep_evidence(SplitView(cosigned=watched.note, shown=str(shown), old_root=root))

    def _path(self, origin: str) -> Path:
        return self._folder / "logs" / f"{_file_id(origin)}.json"

    def _read(self, origin: str) -> Watched | None:
        try:
            return self._decoded(self._path(origin).read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise disk_error(error) from error

    def _decoded(self, data: bytes) -> Watched:
        try:
            watched = msgspec.json.decode(data, type=Watched)
            _ = watched.operator
        except (msgspec.MsgspecError, Refused) as error:
            raise Corrupt(
                "witness.damaged",
                f"what this witness remembers of a log is unreadable: {error}",
                remedy="do not start anew with this key: ask the log's operator and the other"
                " witnesses what was cosigned last",
            ) from error
        return watched

    def _write(self, watched: Watched) -> None:
        write_file(self._path(watched.operator.name), msgspec.json.encode(watched))


def _file_id(origin: str) -> str:
    """Return what the files about a log are called; an origin may hold any sign."""
    return sha256(origin.encode()).hexdigest()[:32]
