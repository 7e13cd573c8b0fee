"""``twin fit``: the equivalent circuit of a kind of cell, from drives."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.progress import progress
from cellchain.cli.tables import (
    FILES,
    MapOption,
    PlotOption,
    SourceOption,
    TemplateFlag,
    needed,
    write_template,
)
from cellchain.cli.twin import twin
from cellchain.core.errors import Refused


@twin.command()
def fit(
    context: typer.Context,
    out: Annotated[
        Path, typer.Option("--out", help="Circuit to write, JSON; with --template: a table.")
    ],
    source: SourceOption = None,
    ocv: Annotated[
        Path | None, typer.Option("--ocv", help=f"Open-circuit curve, soc and voltage_v: {FILES}")
    ] = None,
    capacity_ah: Annotated[
        float | None, typer.Option("--capacity-ah", help="From empty to full of the curve, Ah.")
    ] = None,
    mapping: MapOption = None,
    plot: PlotOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Identify the equivalent circuit of a kind of cell, by which `twin run` follows others."""
    from cellchain.services.analysis import circuit_fit as asked  # noqa: PLC0415

    shop = workshop(context)
    if template:
        write_template(shop, out, asked.COLUMNS, as_json=as_json)
        return
    if ocv is None or capacity_ah is None:
        raise Refused(
            "cli.no_curve",
            "a drive alone does not say what a cell shows at rest",
            remedy="name its open-circuit curve with --ocv, and its capacity with --capacity-ah",
        )
    if plot is not None:
        shop.check_plot(plot)
    table = shop.read_table(needed(source), (asked.BATTERY,), mapping)
    curve = shop.read_table(ocv, (), None)
    with progress("searches", None, quiet=as_json) as step:
        cell = asked.fitted(table, curve, capacity_ah, progress=step.of)
    shop.write_file(out, asked.to_json(cell))
    if plot is not None:
        shop.write_plot(plot, asked.picture(table, cell))
    told = asked.summary(cell)
    say([f"{out}: {asked.sentence(cell)}"], told, as_json=as_json)
