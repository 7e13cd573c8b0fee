"""``twin features``: charge features of each cycle from raw measurements."""

from __future__ import annotations

from typing import Annotated

import typer

from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.progress import progress
from cellchain.cli.tables import (
    MapOption,
    OutOption,
    PlotOption,
    SourceOption,
    TemplateFlag,
    begun,
    draw_answer,
)
from cellchain.cli.twin import twin


@twin.command()
def features(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    from_v: Annotated[
        float, typer.Option("--from-v", help="Where the window of constant current begins, V.")
    ] = 4.0,
    to_v: Annotated[float, typer.Option("--to-v", help="Where it ends, V.")] = 4.15,
    hold_v: Annotated[
        float, typer.Option("--hold-v", help="What is held at the end of a charge, V.")
    ] = 4.2,
    empty_v: Annotated[
        float, typer.Option("--empty-v", help="What a discharge must reach to tell a capacity, V.")
    ] = 3.0,
    mapping: MapOption = None,
    plot: PlotOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Describe how each charge ends: what soh and rul learn from."""
    from cellchain.science.charging.stages import Limits  # noqa: PLC0415
    from cellchain.services.analysis import features as asked  # noqa: PLC0415

    shop = workshop(context)
    source = begun(shop, source, out, asked.COLUMNS, template=template, plot=plot, as_json=as_json)
    if source is None:
        return
    limits = Limits(from_v=from_v, to_v=to_v, hold_v=hold_v, empty_v=empty_v)
    table = shop.read_table(source, asked.TEXTS, mapping)
    with progress("cycles", None, quiet=as_json) as bar:
        answer = asked.featured(table, limits, progress=bar.of)
    shop.write_table(out, answer)
    draw_answer(shop, plot, answer)
    windows, steps = (_known(answer.numbers(name).tolist()) for name in ("CC Q", "CV Q"))
    told = {"rows": table.rows, "cycles": answer.rows, "windows": windows, "steps": steps}
    line = f"{out}: {answer.rows} cycles, {windows} with a window, {steps} with a step"
    say([line], told, as_json=as_json)


def _known(values: list[float]) -> int:
    return sum(one == one for one in values)  # noqa: PLR0124  # NaN: missing
