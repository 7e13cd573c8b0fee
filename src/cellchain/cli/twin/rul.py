"""``twin rul``: how many cycles remain."""

from __future__ import annotations

from typing import Annotated

import typer

from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.progress import progress
from cellchain.cli.tables import (
    LevelOption,
    MapOption,
    OutOption,
    PlotOption,
    SourceOption,
    StateOption,
    TemplateFlag,
    TrainOption,
    begun,
    draw_answer,
)
from cellchain.cli.twin import twin
from cellchain.cli.twin.asking import rows_before
from cellchain.core.errors import Refused


@twin.command()
def rul(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    train: TrainOption = None,
    end: Annotated[
        float, typer.Option("--end", help="Where a life ends, of the start of a cell, 0 to 1.")
    ] = 0.85,
    level: LevelOption = 0.9,
    state: StateOption = None,
    mapping: MapOption = None,
    plot: PlotOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Say how many cycles remain to each cell, at each of its rows."""
    from cellchain.services.analysis import rul as asked  # noqa: PLC0415
    from cellchain.services.analysis.cycles import TEXTS  # noqa: PLC0415

    shop = workshop(context)
    source = begun(
        shop, source, out, asked.COLUMNS, template=template, plot=plot, state=state, as_json=as_json
    )
    if source is None:
        return
    if train is None:
        raise Refused(
            "rul.no_training",
            "no model of remaining cycles ships: none was learnt from data that may be shipped",
            remedy="name cells that came to their end with --train",
        )
    table = shop.read_table(source, TEXTS, mapping)
    before = rows_before(shop, state, TEXTS)
    training = shop.read_table(train, TEXTS, mapping)
    with progress("learning", None, quiet=as_json) as bar:
        known = asked.learnt(training, end=end, progress=bar.of)
    answer = asked.continued(before, table, known, level=level)
    shop.write_table(out, answer)
    if state:
        shop.write_table(state, before.above(table))
    draw_answer(shop, plot, answer)
    cells = known.life.cells
    say(
        [f"{out}: {answer.rows} rows, learnt from {cells} cells that came to their end"],
        {"rows": answer.rows, "cells": cells, "end": end},
        as_json=as_json,
    )
