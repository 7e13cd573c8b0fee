"""The path of a Unix socket, which is short on every system (108 bytes on Linux)."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH_BYTES_MAX = 100


@contextmanager
def short_path(path: Path) -> Iterator[Path]:
    """Give a path short enough for a socket: through the open folder where the real is too long."""
    if len(os.fsencode(path)) <= PATH_BYTES_MAX:
        yield path
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        yield Path(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)
