"""The folder in which the files of the lab lie, and the processes in which its questions run.

    <server>/lock         held as long as the server runs
    <server>/files/<id>   what somebody sent
    <server>/runs/<id>/   what a question read and made

A home may have several servers: each has a folder of its own, which goes when the server ends. What
one that was killed has left is thrown away when the next one starts.
"""

from __future__ import annotations

import fcntl
import filecmp
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from cellchain.adapters.disk import disk_error
from cellchain.core.errors import Refused, Unavailable
from cellchain.services.lab.bench import Ending, Fault, Step
from cellchain.services.lab.shown import BYTES_MAX, parse_shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cellchain.services.lab.shown import Shown

SHOWN = "answer.shown"
"""In the folder of a run: what its process lets a server show."""
LOOK_S = 0.2
WALL_S_MAX = 1800
SAID_BYTES_MAX = 4 << 20
"""Of all that a process says."""
GRACE_S = 60
"""For libraries to be left after the answer: at a low priority, beside what a server is for."""
KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "SYSTEMROOT", "TZ")
"""Where programs and languages are found; nothing else of the server's environment reaches a
question: it may hold secrets."""


class LabFolder:
    """A `cellchain.services.lab.bench.Bench` in a folder.

    Args:
        folder: Of the lab, for all servers of a home.
        program: Command that runs a question; its command line follows.
        told: Hears of a process that ended badly, and what it printed last.
    """

    def __init__(
        self,
        folder: Path,
        program: Sequence[str],
        told: Callable[[str, dict[str, object]], object],
    ) -> None:
        self._program = program
        self._told = told
        folder.mkdir(mode=0o700, exist_ok=True)
        with _locked(folder / "lock"):  # nobody sweeps a folder that is being made
            _sweep(folder)
            self._folder = Path(tempfile.mkdtemp(dir=folder))
            self._lock = (self._folder / "lock").open("wb")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for name in ("files", "runs"):
            (self._folder / name).mkdir(mode=0o700)

    def close(self) -> None:
        """Throw away everything."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._lock.close()

    def keep(self, file: str, data: bytes) -> None:
        """Keep a file."""
        try:
            self._file(file).write_bytes(data)
        except OSError as error:
            self._file(file).unlink(missing_ok=True)
            raise disk_error(error) from error

    def drop(self, file: str) -> None:
        """Keep a file no longer."""
        self._file(file).unlink(missing_ok=True)

    def run(
        self,
        run: str,
        given: Mapping[str, str],
        arguments: Sequence[str],
        *,
        told: Callable[[Step], None],
        stopped: Callable[[], bool],
    ) -> Ending:
        """Run a command line in a folder of its own, until it ends or is stopped.

        Raises:
            Refused: ``lab.unknown``: a file is not there any more.
            Unavailable: ``lab.died``, ``lab.time``, ``disk.…``.
        """
        folder = self._run(run)
        folder.mkdir(mode=0o700)
        for name, file in given.items():
            try:
                shutil.copyfile(self._file(file), folder / name)
            except FileNotFoundError as error:
                raise Refused("lab.unknown", f"the file for {name} was deleted") from error
            except OSError as error:
                raise disk_error(error) from error
        with tempfile.TemporaryFile() as printed, self._process(folder, arguments, printed) as one:
            ending, faulty = _heard(one, told, stopped)
            if not ending.cancelled and faulty:
                self._told("lab", {"run": run, "ended": one.returncode, "said": _tail(printed)})
                if ending.fault is None:
                    raise _died(one.returncode)
        for name, file in given.items():
            if filecmp.cmp(self._file(file), folder / name, shallow=False):  # not written anew
                (folder / name).unlink()
        return ending

    def made(self, run: str) -> Mapping[str, int]:
        """Return the files that a run has made, with their sizes in bytes."""
        return {
            one.name: one.stat().st_size
            for one in self._run(run).iterdir()
            if one.is_file() and not one.is_symlink() and one.name != SHOWN
        }

    def read(self, run: str, name: str) -> bytes:
        """Return a file that a run has made."""
        return (self._run(run) / name).read_bytes()

    def shown(self, run: str) -> Shown:
        """Return the beginning of the table that an answer consists of."""
        try:
            with (self._run(run) / SHOWN).open("rb") as file:
                data = file.read(BYTES_MAX + 1)
        except FileNotFoundError as error:
            raise _no_table() from error
        if len(data) > BYTES_MAX:
            raise _no_table()
        return parse_shown(data)

    def forget(self, run: str) -> None:
        """Throw away what a run has made."""
        shutil.rmtree(self._run(run), ignore_errors=True)

    def _file(self, file: str) -> Path:
        return self._folder / "files" / file

    def _run(self, run: str) -> Path:
        return self._folder / "runs" / run

    @contextmanager
    def _process(
        self, folder: Path, arguments: Sequence[str], printed: Any
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Start a question; it is over when the block ends."""
        environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
        process = subprocess.Popen(  # noqa: S603  # our own program, and names that we gave
            [*self._program, *arguments],
            cwd=folder,
            env={**environment, "HOME": str(folder), "OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=printed,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):  # nothing is left of it
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def _heard(
    process: subprocess.Popen[bytes], told: Callable[[Step], None], stopped: Callable[[], bool]
) -> tuple[Ending, bool]:
    """Hear a process out; return its ending, and whether the operator should know of it."""
    assert process.stdout is not None
    until_s = time.monotonic() + WALL_S_MAX
    kept, size, rest = _Kept(told), 0, b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if stopped():
                return Ending(cancelled=True), False
            if time.monotonic() > until_s:
                raise Unavailable("lab.time", f"no answer after {WALL_S_MAX // 60} minutes")
            if not selector.select(LOOK_S):
                continue
            data = os.read(process.stdout.fileno(), 1 << 16)
            if not data:
                break
            size += len(data)
            if size > SAID_BYTES_MAX:
                raise Unavailable("lab.died", "the question said more than anybody reads")
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                kept.take(line)
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired as error:
        raise Unavailable("lab.died", "the question answered and did not end") from error
    ending = kept.ending()
    bug = ending.fault is not None and ending.fault.code == "lab.bug"
    return ending, bug or process.returncode != 0


class _Kept:
    """What a process has said so far."""

    def __init__(self, told: Callable[[Step], None]) -> None:
        self._told = told
        self._said: dict[str, Any] = {}
        self._notes: list[str] = []
        self._fault: Fault | None = None

    def take(self, line: bytes) -> None:
        match msgspec.json.decode(line):
            case {"step": step}:
                self._told(msgspec.convert(step, Step))
            case {"note": str(text)}:
                self._notes.append(text)
            case {"said": dict(said)}:
                self._said = said
            case {"fault": fault}:
                self._fault = msgspec.convert(fault, Fault)

    def ending(self) -> Ending:
        return Ending(
            lines=tuple(self._said.get("lines", ())),
            value=self._said.get("value", {}),
            notes=tuple(self._notes),
            fault=self._fault,
        )


def _no_table() -> Refused:
    return Refused(
        "lab.no_table", "this run has no table that is shown here",
        remedy="get the files that it made",
    )  # fmt: skip


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _sweep(folder: Path) -> None:
    """Throw away the folders of servers that do not run any more."""
    for one in folder.iterdir():
        if one.is_dir():
            with (one / "lock").open("ab") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                shutil.rmtree(one, ignore_errors=True)


def _died(code: int | None) -> Unavailable:
    if code == -signal.SIGXCPU:
        return Unavailable(
            "lab.time", "the question used up its processor time",
            remedy="ask less at once, or on a machine of yours, by the command line",
        )  # fmt: skip
    return Unavailable(
        "lab.died",
        f"the question ended with {code}: it may have needed more memory or time than it may have",
        remedy="ask it on a machine of yours, by the command line",
    )


def _tail(printed: Any) -> str:
    size = printed.seek(0, os.SEEK_END)
    printed.seek(max(0, size - 2000))
    return str(printed.read().decode(errors="replace"))
