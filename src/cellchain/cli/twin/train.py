"""``twin train``: make a model from a table, to be used again; so are made those that ship."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.progress import progress
from cellchain.cli.tables import FILES, MapOption
from cellchain.cli.twin import twin


class Question(StrEnum):
    """What a model is to answer."""

    LIFE = "life"
    GRADE = "grade"


@twin.command()
def train(
    context: typer.Context,
    question: Annotated[Question, typer.Argument(help="What the model is to answer.")],
    data: Annotated[Path, typer.Option("--data", help=f"Table to learn from: {FILES}")],
    out: Annotated[Path, typer.Option("--out", help="Model to write, JSON.")],
    mapping: MapOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a model from cells whose answer is known."""
    from cellchain.services.analysis import grade, life  # noqa: PLC0415

    shop = workshop(context)
    with progress(f"learning {question}", None, quiet=as_json) as step:
        if question is Question.LIFE:
            learnt = life.trained(shop.read_curves(data, mapping), progress=step.to)
            written = life.to_json(learnt)
        else:
            table = shop.read_table(data, (grade.KEY,), mapping)
            written = grade.to_json(grade.trained(table, progress=step.to))
    shop.write_file(out, written)
    told = {"file": str(out), "bytes": len(written)}
    say([f"{out}: {len(written)} bytes"], told, as_json=as_json)
