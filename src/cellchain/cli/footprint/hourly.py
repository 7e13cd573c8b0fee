"""``footprint hourly``: what machines emitted in each hour, carried by what they made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellchain.cli.footprint import footprint
from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.tables import (
    FILES,
    MapOption,
    OutOption,
    PlotOption,
    SourceOption,
    TemplateFlag,
    begun,
    check_apart,
    draw_answer,
)
from cellchain.core.errors import Refused


@footprint.command()
def hourly(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    meters: Annotated[
        Path | None, typer.Option("--meters", help=f"What each machine drew in each hour: {FILES}")
    ] = None,
    grid: Annotated[
        Path | None, typer.Option("--grid", help=f"What a kilowatt-hour emitted each hour: {FILES}")
    ] = None,
    mapping: MapOption = None,
    plot: PlotOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Split what machines emitted in each hour to what was on them, to the milligram."""
    from cellchain.services.footprint import hourly as asked  # noqa: PLC0415

    shop = workshop(context)
    columns = asked.OPERATION_COLUMNS
    source = begun(shop, source, out, columns, template=template, plot=plot, as_json=as_json)
    if source is None:
        return
    if meters is None or grid is None:
        raise Refused(
            "cli.no_input", "there are no meters, or no grid",
            remedy="name tables with --meters and --grid",
        )  # fmt: skip
    check_apart((source, meters, grid), (out, plot))
    answer = asked.split(
        shop.read_table(source, columns, mapping),
        shop.read_table(meters, (asked.MACHINE, asked.HOUR), mapping),
        shop.read_table(grid, (asked.HOUR,), mapping),
    )
    shop.write_table(out, answer)
    draw_answer(shop, plot, answer)
    carried = [int(one or 0) for one in answer.texts(asked.MG).cells()]
    told = {
        "products": answer.rows - 1,
        "mg_co2e": sum(carried),
        "overhead_mg": carried[-1],
    }
    whole_kg, idle_kg = told["mg_co2e"] / 1e6, told["overhead_mg"] / 1e6
    line = f"{out}: {whole_kg:,.3f} kg, of it {idle_kg:,.3f} while nothing was on the machines"
    say([line], told, as_json=as_json)
