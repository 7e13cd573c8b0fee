"""``twin run``: state of charge, capacity and resistance of batteries, row by row."""

from __future__ import annotations

from pathlib import Path
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
    begun,
    draw_answer,
)
from cellchain.cli.twin import twin
from cellchain.core.errors import Refused


@twin.command()
def run(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    params: Annotated[
        Path | None, typer.Option("--params", help="Circuit that `twin fit` wrote.")
    ] = None,
    soc0: Annotated[
        float | None,
        typer.Option("--soc0", help="Where batteries begin, 0 to 1; may be far wrong."),
    ] = None,
    level: LevelOption = 0.9,
    state: StateOption = None,
    mapping: MapOption = None,
    plot: PlotOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Follow state of charge, capacity and resistance of batteries of one kind."""
    from cellchain.services.analysis import circuit_fit  # noqa: PLC0415
    from cellchain.services.analysis import circuit_run as asked  # noqa: PLC0415

    shop = workshop(context)
    source = begun(shop, source, out, asked.COLUMNS, template=template, plot=plot, as_json=as_json)
    if source is None:
        return
    if params is None:
        raise Refused(
            "cli.no_circuit",
            "nothing says what circuit the batteries are",
            remedy="name one with --params: cellchain twin fit writes it",
        )
    cell = circuit_fit.parse(params.read_bytes())
    fleet = asked.none_yet()
    if state is not None and state.exists():
        fleet = asked.carried_on(state.read_bytes())
    table = shop.read_table(source, (asked.BATTERY,), mapping)
    with progress("rows", None, quiet=as_json) as step:
        answer, fleet = asked.filtered(table, cell, fleet, soc0=soc0, level=level, progress=step.of)
    shop.write_table(out, answer)
    if state is not None:
        shop.write_file(state, fleet.to_bytes())
    draw_answer(shop, plot, answer)
    socs = answer.numbers("soc").tolist()
    answered = sum(one == one for one in socs)  # noqa: PLR0124  # NaN: no answer
    told = {"rows": answer.rows, "answered": answered, "batteries": len(fleet.batteries)}
    line = f"{out}: {answered} of {answer.rows} answered, {len(fleet.batteries)} batteries"
    say([line], told, as_json=as_json)
