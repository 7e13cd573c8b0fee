"""What verbs about tables have in common: where a table is read and written, and its names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cellchain.cli.output import say
from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cellchain.cli.ports import Workshop
    from cellchain.services.analysis.shapes import Picture
    from cellchain.services.analysis.table import Table

FILES = "CSV, zipped CSV, Parquet or arrays of NumPy, by suffix."
SourceOption = Annotated[Path | None, typer.Option("--in", help=f"Table to read: {FILES}")]
TemplateFlag = Annotated[
    bool, typer.Option("--template", help="Write an empty table to --out, to be filled.")
]
OutOption = Annotated[Path, typer.Option("--out", help=f"Table to write: {FILES}")]
MapOption = Annotated[
    Path | None, typer.Option("--map", help="TOML file: other names, units and signs of columns.")
]
TrainOption = Annotated[
    Path | None,
    typer.Option("--train", help="Table to learn from: the same columns and the answer."),
]
LevelOption = Annotated[
    float, typer.Option("--level", help="How often an interval shall hold the truth, 0 to 1.")
]
StateOption = Annotated[
    Path | None,
    typer.Option("--state", help="File that keeps where the last run ended; written anew."),
]

PlotOption = Annotated[
    Path | None, typer.Option("--plot", help="Picture of the answer to write: .svg or .png.")
]


def begun(
    shop: Workshop,
    source: Path | None,
    out: Path,
    columns: Sequence[str],
    *,
    template: bool,
    plot: Path | None = None,
    state: Path | None = None,
    as_json: bool,
) -> Path | None:
    """Write the template, or check what can be known before long work.

    Args:
        shop: Where files are.
        source: Table to read.
        out: Table to write.
        columns: Of the template.
        template: Whether it is wanted, and nothing else.
        plot: Picture to write.
        state: Table that is carried on; a state of another kind is not for this.
        as_json: How the template is told of.

    Returns:
        The table to read; nothing where the template is written, and all is done.

    Raises:
        Refused: ``cli.no_input``; ``table.…``, ``plot.…``: a file could not be written.
    """
    if template:
        write_template(shop, out, columns, as_json=as_json)
        return None
    for table in filter(None, (out, state)):
        shop.check_writable(table)
    if plot is not None:
        shop.check_plot(plot)
    return needed(source)


def check_apart(read: Sequence[Path | None], written: Sequence[Path | None]) -> None:
    """Refuse, before long work, files that would be written over others, or have no folder.

    Args:
        read: As far as they are named.
        written: Likewise.

    Raises:
        Refused: ``cli.same_file``; ``table.no_folder``.
    """
    before = {one.resolve() for one in read if one is not None}
    for one in filter(None, written):
        if one.resolve() in before:
            told = f"{one.name} would be written over another file"
            raise Refused("cli.same_file", told, remedy="name another one")
        if not one.absolute().parent.is_dir():
            raise Refused("table.no_folder", f"there is no folder {one.parent}", remedy="make it")
        before.add(one.resolve())


def check_report(report: Path) -> None:
    """Refuse, before anything slow is done, a report that could not be written after it."""
    if report.suffix not in (".md", ".html"):
        raise Refused("cli.suffix", f"{report.name} is neither .md nor .html", remedy="name it so")
    if not report.absolute().parent.is_dir():
        raise Refused("cli.no_folder", f"{report.parent} is no folder", remedy="make it first")


def read_at_most(file: Path, most: int) -> bytes:
    """Return the bytes of a file, a byte more than ``most`` where it has more."""
    with file.open("rb") as opened:
        return opened.read(most + 1)


def draw_answer(
    shop: Workshop,
    plot: Path | None,
    answer: Table,
    instead: Callable[[], Picture | None] | None = None,
) -> None:
    """Draw an answer where a picture is wanted: last, so that one that fails loses nothing.

    Args:
        shop: Where files are.
        plot: Picture to write.
        answer: What is drawn.
        instead: Makes another picture of it; where that is None, the answer is drawn.
    """
    if plot is not None and answer.rows:
        picture = None if instead is None else instead()
        shop.write_plot(plot, answer if picture is None else picture)


def write_template(shop: Workshop, out: Path, columns: Sequence[str], *, as_json: bool) -> None:
    """Write an empty table."""
    from cellchain.services.analysis.table import empty_table  # noqa: PLC0415

    shop.write_table(out, empty_table(columns))
    say([f"{out}: fill it"], {"file": str(out)}, as_json=as_json)


def needed(source: Path | None) -> Path:
    """Return the table to read.

    Raises:
        Refused: ``cli.no_input``: none is named.
    """
    if source is None:
        raise Refused("cli.no_input", "there is nothing to read", remedy="name a table with --in")
    return source
