"""``plan board``: stages of the value chain by themes, and where the next effort pays most."""

from __future__ import annotations

from typing import Annotated

import typer

from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, note, say
from cellchain.cli.plan import plan
from cellchain.cli.tables import (
    MapOption,
    OutOption,
    PlotOption,
    SourceOption,
    TemplateFlag,
    begun,
    check_apart,
    draw_answer,
)


@plan.command()
def board(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    impact: Annotated[float, typer.Option(help="Weight of the impact on circularity.")] = 1.0,
    footprint: Annotated[float, typer.Option(help="Weight of the carbon footprint.")] = 1.0,
    difficulty: Annotated[
        float, typer.Option(help="Weight of the difficulty of circular practice.")
    ] = 1.0,
    maturity: Annotated[float, typer.Option(help="Weight of technological maturity.")] = 1.0,
    digital: Annotated[
        float, typer.Option(help="Weight of the difficulty of going digital.")
    ] = 1.0,
    plot: PlotOption = None,
    mapping: MapOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Rank the stages of the value chain by where the next effort pays most, with every reason.

    --template writes all cells of the board, to be filled.
    """
    from cellchain.services.plan import board as asked  # noqa: PLC0415

    shop = workshop(context)
    if template:
        shop.write_table(out, asked.template())
        say([f"{out}: fill it"], {"file": str(out)}, as_json=as_json)
        return
    source = begun(shop, source, out, asked.COLUMNS, template=False, plot=plot, as_json=as_json)
    assert source is not None  # only a template needs none
    check_apart((source, mapping), (out, plot))
    weights = asked.Weights(impact, difficulty, footprint, maturity, digital)
    found = asked.ranked(shop.read_table(source, asked.TEXTS, mapping), weights)
    shop.write_table(out, found)
    draw_answer(shop, plot, found)
    rows, lacking = found.plain(0, found.rows), asked.missing(found)
    first = [row for row in rows if row["rank"] == 1]
    best = ", ".join(str(row["stage"]) for row in first)
    line = f"{out}: {best} first, payoff {first[0]['payoff']:.3g}" if first else f"{out}: no rank"
    say([line], {"stages": rows, "missing": lacking}, as_json=as_json)
    for one in lacking:
        note(f"missing, {one}", as_json=as_json)
