"""The telemetry of a home: rows in Parquet, secrets and places in the index.

    telemetry/secrets.db       index and window secrets
    telemetry/lake/…           Parquet, see `cellchain.adapters.telemetry.lake`

    telemetry/turn             lock of who changes files, see `cellchain.adapters.telemetry.turn`

A file that the index does not name is a leftover of an interrupted step, which `recover` removes,
or of a step under way, which holds the lock.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from cellchain.adapters.disk import disk_error, sync_folder
from cellchain.adapters.telemetry import lake
from cellchain.adapters.telemetry.engine import channels_of
from cellchain.adapters.telemetry.index import Index, KeptFile
from cellchain.adapters.telemetry.turn import Turn
from cellchain.core.errors import Corrupt, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from cellchain.services.gateway.ports import KeptWindow, Mark, Pending
    from cellchain.services.gateway.rows import Rows
    from cellchain.services.gateway.window import SealedWindow, StreamName

RECOVER_WAIT_S = 1.0


class TelemetryStore:
    """The windows that a home keeps; a `cellchain.services.gateway.ports.WindowStore`.

    Args:
        folder: The telemetry folder of a home; a writer makes it.
        key: 32 bytes that close the window secrets; empty: neither imports nor proofs.
        read_only: Open beside a writer.

    Raises:
        Unavailable: ``disk.…``, ``telemetry.index``.
    """

    def __init__(self, folder: Path, key: bytes = b"", *, read_only: bool = False) -> None:
        self.folder = folder / "lake"
        if not read_only:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise disk_error(error) from error
        self.index = Index(folder / "secrets.db", key, read_only=read_only)
        self._turn = Turn(folder / "turn")
        self._written: dict[str, tuple[KeptFile, list[str]]] = {}
        self._channels: dict[str, tuple[str, ...]] = {}
        """By digest of the layout."""
        if not read_only:
            self.recover()

    def close(self) -> None:
        """Close the index."""
        self._turn.give_up()
        self.index.close()

    def next_sequence(self, stream: StreamName) -> int:
        """Return the first sequence of ``stream`` that no kept window has reached, from 1."""
        return self.index.next_sequence(stream.device, stream.boot)

    def mark(self, stream: StreamName) -> Mark | None:
        """Return how far the source behind ``stream`` was taken over."""
        return self.index.mark(stream.device, stream.boot)

    def pending(self, stream: StreamName) -> Sequence[Pending]:
        """Return the windows of ``stream`` that are not known to be anchored, oldest first."""
        return self.index.pending(stream.device, stream.boot)

    def write_rows(self, windows: Sequence[SealedWindow]) -> None:
        """Write the rows, one file for the windows of one day and layout that follow each other.

        From here to `keep` no other process clears them away.

        Raises:
            Unavailable: ``disk.…``, ``telemetry.busy``.
        """
        self._turn.insist()
        try:
            self._write_rows(windows)
        except BaseException:
            self._turn.give_up()
            raise

    def _write_rows(self, windows: Sequence[SealedWindow]) -> None:
        self._written = {}
        for (day, layout), group in groupby(windows, key=_file_group):
            same = list(group)
            stream = same[0].stream
            name = lake.file_of(stream, day, int(same[0].rows.sequence[0]))
            tables = [lake.table_of(window.stream, window.rows) for window in same]
            digest = lake.write_tables(self.folder, name, tables)
            file = KeptFile(
                name=name, digest=digest, battery=stream.battery, day=day, layout=layout
            )
            self._written[name] = (file, [window.subject for window in same])

    def keep(self, windows: Sequence[SealedWindow], mark: Mark | None) -> None:
        """Keep secrets, messages and mark of windows whose rows are written, all at once."""
        try:
            self.index.keep(windows, list(self._written.values()), mark)
            self._written = {}
        finally:
            self._turn.give_up()

    def drop(self, subjects: Sequence[str]) -> None:
        """Let windows that the ledger refused never have been."""
        windows = [self.index.window(subject) for subject in subjects]
        names = {window.file for window in windows if window is not None}
        self.index.drop(subjects)
        for file in self.index.files():
            if file.name in names:
                self._replace([file], self.index.windows_in(file.name))

    def mark_anchored(self, subjects: Sequence[str]) -> None:
        """Remember that these windows are on the ledger."""
        self.index.mark_anchored(subjects)

    def kept(self) -> list[KeptWindow]:
        """Return every window, in the order of streams and sequences."""
        return self.index.windows()

    def kept_between(self, battery: str, from_ms: int, until_ms: int) -> list[KeptWindow]:
        """Return the windows with readings of ``battery`` in a span of time."""
        return self.index.windows_between(battery, from_ms, until_ms)

    def kept_sequences(self, stream: StreamName, first: int, last: int) -> list[KeptWindow]:
        """Return the windows of ``stream`` with readings from ``first`` to ``last``."""
        return self.index.windows_of(stream, first, last)

    def last_channels(self, battery: str) -> tuple[str, ...]:
        """Return the channels of the last file of ``battery``; none without readings."""
        last = self.index.last_file(battery)
        if last is None:
            return ()
        return self._of_layout(last.layout, last.name)

    def channels_of(self, windows: Iterable[KeptWindow]) -> list[str]:
        """Return the channels that these windows have, those of the first first."""
        layouts = {w.layout: w.file for w in windows if w.file}
        channels = [self._of_layout(layout, file) for layout, file in layouts.items()]
        return list(dict.fromkeys(name for named in channels for name in named))

    def _of_layout(self, layout: str, file: str) -> tuple[str, ...]:
        found = self._channels.get(layout)
        if found is None:
            found = self._channels[layout] = channels_of(self.folder / file)
        return found

    def rows(self, window: KeptWindow) -> Rows:
        """Return the rows of a window.

        Raises:
            Refused: ``telemetry.erased``, ``telemetry.unknown_window``.
            Corrupt: ``telemetry.file``.
        """
        place = self._place(window.subject)
        try:
            table = lake.read_table(self.folder, *place)
        except Corrupt:
            moved = self._place(window.subject)  # a writer beside us may have replaced the file
            if moved == place:
                raise
            place, table = moved, lake.read_table(self.folder, *moved)
        return lake.rows_of(table, place[0])

    def secret(self, subject: str) -> bytes | None:
        """Return the secret of a window; ``None`` where it was destroyed."""
        return self.index.secret(subject)

    def leaf_hashes(self, subject: str) -> list[bytes]:
        """Return the leaf hashes of a window; none where it was erased."""
        return self.index.leaf_hashes(subject)

    def damaged_files(self) -> list[str]:
        """Return the files whose bytes are not those that were written."""
        files = self.index.files()
        return [f.name for f in files if lake.file_digest(self.folder, f.name) != f.digest]

    def erase(self, subject: str) -> None:
        """Destroy the secret of a window, then its rows: the root on the ledger says nothing more.

        Copies of the home that were made before (backups) keep what they hold.

        Raises:
            Refused: ``telemetry.unknown_window``.
        """
        if self.index.window(subject) is None:
            raise _unknown(subject)
        self.index.destroy_secret(subject)
        with self._turn.taken():
            self._drop_erased()

    def compact(self) -> int:
        """Merge the files of each battery, day and layout into one; return how many went.

        Raises:
            Corrupt: ``telemetry.file``: a file is not the one that was written.
            Unavailable: ``telemetry.busy``.
        """
        with self._turn.taken():
            return self._compact()

    def _compact(self) -> int:
        gone = 0
        ordered = sorted(self.index.files(), key=_compact_group)
        for _, group in groupby(ordered, key=_compact_group):
            files = list(group)
            if len(files) > 1:
                self._replace(files, [w for f in files for w in self.index.windows_in(f.name)])
                gone += len(files) - 1
        return gone

    def recover(self) -> None:
        """Finish an interrupted erasure and remove files that do not count.

        Where another process changes files just now, that is for whoever opens them next.
        """
        if self._turn.take(RECOVER_WAIT_S):
            try:
                self._recover()
            finally:
                self._turn.give_up()

    def _recover(self) -> None:
        self._drop_erased()
        counting = {file.name for file in self.index.files()}
        for path in self.folder.glob("*/day=*/*"):
            if str(path.relative_to(self.folder)) not in counting:
                self._remove([str(path.relative_to(self.folder))])

    def _drop_erased(self) -> None:
        names = {window.file for window in self.index.erased()}
        for file in self.index.files():
            if file.name in names:
                erased = {window.subject for window in self.index.erased()}
                windows = self.index.windows_in(file.name)
                self._replace([file], [w for w in windows if w.subject not in erased])

    def _replace(self, files: Sequence[KeptFile], windows: Sequence[KeptWindow]) -> None:
        """Let one new file with the rows of ``windows`` stand in for ``files``."""
        old = [file.name for file in files]
        damaged = [f.name for f in files if lake.file_digest(self.folder, f.name) != f.digest]
        if damaged and windows:
            raise Corrupt("telemetry.file", f"{damaged[0]} is not the file that was written")
        new = self._write_merged(files[0], windows) if windows else None
        self.index.move(old, new, [window.subject for window in windows])
        self._remove(old)

    def _write_merged(self, like: KeptFile, windows: Iterable[KeptWindow]) -> KeptFile:
        tables = [lake.read_table(self.folder, *self._place(w.subject)) for w in windows]
        folder, _, name = like.name.rpartition("/")
        stem, _, turn = name.removesuffix(".parquet").partition("~v")
        name = f"{folder}/{stem}~v{int(turn or 0) + 1}.parquet"
        digest = lake.write_tables(self.folder, name, tables)
        return KeptFile(
            name=name, digest=digest, battery=like.battery, day=like.day, layout=like.layout
        )

    def _place(self, subject: str) -> tuple[str, int]:
        """Where the rows of a window lie now."""
        window = self.index.window(subject)
        if window is None:
            raise _unknown(subject)
        if window.file is None or window.row_group is None:
            raise Refused("telemetry.erased", f"the readings of {subject} were erased")
        return window.file, window.row_group

    def _remove(self, names: Sequence[str]) -> None:
        try:
            for name in names:
                (self.folder / name).unlink(missing_ok=True)
                if (self.folder / name).parent.exists():
                    sync_folder((self.folder / name).parent)
        except OSError as error:
            raise disk_error(error) from error


def _unknown(subject: str) -> Refused:
    return Refused("telemetry.unknown_window", f"no window {subject[:200]!a} is kept")


def _file_group(window: SealedWindow) -> tuple[str, str]:
    return lake.day_of(int(window.rows.time_ms[0])), window.rows.layout.digest


def _compact_group(file: KeptFile) -> tuple[str, str, str]:
    return file.battery, file.day, file.layout
