"""``twin watch``: early warning on the cell voltages of a vehicle."""

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
    StateOption,
    TemplateFlag,
    begun,
    draw_answer,
)
from cellchain.cli.twin import twin


@twin.command()
def watch(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    state: StateOption = None,
    capacity_ah: Annotated[
        float | None, typer.Option("--capacity-ah", help="Of a cell: tells a drift as a leak.")
    ] = None,
    ocv_slope_v: Annotated[
        float,
        typer.Option("--ocv-slope-v", help="Open-circuit volts from empty to full, about the use."),
    ] = 0.75,
    rest_a: Annotated[
        float, typer.Option("--rest-a", help="Current of either sign below which a car rests.")
    ] = 3.0,
    mapping: MapOption = None,
    plot: PlotOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Warn of cells of one vehicle that sink beside the others, and of sensors that lie."""
    from cellchain.services.analysis import watch as asked  # noqa: PLC0415

    shop = workshop(context)
    source = begun(shop, source, out, asked.COLUMNS, template=template, plot=plot, as_json=as_json)
    if source is None:
        return
    battery = asked.Battery(capacity_ah=capacity_ah, ocv_slope_v=ocv_slope_v)
    table = shop.read_table(source, (asked.TIME,), mapping)
    if state is not None and state.exists():
        vehicle = asked.carried_on(state.read_bytes())
    else:
        vehicle = asked.begun(table, rest_a=rest_a)
    with progress("Watching", None, quiet=as_json) as bar:
        answer = asked.watched(table, vehicle, battery=battery, progress=bar.of)
    shop.write_table(out, answer)
    if state is not None:
        shop.write_file(state, vehicle.to_bytes())
    draw_answer(shop, plot, answer)
    severities = answer.texts("severity").cells()
    alarms = severities.count("alarm")
    notices = len(severities) - alarms
    told = {"rows": table.rows, "alarms": alarms, "notices": notices}
    reasons = [f"  {one}" for one in answer.texts("reason").cells()]
    say([f"{out}: {alarms} alarms, {notices} notices", *reasons], told, as_json=as_json)
