"""``footprint legs``: transport by leg, as flows that ``footprint product`` reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellchain.cli.footprint import footprint
from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.tables import (
    FILES,
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
def legs(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    factors: Annotated[
        Path | None,
        typer.Option("--factors", help=f"Grams of a tkm or vehicle_km of each mode: {FILES}"),
    ] = None,
    rates: Annotated[
        Path | None, typer.Option("--rates", help="Table to write: factors as product reads them.")
    ] = None,
    plot: PlotOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Turn legs of transport into flows, by km or by great circle × 1.3 between coordinates."""
    from cellchain.services.footprint import legs as asked  # noqa: PLC0415

    shop = workshop(context)
    columns = asked.LEG_COLUMNS
    source = begun(
        shop, source, out, columns, state=rates, template=template, plot=plot, as_json=as_json
    )
    if source is None:
        return
    if factors is None:
        raise Refused("cli.no_input", "there are no factors", remedy="name a table with --factors")
    check_apart((source, factors), (out, rates, plot))
    answer, known = asked.flows(
        shop.read_table(source, columns, None),
        shop.read_table(factors, asked.FACTOR_COLUMNS, None),
    )
    shop.write_table(out, answer)
    if rates is not None:
        shop.write_table(rates, known)
    draw_answer(shop, plot, answer)
    worked_out = sum(one == asked.WORKED_OUT for one in answer.texts("km_by").cells())
    told = {"legs": answer.rows, "km_by_great_circle": worked_out,
            "great_circle_factor": "1.3, an assumption", "rounding": "half to even"}  # fmt: skip
    line = f"{out}: {answer.rows} legs, {worked_out} of them by {asked.WORKED_OUT}, an assumption"
    say([line], told, as_json=as_json)
