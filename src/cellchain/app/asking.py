"""A question asked of tables in hand: the verb of the command line, in a folder that is dropped."""

from __future__ import annotations

import re
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
import typer

from cellchain.adapters.plot_files import figure_of
from cellchain.adapters.table_files import read_table
from cellchain.app.workshop import Cellchain
from cellchain.cli.output import LISTENER
from cellchain.cli.questions import questions
from cellchain.cli.root import build, told_as
from cellchain.core.errors import Refused
from cellchain.notebook.answer import Answer
from cellchain.services.analysis.table import empty_table

_TABLE = ".parquet"
_DROPPED = re.compile(r"^.*[/\\]cellchain-\w+[/\\](out\.\w+: )?")
"""Where a file was, as verbs tell it, in a folder that is gone."""

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import ModuleType

    from cellchain.services.analysis.shapes import Picture
    from cellchain.services.lab.question import Parameter, Question


def ask(question: str, table: Any, options: Mapping[str, Any]) -> Answer:
    """Ask a question; see `cellchain.ask`."""
    asked = _question(question)
    given = dict(options)
    if table is not None:
        given[_first_file(asked)] = table
    heard = _Heard()
    with tempfile.TemporaryDirectory(prefix="cellchain-") as folder:
        out = Path(folder) / f"out{_suffix(asked)}"
        words = question.split(" ")
        if out.suffix:
            words.append(f"--out={out}")
        words += _all_words(asked, given, Path(folder))
        before = LISTENER.set(heard)
        try:
            command = typer.main.get_command(build(words[0]))
            command.main(words, prog_name="cellchain", standalone_mode=False, obj=Cellchain())
        except (click.ClickException, OSError, RecursionError) as error:
            raise told_as(error) from error
        finally:
            LISTENER.reset(before)
        return _answer(out, heard)


class _Heard:
    """What a verb says."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.value: dict[str, Any] = {}

    def said(self, lines: Iterable[str], value: Mapping[str, Any]) -> None:
        self.lines = [_DROPPED.sub("", line) for line in lines]
        self.value = dict(value)

    def noted(self, text: str) -> None:
        self.lines.append(text)

    def moved(self, title: str, done: int, total: int | None) -> None:
        """Nobody looks at a bar here."""

    def drew(self, picture: Picture) -> None:
        """Nobody looks: `Answer.plot` draws the table."""


def _answer(out: Path, heard: _Heard) -> Answer:
    """Return what was made, and what was said of it; a verb that only judges makes nothing."""
    table, document = empty_table(()), None
    if out.suffix == _TABLE:
        table = read_table(out)
    elif out.suffix:
        document = msgspec.json.decode(out.read_bytes())
    return Answer(table, heard.lines, heard.value, figure_of, document)


def _question(name: str) -> Question:
    known = {one.name.replace(".", " "): one for one in questions()}
    if name not in known:
        raise Refused(
            "lab.unknown_question",
            f"{name[:60]!a} is no question",
            remedy=f"ask {', '.join(known)}",
        )
    return known[name]


def _first_file(question: Question) -> str:
    """Return what the one table of a question is called: the first that stands without a name.

    Where none does, ``in``, or the first that is needed.
    """
    files = [one for one in question.parameters if one.sort == "file"]
    ranked = sorted(files, key=lambda one: (not one.positional, one.name != "in", not one.required))
    return ranked[0].name


def _suffix(question: Question) -> str:
    """Return the suffix of the answer: of a table, a document, or nothing where none is made."""
    made = {one.name: one.default for one in question.parameters if one.sort == "made"}
    return _TABLE if made.get("out") == ".csv" else made.get("out", "")


def _all_words(question: Question, given: Mapping[str, Any], folder: Path) -> list[str]:
    """Return all that is given as it stands on a command line, what has no name last."""
    told: dict[str, list[str]] = {}
    for name, value in given.items():
        parameter = question.parameter(name.rstrip("_").replace("_", "-"))
        told[parameter.name] = list(_words(parameter, value, folder))
    ranked = sorted(question.parameters, key=lambda one: one.positional)
    words = [(one, word) for one in ranked for word in told.get(one.name, ())]
    named = [word for one, word in words if not one.positional]
    return [*named, "--", *(word for one, word in words if one.positional)]


def _words(parameter: Parameter, value: Any, folder: Path) -> Iterator[str]:
    """Yield an option as it stands on a command line; a frame goes to a file before."""
    several = value if isinstance(value, list) and parameter.many else [value]
    for number, one in enumerate(several):
        if parameter.sort == "flag":
            if one:
                yield f"--{parameter.name}"
        elif one is not None:
            spelled = one
            if parameter.sort == "file" and not isinstance(one, str | Path):
                spelled = folder / f"{parameter.name}{number}.parquet"
                _write_frame(one, spelled)
            yield str(spelled) if parameter.positional else f"--{parameter.name}={spelled}"


def _write_frame(frame: Any, path: Path) -> None:
    """Write a frame of pandas, polars or pyarrow, or columns by name."""
    arrow = import_module("pyarrow")
    try:
        found = _arrow_table(arrow, frame)
        import_module("pyarrow.parquet").write_table(found, path)
    except (arrow.ArrowException, TypeError, ValueError) as error:
        raise Refused(
            "notebook.table",
            f"a {type(frame).__name__} is no table: {error}",
            remedy="give a frame of pandas, polars or pyarrow, columns by name, or a path",
        ) from error


def _arrow_table(arrow: ModuleType, frame: Any) -> Any:
    if hasattr(frame, "to_arrow"):
        return frame.to_arrow()
    if isinstance(frame, arrow.Table):
        return frame
    if hasattr(frame, "to_dict") and hasattr(frame, "iloc"):
        return arrow.Table.from_pandas(frame, preserve_index=False)
    if isinstance(frame, dict):
        return arrow.table(frame)
    raise TypeError("neither a frame nor columns by name")
