"""``twin soh``: how much a cell still holds."""

from __future__ import annotations

from typing import Annotated

import typer

from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag
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
from cellchain.cli.twin.asking import rows_before, tell
from cellchain.core.errors import Refused


@twin.command()
def soh(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    train: TrainOption = None,
    nominal_ah: Annotated[
        float | None,
        typer.Option("--nominal-ah", help="Nominal capacity, where no column says it, Ah."),
    ] = None,
    use_row_number: Annotated[
        bool, typer.Option("--use-row-number", help="Let n be a feature: it tells the age.")
    ] = False,
    level: LevelOption = 0.9,
    state: StateOption = None,
    mapping: MapOption = None,
    plot: PlotOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Say how much each cell still holds, at each of its charges."""
    from cellchain.services.analysis import soh as asked  # noqa: PLC0415
    from cellchain.services.analysis.cycles import TEXTS  # noqa: PLC0415

    shop = workshop(context)
    source = begun(
        shop, source, out, asked.COLUMNS, template=template, plot=plot, state=state, as_json=as_json
    )
    if source is None:
        return
    if train is None:
        raise Refused(
            "soh.no_training",
            "no model of capacity ships: none was learnt from data that may be shipped",
            remedy="name charges with measured capacities, of other cells, with --train",
        )
    asked.check_question(level, nominal_ah)
    table = shop.read_table(source, TEXTS, mapping)
    before = rows_before(shop, state, TEXTS)
    training = shop.read_table(train, TEXTS, mapping)
    with progress("learning", None, quiet=as_json) as bar:
        known = asked.learnt(
            training, offered=table.names, use_row_number=use_row_number, progress=bar.of
        )
    answer = asked.continued(before, table, known, level=level, nominal_ah=nominal_ah)
    shop.write_table(out, answer)
    if state:
        shop.write_table(state, before.above(table))
    draw_answer(shop, plot, answer)
    tell(out, answer, as_json=as_json)
