"""CometBFT's log: kept short, and read for what a node cannot go on after.

After some faults CometBFT stops voting and runs on: it answers, and no block follows. Only its log
says so. What it logs of its own is at a fixed place of a line; what comes from peers is quoted.
"""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING

from cellchain.adapters.disk import disk_error
from cellchain.core.errors import CellchainError, Corrupt, Unavailable

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

LOG_BYTES_MAX = 32 << 20
"""A longer log makes room for a new one; the last one is kept beside it."""
READ_BYTES_MAX = 1 << 18
"""Looked through at once; of more only the end."""
TEXT_MAX = 300
STARTED = b"--- started\n"
_ERROR = r"E\[[0-9|:.-]+\] "
_STOPPED = re.compile(_ERROR + r"CONSENSUS FAILURE!!! +module=consensus err=(.*?)( stack=|$)")
_NOT_OURS = re.compile(
    rf'(({_ERROR}CONSENSUS FAILURE!!! +module=consensus err="|panic: )'
    r"[a-z ;]*\+2/3 [a-z ]+ an invalid block: |"
    rf'{_ERROR}Error in validation +module=blocksync height=\d+ hash=[0-9A-F]+ err=")'
    r"(?P<what>wrong Block\.Header\."
    r'(AppHash|LastResultsHash|ConsensusHash|(Next)?ValidatorsHash)[^"]*)'
)
"""A block that more than two thirds signed, and whose header is not what this node computed."""


class NodeLog:
    """What CometBFT says, in a file.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = 0

    def begin(self) -> BinaryIO:
        """Open the file for a process that starts; what was said before is past.

        Raises:
            Unavailable: ``disk.…``.
        """
        self.keep_short()
        try:
            out = self._path.open("ab", buffering=0)
            out.write(STARTED)
        except OSError as error:
            raise disk_error(error) from error
        self._seen = self._size()
        return out

    def keep_short(self) -> None:
        """Move a long log aside. Who writes to it appends, and goes on at its new beginning.

        Raises:
            Unavailable: ``disk.…``.
        """
        if self._size() <= LOG_BYTES_MAX:
            return
        try:
            shutil.copyfile(self._path, self._path.with_suffix(".log.1"))
            os.truncate(self._path, 0)
        except OSError as error:
            raise disk_error(error) from error
        self._seen = 0

    def fault(self) -> CellchainError | None:
        """Return what was said since the start, or since the last look, that ends a node."""
        faults = (_fault(line) for line in self._new_lines())
        return next((fault for fault in faults if fault is not None), None)

    def last_words(self) -> str:
        """Return the last line that says what went wrong, or else the last line."""
        lines = self._tail(0)[0].decode("utf-8", "replace").splitlines()
        wrong = [line for line in lines if line.startswith(("E[", "ERROR", "panic", "Error"))]
        return (wrong or lines or ["nothing"])[-1][:TEXT_MAX]

    def _new_lines(self) -> list[str]:
        data, start = self._tail(self._seen)
        whole = data[: data.rfind(b"\n") + 1]
        self._seen = start + len(whole)
        return whole.rpartition(STARTED)[2].decode("utf-8", "replace").splitlines()

    def _tail(self, start: int) -> tuple[bytes, int]:
        """Return the end of the file from ``start`` on, and where what is returned begins."""
        if not self._path.exists():
            return b"", start
        with self._path.open("rb") as file:
            start = max(start, self._size() - READ_BYTES_MAX)
            file.seek(start)
            return file.read(READ_BYTES_MAX), start

    def _size(self) -> int:
        return self._path.stat().st_size if self._path.exists() else 0


def _fault(line: str) -> CellchainError | None:
    if found := _NOT_OURS.match(line):
        return Corrupt(
            "node.other_state",
            "this node computed something else than more than two thirds of the voting power have"
            f" signed: {found['what'][:TEXT_MAX]}",
            remedy="compare its release and packages with those of the others, then make its home"
            " again: docs/how-to/run-a-network.md",
        )
    if found := _STOPPED.match(line):
        return Unavailable(
            "node.consensus",
            f"CometBFT takes no part any more: {found[1][:TEXT_MAX]}",
            remedy="see node/cometbft.log",
        )
    return None
