"""``twin grade``: state of health of retired cells from pulses at an unknown state of charge."""

from __future__ import annotations

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
    TemplateFlag,
    TrainOption,
    begun,
    draw_answer,
)
from cellchain.cli.twin import twin
from cellchain.cli.twin.asking import ModelOption, check_one_source, tell


@twin.command()
def grade(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    train: TrainOption = None,
    model: ModelOption = None,
    level: LevelOption = 0.9,
    mapping: MapOption = None,
    plot: PlotOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Estimate the health of retired cells from pulses at an unknown state of charge."""
    from cellchain.services.analysis import grade as asked  # noqa: PLC0415

    shop = workshop(context)
    source = begun(shop, source, out, asked.COLUMNS, template=template, plot=plot, as_json=as_json)
    if source is None:
        return
    table = shop.read_table(source, (asked.KEY,), mapping)
    check_one_source(train, model)
    if train is not None:
        known = shop.read_table(train, (asked.KEY,), mapping)
        with progress("forms tried", None, quiet=as_json) as step:
            used = asked.trained(known, progress=step.to)
    else:
        used = asked.parse(model.read_bytes()) if model else asked.shipped()
    name = asked.TRAINED if train or model else asked.SHIPPED
    answer = asked.estimated(table, used, name, level)
    shop.write_table(out, answer)
    draw_answer(shop, plot, answer)
    tell(out, answer, as_json=as_json)
