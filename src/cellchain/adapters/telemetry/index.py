"""The index of kept windows: where their rows lie, and their secrets, each in a closed box.

A file of readings counts only when this index names it, so whatever changes files (an import, a
compaction, an erasure) takes effect in one transaction here. SQLite, synced at every commit, and
deleted bytes are overwritten.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from cellchain.adapters.write_ahead import shorten_journal
from cellchain.contracts.telemetry import Anchor, RecordGap, Supplement
from cellchain.core.errors import Corrupt, Unavailable
from cellchain.services.gateway.ports import KeptWindow, Mark, Pending
from cellchain.services.gateway.window import StreamName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from cellchain.services.gateway.window import SealedWindow

_SCHEMA = """
CREATE TABLE IF NOT EXISTS file (
    name TEXT PRIMARY KEY, digest TEXT NOT NULL, battery TEXT NOT NULL, day TEXT NOT NULL,
    layout TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS window (
    subject TEXT PRIMARY KEY, device TEXT NOT NULL, boot TEXT NOT NULL, battery TEXT NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL,
    start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, layout TEXT NOT NULL,
    file TEXT, row_group INTEGER, secret BLOB, leaf_hashes BLOB,
    messages BLOB NOT NULL, anchored INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS window_stream ON window (device, boot, last);
CREATE INDEX IF NOT EXISTS window_time ON window (battery, start_ms);
CREATE INDEX IF NOT EXISTS window_file ON window (file);
CREATE TABLE IF NOT EXISTS source (
    device TEXT NOT NULL, boot TEXT NOT NULL, row INTEGER NOT NULL, size_bytes INTEGER NOT NULL,
    digest TEXT NOT NULL, PRIMARY KEY (device, boot)
) STRICT;
"""
_BUSY_S = 10
_HASH_BYTES = 32
_MESSAGES = msgspec.json.Decoder(tuple[Anchor | Supplement | RecordGap, ...])
_COLUMNS = (
    "subject, device, battery, boot, first, last, count, start_ms, end_ms, layout, file, row_group"
)


_SHOWN = "file IS NOT NULL AND anchored"
"""Which windows are asked: what the ledger refuses is nobody's reading."""


class KeptFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of readings that counts."""

    name: str
    digest: str
    battery: str
    day: str
    layout: str


class Index:
    """The data base ``path``.

    Args:
        path: Where it is; a writer creates it.
        key: 32 bytes that close the boxes; empty: secrets cannot be read.
        read_only: Open beside a writer.

    Raises:
        Unavailable: ``telemetry.index``: it cannot be opened.
    """

    def __init__(self, path: Path, key: bytes = b"", *, read_only: bool = False) -> None:
        mode = "ro" if read_only else "rwc"
        self._box = SecretBox(key) if key else None
        self._path = path
        self.owes_journal = False
        """Whether erased bytes may still be in the write-ahead log: a reader was in the way."""
        with _translated():
            self._db = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}",
                uri=True,
                timeout=_BUSY_S,
                isolation_level=None,
                check_same_thread=False,
            )
            if not read_only:
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = FULL")
                self._db.execute("PRAGMA secure_delete = ON")
                self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the data base."""
        self._db.close()

    def keep(
        self,
        windows: Sequence[SealedWindow],
        files: Sequence[tuple[KeptFile, Sequence[str]]],
        mark: Mark | None,
    ) -> None:
        """Keep ``windows``, which lie in ``files`` in this order, and the mark of their source."""
        place = {
            subject: (file.name, row_group)
            for file, subjects in files
            for row_group, subject in enumerate(subjects)
        }
        with self._transaction():
            self._put_files(file for file, _ in files)
            for window in windows:
                self._put_window(window, *place[window.subject])
            if mark:
                stream = windows[0].stream
                self._db.execute(
                    "INSERT OR REPLACE INTO source VALUES (?, ?, ?, ?, ?)",
                    (stream.device, stream.boot, mark.row, mark.size_bytes, mark.digest),
                )

    def move(self, old: Sequence[str], new: KeptFile | None, subjects: Sequence[str]) -> None:
        """Let ``subjects`` lie in ``new``, in this order, and the ``old`` files count no more."""
        with self._transaction():
            if new:
                self._put_files([new])
            for row_group, subject in enumerate(subjects):
                self._db.execute(
                    "UPDATE window SET file = ?, row_group = ? WHERE subject = ?",
                    (new.name if new else None, row_group, subject),
                )
            for name in old:
                if not new or name != new.name:
                    self._db.execute("DELETE FROM file WHERE name = ?", (name,))
                    self._db.execute(
                        "UPDATE window SET file = NULL, row_group = NULL WHERE file = ?", (name,)
                    )

    def mark_anchored(self, subjects: Sequence[str]) -> None:
        """Remember that these windows are on the ledger."""
        with self._transaction():
            self._db.executemany(
                "UPDATE window SET anchored = 1 WHERE subject = ?", [(s,) for s in subjects]
            )

    def drop(self, subjects: Sequence[str]) -> None:
        """Let these windows never have been; their rows are for the caller to remove."""
        with self._transaction():
            self._db.executemany("DELETE FROM window WHERE subject = ?", [(s,) for s in subjects])

    def destroy_secret(self, subject: str) -> None:
        """Overwrite the secret of a window and what follows from it, in data base and journal."""
        with self._transaction():
            self._db.execute(
                "UPDATE window SET secret = NULL, leaf_hashes = NULL WHERE subject = ?", (subject,)
            )
        self.owes_journal = True
        self.shorten_journal()

    def shorten_journal(self) -> int:
        """Empty the write-ahead log, if that is owed; return whether it came off."""
        if not self.owes_journal:
            return 0
        with _translated():
            self.owes_journal = not shorten_journal(self._path)
        return int(not self.owes_journal)

    def next_sequence(self, device: str, boot: str) -> int:
        """Return the first sequence of a stream that no window has reached."""
        rows = self._all("SELECT max(last) FROM window WHERE device = ? AND boot = ?", device, boot)
        return (rows[0][0] or 0) + 1

    def mark(self, device: str, boot: str) -> Mark | None:
        """Return how far the source behind a stream was taken over."""
        found = self._all(
            "SELECT row, size_bytes, digest FROM source WHERE device = ? AND boot = ?", device, boot
        )
        return Mark(row=found[0][0], size_bytes=found[0][1], digest=found[0][2]) if found else None

    def pending(self, device: str, boot: str) -> list[Pending]:
        """Return the windows of a stream that are not known to be anchored, oldest first."""
        found = self._all(
            "SELECT subject, messages FROM window"
            " WHERE device = ? AND boot = ? AND NOT anchored ORDER BY first",
            device,
            boot,
        )
        return [Pending(subject=s, messages=_MESSAGES.decode(messages)) for s, messages in found]

    def window(self, subject: str) -> KeptWindow | None:
        """Return what is kept of one window."""
        return next(iter(self._windows("subject = ?", subject)), None)

    def windows(self) -> list[KeptWindow]:
        """Return every window, in the order of streams and sequences."""
        return self._windows("TRUE")

    def windows_between(self, battery: str, from_ms: int, until_ms: int) -> list[KeptWindow]:
        """Return the windows of ``battery`` with readings from ``from_ms`` to before ``until_ms``.

        Erased ones are left out, and those that the ledger does not have (yet).
        """
        return self._windows(
            f"battery = ? AND start_ms < ? AND end_ms >= ? AND {_SHOWN}",
            battery,
            until_ms,
            from_ms,
        )

    def span_ms(self, battery: str) -> tuple[int, int] | None:
        """Return first and last time of the readings of ``battery`` that are shown, if any."""
        ((first, last),) = self._all(
            f"SELECT min(start_ms), max(end_ms) FROM window WHERE battery = ? AND {_SHOWN}",  # noqa: S608
            battery,
        )
        return None if first is None else (first, last)

    def windows_of(self, stream: StreamName, first: int, last: int) -> list[KeptWindow]:
        """Return the windows of ``stream`` with readings from ``first`` to ``last``."""
        return self._windows(
            "device = ? AND boot = ? AND first <= ? AND last >= ?",
            stream.device,
            stream.boot,
            last,
            first,
        )

    def windows_in(self, file: str) -> list[KeptWindow]:
        """Return the windows that lie in ``file``, by row group."""
        found = self._windows("file = ?", file)
        return sorted(found, key=lambda window: window.row_group or 0)

    def is_anchored(self, subject: str) -> bool:
        """Whether a window is known to be on the ledger."""
        return bool(self._all("SELECT 1 FROM window WHERE subject = ? AND anchored", subject))

    def erased(self) -> list[KeptWindow]:
        """Return the windows without a secret whose rows are still there."""
        return self._windows("secret IS NULL AND file IS NOT NULL")

    def files(self) -> list[KeptFile]:
        """Return the files that count, by name."""
        return self._files("true ORDER BY name")

    def last_file(self, battery: str) -> KeptFile | None:
        """Return the file that holds the last window of ``battery``."""
        last = f"SELECT file FROM window WHERE battery = ? AND {_SHOWN}"  # noqa: S608
        found = self._files(f"name = ({last} ORDER BY start_ms DESC LIMIT 1)", battery)
        return found[0] if found else None

    def secret(self, subject: str) -> bytes | None:
        """Return the secret of a window; ``None`` where it was destroyed.

        Raises:
            Unavailable: ``telemetry.locked``: no key was given.
            Corrupt: ``telemetry.secret``: the key does not open the box, or the box is broken.
        """
        found = self._all("SELECT secret FROM window WHERE subject = ?", subject)
        if not found or found[0][0] is None:
            return None
        if self._box is None:
            raise Unavailable("telemetry.locked", "the key to the window secrets was not given")
        try:
            return bytes(self._box.decrypt(found[0][0]))
        except (CryptoError, ValueError) as error:
            raise Corrupt("telemetry.secret", f"the secret of {subject} does not open") from error

    def leaf_hashes(self, subject: str) -> list[bytes]:
        """Return the leaf hashes of a window; none where it was erased."""
        found = self._all("SELECT leaf_hashes FROM window WHERE subject = ?", subject)
        data = (found and found[0][0]) or b""
        return [data[at : at + _HASH_BYTES] for at in range(0, len(data), _HASH_BYTES)]

    def _put_files(self, files: Iterable[KeptFile]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?)",
            [(f.name, f.digest, f.battery, f.day, f.layout) for f in files],
        )

    def _put_window(self, window: SealedWindow, file: str, row_group: int) -> None:
        if self._box is None:
            raise Unavailable("telemetry.locked", "the key to the window secrets was not given")
        stream, rows = window.stream, window.rows
        self._db.execute(
            "INSERT INTO window VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (
                window.subject,
                stream.device,
                stream.boot,
                stream.battery,
                int(rows.sequence[0]),
                int(rows.sequence[-1]),
                len(rows),
                int(rows.time_ms.min()),
                int(rows.time_ms.max()),
                rows.layout.digest,
                file,
                row_group,
                bytes(self._box.encrypt(window.secret)),
                b"".join(window.leaf_hashes),
                msgspec.json.encode(window.messages),
            ),
        )

    def _windows(self, where: str, *values: object) -> list[KeptWindow]:
        found = self._all(
            f"SELECT {_COLUMNS} FROM window WHERE {where} ORDER BY device, boot, first",  # noqa: S608
            *values,
        )
        return [_kept(row) for row in found]

    def _files(self, where: str, *values: object) -> list[KeptFile]:
        found = self._all(
            f"SELECT name, digest, battery, day, layout FROM file WHERE {where}",  # noqa: S608
            *values,
        )
        return [
            KeptFile(name=name, digest=digest, battery=battery, day=day, layout=layout)
            for name, digest, battery, day, layout in found
        ]

    def _all(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with _translated():
            return self._db.execute(statement, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with _translated():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


def _kept(row: tuple[Any, ...]) -> KeptWindow:
    subject, device, battery, boot, first, last, count, start_ms, end_ms, *place = row
    layout, file, row_group = place
    return KeptWindow(
        subject=subject,
        stream=StreamName(device=device, battery=battery, boot=boot),
        first=first,
        last=last,
        count=count,
        start_ms=start_ms,
        end_ms=end_ms,
        layout=layout,
        file=file,
        row_group=row_group,
    )


@contextmanager
def _translated() -> Iterator[None]:
    """SQLite's errors in our words."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise Unavailable("telemetry.index", f"the index of windows: {error}") from error
    except sqlite3.DatabaseError as error:
        raise Corrupt("telemetry.index", f"the index of windows: {error}") from error
