"""A real PostgreSQL server for as long as the tests run, in a folder that is thrown away."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from tests.machine import cannot

FOLDERS = (*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/local/bin"))
PORT = 5432
"""Of the socket's name; the server listens on no network."""


@contextmanager
def running_server():
    """Start a server; yield the options of a URL that reaches it, ``host=…``."""
    binaries = next((f for f in FOLDERS if (f / "initdb").exists()), None)
    if binaries is None:
        found = shutil.which("initdb")
        binaries = Path(found).parent if found else cannot("no PostgreSQL on this machine")
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    user = _unprivileged(folder)
    data = folder / "data"
    made = [binaries / "initdb", "-D", data, "-U", "cellchain", "-A", "trust", "-E", "UTF8"]
    run([*made, "--locale=C.UTF-8", "--no-sync"], user)
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -p {PORT}"
    control = [binaries / "pg_ctl", "-D", data, "-w"]
    try:
        run([*control, "-l", folder / "log", "-o", options, "start"], user)
        yield folder
    finally:
        run([*control, "-m", "immediate", "stop"], user)
        shutil.rmtree(folder)


def _unprivileged(folder):
    """Return who runs the server, which refuses to be run by root."""
    if os.geteuid() != 0:
        return None
    shutil.chown(folder, "nobody")
    return "nobody"


def run(command, user):
    finished = subprocess.run(
        [str(part) for part in command], user=user, cwd="/", stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, timeout=120,
    )  # fmt: skip
    if finished.returncode:
        cannot(f"{command[0]}: {finished.stderr.decode()[-300:]}")
