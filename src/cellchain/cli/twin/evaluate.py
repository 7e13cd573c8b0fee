"""``twin evaluate``: what the answers of a verb are worth, on cells whose answer is known."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from hashlib import file_digest
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.progress import progress
from cellchain.cli.tables import FILES, MapOption, PlotOption, check_report
from cellchain.cli.twin import twin
from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cellchain.cli.ports import Workshop
    from cellchain.services.analysis.report import Report
    from cellchain.services.analysis.table import Table

    Progress = Callable[[int, int], None]


class Question(StrEnum):
    """What is judged."""

    SOH = "soh"
    LIFE = "life"
    RUL = "rul"
    GRADE = "grade"
    WATCH = "watch"


@twin.command()
def evaluate(
    context: typer.Context,
    question: Annotated[Question, typer.Argument(help="Whose answers are judged.")],
    report: Annotated[Path, typer.Option("--report", help="Report to write: .md or .html.")],
    data: Annotated[
        list[Path] | None, typer.Option("--data", help=f"Tables with the answers: {FILES}")
    ] = None,
    more: Annotated[
        list[Path] | None, typer.Argument(help="More tables, after the first.", show_default=False)
    ] = None,
    mapping: MapOption = None,
    plot: PlotOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Judge answers by cells that were not learnt from, beside the naive answer.

    life and grade take one table; soh and rul one of each family of cells; watch simulates its
    cars, and takes tables of field cars beside, or none. Takes minutes.
    """
    check_report(report)
    if plot is not None:
        workshop(context).check_plot(plot)
    files = _named(question, [*(data or ()), *(more or ())])
    with progress(f"judging {question}", None, quiet=as_json) as step:
        found = _judged(question, files, mapping, workshop(context), step.of)
    whole = replace(found, parts=(*found.parts, _made(question, files)))
    workshop(context).write_file(report, _written(whole, report, workshop(context)))
    if plot is not None:
        workshop(context).write_plot(plot, found.picture)
    parts = [one for one in whole.parts if not isinstance(one, str)]
    told = {"file": str(report), "title": whole.title, "figures": parts}
    say([f"{report}: {whole.title}, {len(parts)} tables"], told, as_json=as_json)


def _judged(
    question: Question,
    files: dict[str, Path],
    mapping: Path | None,
    shop: Workshop,
    step: Progress,
) -> Report:
    from cellchain.services.analysis.cycles import TEXTS  # noqa: PLC0415
    from cellchain.services.analysis.grade import KEY  # noqa: PLC0415
    from cellchain.services.analysis.protocols import (  # noqa: PLC0415
        grade,
        life,
        rul,
        soh,
        watch,
    )
    from cellchain.services.analysis.watch import TIME  # noqa: PLC0415

    def tables(texts: Sequence[str]) -> dict[str, Table]:
        return {name: shop.read_table(file, texts, mapping) for name, file in files.items()}

    match question:
        case Question.LIFE:
            (file,) = files.values()
            return life.evaluated(shop.read_curves(file, mapping), progress=step)
        case Question.GRADE:
            (table,) = tables((KEY,)).values()
            return grade.evaluated(table, progress=step)
        case Question.SOH:
            return soh.evaluated(tables(TEXTS), progress=step)
        case Question.RUL:
            return rul.evaluated(tables(TEXTS), progress=step)
        case Question.WATCH:
            return watch.evaluated(tables((TIME,)), progress=step)


_COUNTS = {
    Question.SOH: (1, 20, "a table of charges with capacities for each family of cells"),
    Question.RUL: (1, 20, "a table of cycles with capacities for each family of cells"),
    Question.LIFE: (1, 1, "one table of discharge curves with cycle_life"),
    Question.GRADE: (1, 1, "one table of pulses with SOH"),
    Question.WATCH: (0, 20, "tables of field cars, or none"),
}
"""How many tables are taken at least and at most, and of what."""


def _named(question: Question, files: Sequence[Path]) -> dict[str, Path]:
    """Return the tables by what the report calls them."""
    least, most, what = _COUNTS[question]
    if not least <= len(files) <= most:
        raise Refused(
            "evaluate.files",
            f"{question} was given {len(files)} tables",
            remedy=f"name {what} with --data",
        )
    names = [file.name.partition(".")[0] for file in files]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise Refused(
            "evaluate.twice",
            f"two tables are called {twice[0]!a}",
            remedy="name each once; what a report calls them is the beginning of their names",
        )
    return dict(zip(names, files, strict=True))


def _made(question: Question, files: dict[str, Path]) -> str:
    """Return what the report was made by, and of which bytes."""
    of = "; ".join(f"{file.name}, SHA-256 {_digest(file)}" for file in files.values())
    by = f"cellchain {version('cellchain')}, twin evaluate {question}"
    return f"Made by {by}. Data: {of or 'simulated'}."


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def _written(found: Report, file: Path, shop: Workshop) -> bytes:
    from cellchain.services.analysis.report import markdown  # noqa: PLC0415

    return shop.report_page(found) if file.suffix == ".html" else markdown(found).encode()
