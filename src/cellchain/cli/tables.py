"""What verbs about tables have in common: where a table is read and written, and its names."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cellchain.cli.output import say
from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.cli.ports import Workshop
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


def check_apart(*files: Path | None) -> None:
    """Refuse, before long work, files that would overwrite each other, or have no folder.

    Args:
        files: That are read or written, as far as they are named.

    Raises:
        Refused: ``cli.same_file``; ``table.no_folder``.
    """
    named = [one for one in files if one is not None]
    twice = [name for name, count in Counter(one.resolve() for one in named).items() if count > 1]
    if twice:
        raise Refused(
            "cli.same_file", f"{twice[0].name} is named twice", remedy="name another file"
        )
    for one in named:
        if not one.parent.is_dir():
            raise Refused("table.no_folder", f"there is no folder {one.parent}", remedy="make it")


def read_at_most(file: Path, most: int) -> bytes:
    """Return the bytes of a file, a byte more than ``most`` where it has more."""
    with file.open("rb") as opened:
        return opened.read(most + 1)


def draw_answer(shop: Workshop, plot: Path | None, answer: Table) -> None:
    """Draw an answer where a picture is wanted: last, so that one that fails loses nothing."""
    if plot is not None and answer.rows:
        shop.write_plot(plot, answer)


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
