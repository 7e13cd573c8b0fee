"""The process in which one question of the lab runs: within limits, and with nothing of the home.

It is started in a folder of its own, and given a command line. Every line that it prints is JSON:

    {"step": …}   {"note": …}   {"said": {"lines": […], "value": {…}}}   {"fault": {…}}
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TextIO

    from cellchain.services.analysis.shapes import Picture

MEMORY_BYTES_MAX = 4 << 30
CPU_S_MAX = 900
CPU_S_GRACE = 60
"""For a question that ends in order when its time is over, as a search does."""
FILE_BYTES_MAX = 256 << 20
LINES_MAX = 100
"""Of an answer; a vehicle may have more alarms, and they stand in the table."""
LETTERS_MAX = 1_000
"""Of a line: a hostile table may name its columns at length."""


def main() -> None:
    """Ask the question on the command line."""
    _bounded()
    from cellchain.app.node_running import end_with_parent  # noqa: PLC0415

    end_with_parent()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # a library that prints something says it there, whatever it is written in
    sys.stdout = sys.stderr
    listener = _Listener(out)
    fault = _fault_of(sys.argv[1:], listener)
    if fault is not None:
        listener.tell("fault", fault)
    sys.stderr.flush()
    os._exit(0)  # what threads of libraries do while an interpreter goes down is no answer


def _bounded() -> None:
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES_MAX),
        (resource.RLIMIT_FSIZE, FILE_BYTES_MAX),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S_MAX, CPU_S_MAX + CPU_S_GRACE))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the server ends this one
    os.nice(10)
    os.umask(0o077)


class _Listener:
    """Hands on what a verb says."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._moved: tuple[str, int, int | None] | None = None
        self.pictures: list[Picture] = []

    def tell(self, what: str, value: object) -> None:
        self._out.write(msgspec.json.encode({what: value}).decode() + "\n")
        self._out.flush()

    def said(self, lines: Iterable[str], value: Mapping[str, Any]) -> None:
        self.tell(
            "said", {"lines": [one[:LETTERS_MAX] for one in lines][:LINES_MAX], "value": value}
        )

    def noted(self, text: str) -> None:
        self.tell("note", text[:LETTERS_MAX])

    def moved(self, title: str, done: int, total: int | None) -> None:
        if self._moved != (title, done, total):  # a search tells more often than it moves
            self._moved = title, done, total
            self.tell("step", {"title": title, "done": done, "total": total})

    def drew(self, picture: Picture) -> None:
        self.pictures.append(picture)


def _fault_of(arguments: list[str], listener: _Listener) -> dict[str, str] | None:
    """Ask; return why there is no answer, if there is none."""
    import typer  # noqa: PLC0415

    from cellchain.app.workshop import Cellchain  # noqa: PLC0415
    from cellchain.cli.output import LISTENER  # noqa: PLC0415
    from cellchain.cli.root import build, told_as  # noqa: PLC0415

    LISTENER.set(listener)
    command = typer.main.get_command(build(arguments[0]))
    try:
        command.main(arguments, prog_name="cellchain", standalone_mode=False, obj=Cellchain())
        _show(listener.pictures)
    except MemoryError:
        return {
            "code": "lab.memory",
            "text": f"this needs more than the {MEMORY_BYTES_MAX >> 30} GB a question may have",
            "remedy": "ask it on a machine of yours, by the command line",
        }
    except Exception as error:  # noqa: BLE001  # the edge of a process: the server hears of it
        try:
            known = told_as(error)
        except Exception:  # noqa: BLE001  # a fault of ours
            traceback.print_exc()
            return {"code": "lab.bug", "text": "this question failed, and the operator was told"}
        return {"code": known.code, "text": known.text[:LETTERS_MAX], "remedy": known.remedy}
    return None


def _show(pictures: Sequence[Picture]) -> None:
    """Write what of the answer a server shows: its table and pictures, where there are any."""
    from cellchain.adapters.lab_folder import SHOWN  # noqa: PLC0415
    from cellchain.adapters.table_files import read_table  # noqa: PLC0415
    from cellchain.services.lab.shown import encode_shown, shown_of  # noqa: PLC0415

    found = [one for one in Path().glob("out.*") if one.suffix in {".csv", ".parquet"}]
    table = read_table(found[0]) if found else None
    if table is not None or pictures:
        Path(SHOWN).write_bytes(encode_shown(shown_of(table, pictures)))
