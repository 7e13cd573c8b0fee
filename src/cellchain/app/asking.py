"""A question asked of tables in hand: the verb of the command line, in a folder that is dropped."""

from __future__ import annotations

import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import typer

from cellchain.adapters.plot_files import figure_of
from cellchain.adapters.table_files import read_table
from cellchain.app.workshop import Cellchain
from cellchain.cli.output import LISTENER
from cellchain.cli.questions import questions
from cellchain.cli.root import build, told_as
from cellchain.core.errors import Refused
from cellchain.notebook.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import ModuleType

    from cellchain.services.analysis.shapes import Picture
    from cellchain.services.lab.question import Parameter, Question


def ask(question: str, table: Any, options: Mapping[str, Any]) -> Answer:
    """Ask a question; see `cellchain.ask`."""
    asked = _question(question)
    heard = _Heard()
    with tempfile.TemporaryDirectory(prefix="cellchain-") as folder:
        out = Path(folder) / "out.parquet"
        words = [*question.split(" "), f"--out={out}"]
        for name, value in {"in": table, **options}.items():
            parameter = asked.parameter(name.rstrip("_").replace("_", "-"))
            words += _words(parameter, value, Path(folder))
        before = LISTENER.set(heard)
        try:
            command = typer.main.get_command(build(words[0]))
            command.main(words, prog_name="cellchain", standalone_mode=False, obj=Cellchain())
        except (click.ClickException, OSError, RecursionError) as error:
            raise told_as(error) from error
        finally:
            LISTENER.reset(before)
        return Answer(read_table(out), heard.lines, heard.value, figure_of)


class _Heard:
    """What a verb says."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.value: dict[str, Any] = {}

    def said(self, lines: Iterable[str], value: Mapping[str, Any]) -> None:
        self.lines = [line.partition("out.parquet: ")[2] or line for line in lines]
        self.value = dict(value)

    def noted(self, text: str) -> None:
        self.lines.append(text)

    def moved(self, title: str, done: int, total: int | None) -> None:
        """Nobody looks at a bar here."""

    def drew(self, picture: Picture) -> None:
        """Nobody looks: `Answer.plot` draws the table."""


def _question(name: str) -> Question:
    known = {one.name.replace(".", " "): one for one in questions() if _has_rows(one)}
    if name not in known:
        raise Refused(
            "lab.unknown_question",
            f"{name[:60]!a} is no question",
            remedy=f"ask {', '.join(known)}",
        )
    return known[name]


def _has_rows(question: Question) -> bool:
    """Whether the answer is a table: some make a model or a report."""
    made = {one.name: one.default for one in question.parameters if one.sort == "made"}
    return made.get("out") == ".csv" and not any(one.positional for one in question.parameters)


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
            yield f"--{parameter.name}={spelled}"


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
