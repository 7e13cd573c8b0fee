"""What this machine is like, for the doctor."""

from __future__ import annotations

import http.client
import json
import platform
import shutil
import socket
from typing import TYPE_CHECKING

from cellchain.core.errors import Unavailable

if TYPE_CHECKING:
    from pathlib import Path

FREE_BYTES_MIN = 1 << 30
PATIENCE_S = 2.0


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


def server_ready(port: int) -> str:
    """Return what the server at a port of this machine says of itself.

    Raises:
        Unavailable: ``server.troubled``: it is not ready, or something behind its pages fails.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/readyz")
        told = json.loads(connection.getresponse().read(1 << 16))
        problems = [*told["missing"], *(f"{n}: {why}" for n, why in told["problems"].items())]
    except ConnectionRefusedError:
        return f"none at {port}"
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        return f"who listens at {port} is none of ours"
    finally:
        connection.close()
    if problems:
        raise Unavailable(
            "server.troubled",
            f"the one at {port} tries again: {', '.join(dict.fromkeys(problems))}",
            remedy="its log says since when and why",
        )
    return f"the one at {port} is ready"


def port_taken(port: int) -> str:
    """Return whether somebody listens at a port of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        taken = probe.connect_ex(("127.0.0.1", port)) == 0
    if taken:
        return f"somebody listens at {port}; to serve beside it name another --port"
    return f"{port} is free"
