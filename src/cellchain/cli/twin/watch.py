"""``twin watch``: early warning on the cell voltages of a vehicle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.progress import progress
from cellchain.cli.tables import FILES, MapOption, OutOption, StateOption
from cellchain.cli.twin import twin
from cellchain.core.errors import Refused


@twin.command()
def watch(
    context: typer.Context,
    out: OutOption,
    source: Annotated[
        Path | None, typer.Option("--in", help=f"Table of one vehicle to read: {FILES}")
    ] = None,
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
    template: Annotated[
        bool, typer.Option("--template", help="Write an empty table to fill, and nothing else.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Warn of cells that sink beside the others, and of sensors that lie."""
    from cellchain.services.analysis import watch as asked  # noqa: PLC0415
    from cellchain.services.analysis.table import Table, Texts  # noqa: PLC0415

    shop = workshop(context)
    if template:
        shop.write_table(out, Table({name: Texts.of(()) for name in asked.COLUMNS}))
        say([f"{out}: fill it"], {"file": str(out)}, as_json=as_json)
        return
    if source is None:
        raise Refused("cli.missing", "no --in", remedy="name the table of a vehicle with --in")
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
    severities = answer.texts("severity").cells()
    alarms = severities.count("alarm")
    notices = len(severities) - alarms
    told = {"rows": table.rows, "alarms": alarms, "notices": notices}
    reasons = [f"  {one}" for one in answer.texts("reason").cells()]
    say([f"{out}: {alarms} alarms, {notices} notices", *reasons], told, as_json=as_json)
