"""The snapshots of a node as files, ``snapshots/HEIGHT/``: taken in the background, two kept.

    making/       what is being taken: removed at a start, for nobody finished it
    HEIGHT/metadata, HEIGHT/0, HEIGHT/1 …

A thread writes them chunk by chunk from a view that no later block changes; after each it
rests as long as that took, so that blocks go on.
"""

from __future__ import annotations

import shutil
from hashlib import sha256
from itertools import count
from threading import Event, Lock, Thread
from time import perf_counter
from typing import TYPE_CHECKING

from cellchain.adapters.disk import disk_error, sync_folder, write_file
from cellchain.core.errors import Refused
from cellchain.ledger.snapshot import chunks_of, parse_snapshot, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cellchain.ledger.snapshot import Snapshot
    from cellchain.ledger.state import State
    from cellchain.ledger.store import Rows

KEPT = 2
_MAKING, _METADATA = "making", "metadata"


class SnapshotFolder:
    """Takes snapshots and keeps the last two.

    Args:
        folder: Where; made when the first is taken.
        told: Hears of what went wrong while one was taken; the node goes on without it.

    Raises:
        Unavailable: ``disk.…``.
    """

    def __init__(self, folder: Path, told: Callable[[Exception], object] = lambda _: None) -> None:
        self._folder = folder
        self._told = told
        self._lock = Lock()
        self._closing = Event()
        self._taking: Thread | None = None
        try:
            shutil.rmtree(folder / _MAKING, ignore_errors=True)
            self._kept = sorted(self._found(), key=lambda one: one.height)
        except OSError as error:
            raise disk_error(error) from error

    def take(self, state: State) -> None:
        """Begin to take one of ``state`` as committed last; return at once.

        While one is being taken no other begins: a node that cannot keep up skips some.
        """
        if self._taking is not None and self._taking.is_alive():
            return
        self._taking = Thread(
            target=self._take,
            args=(state.store.view(), state.parameter_hash),
            name="snapshot",
            daemon=True,
        )
        self._taking.start()

    def kept(self) -> list[Snapshot]:
        """Return those that are whole, the latest last."""
        with self._lock:
            return list(self._kept)

    def chunk(self, height: int, index: int) -> bytes:
        """Return a chunk of the one at ``height``; nothing where there is none."""
        known = any(one.height == height for one in self.kept())
        try:
            return (self._folder / str(height) / str(index)).read_bytes() if known else b""
        except FileNotFoundError:
            return b""

    def wait(self) -> None:
        """Wait until nothing is being taken."""
        if self._taking is not None:
            self._taking.join()

    def close(self) -> None:
        """Let what is being taken be, and wait for that: the store may be closed then."""
        self._closing.set()
        self.wait()

    def _found(self) -> list[Snapshot]:
        """Return those that are in the folder; what cannot be read is removed."""
        found: list[Snapshot] = []
        for place in self._folder.iterdir() if self._folder.exists() else ():
            try:
                found.append(parse_snapshot((place / _METADATA).read_bytes()))
            except (Refused, FileNotFoundError):
                shutil.rmtree(place)
        return found

    def _take(self, rows: Rows, parameter_hash: bytes) -> None:
        try:
            self._write(rows, parameter_hash)
        except Exception as error:  # noqa: BLE001  # the edge of a thread: blocks go on without it
            shutil.rmtree(self._folder / _MAKING, ignore_errors=True)
            self._told(error)

    def _write(self, rows: Rows, parameter_hash: bytes) -> None:
        making = self._folder / _MAKING
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700, parents=True)
        hashes: list[bytes] = []
        began = perf_counter()
        for number, chunk in zip(count(), chunks_of(rows), strict=False):
            write_file(making / str(number), chunk)
            hashes.append(sha256(chunk).digest())
            if self._closing.wait(perf_counter() - began):
                return
            began = perf_counter()
        snapshot = snapshot_of(rows, parameter_hash, hashes)
        write_file(making / _METADATA, snapshot.to_bytes())
        place = self._folder / str(snapshot.height)
        shutil.rmtree(place, ignore_errors=True)
        making.replace(place)
        sync_folder(self._folder)
        with self._lock:
            self._kept = [one for one in self._kept if one.height < snapshot.height]
            old, self._kept = self._kept[: 1 - KEPT], [*self._kept[1 - KEPT :], snapshot]
        for one in old:
            shutil.rmtree(self._folder / str(one.height))
