"""Whose turn it is to change the files of readings, among all processes that open them.

A file that is written and not yet in the index looks like a leftover of a crash. Whoever writes,
merges or clears away therefore holds this lock, from the file to the index; one that is killed
lets go of it.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cellchain.adapters.disk import PRIVATE, disk_error
from cellchain.core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAIT_S = 20.0
"""For who writes: longer than anybody takes to write and enter his windows."""
_LOOK_S = 0.02


class Turn:
    """A lock between processes, and between stores of one process.

    Args:
        path: Its file, made at the first time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: int | None = None

    def take(self, wait_s: float) -> bool:
        """Take it, unless it is held already; return whether that came off in time.

        Raises:
            Unavailable: ``disk.…``.
        """
        if self._held is not None:
            return True
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, PRIVATE)
        except OSError as error:
            raise disk_error(error) from error
        until_s = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until_s:
                    os.close(file)
                    return False
                time.sleep(_LOOK_S)
            else:
                self._held = file
                return True

    def insist(self) -> None:
        """Take it.

        Raises:
            Unavailable: ``telemetry.busy``: somebody else holds it for long.
        """
        if not self.take(WAIT_S):
            raise Unavailable(
                "telemetry.busy", "another process is changing the readings", remedy="try again"
            )

    def give_up(self) -> None:
        """Let go of it, if it is held."""
        if self._held is not None:
            file, self._held = self._held, None
            os.close(file)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold it while the block runs.

        Raises:
            Unavailable: ``telemetry.busy``.
        """
        self.insist()
        try:
            yield
        finally:
            self.give_up()
