"""What verbs about tables have in common: where a table is read and written, and its names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellchain.core.errors import Refused

FILES = "CSV, zipped CSV, Parquet or arrays of NumPy, by suffix."
InOption = Annotated[Path, typer.Option("--in", help=f"Table to read: {FILES}")]
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


def needed(source: Path | None) -> Path:
    """Return the table to read.

    Raises:
        Refused: ``cli.no_input``: none is named.
    """
    if source is None:
        raise Refused("cli.no_input", "there is nothing to read", remedy="name a table with --in")
    return source
