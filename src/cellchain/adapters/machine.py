"""What this machine is like, for the doctor."""

from __future__ import annotations

import platform
import shutil
import socket
from typing import TYPE_CHECKING

from cellchain.core.errors import Unavailable

if TYPE_CHECKING:
    from pathlib import Path

FREE_BYTES_MIN = 1 << 30


def python_version() -> str:
    """Return the interpreter's name and version."""
    return f"{platform.python_implementation()} {platform.python_version()}"


def free_space(folder: Path) -> str:
    """Return the free space; too little is a finding."""
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES_MIN:
        raise Unavailable("disk.full", f"{free >> 20} MiB free", remedy="make room on the disk")
    return f"{free >> 30} GiB free"


def writer_running(path: Path) -> str:
    """Return whether a writer answers at the socket."""
    if not path.exists():
        return "none is running"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return "none is running; one was killed here"
    return "one is running"


def port_taken(port: int) -> str:
    """Return whether somebody listens at a port of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        taken = probe.connect_ex(("127.0.0.1", port)) == 0
    if taken:
        return f"somebody listens at {port}; to serve beside it name another --port"
    return f"{port} is free"
