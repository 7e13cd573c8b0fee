"""``circle content``: recycled content of batteries, by plant, year and model, against the law."""

from __future__ import annotations

from typing import Annotated

import typer

from cellchain.cli.circle import circle
from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
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


@circle.command()
def content(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    on: Annotated[
        str, typer.Option("--on", help="Day of what is known; today where it is not told.")
    ] = "",
    plot: PlotOption = None,
    mapping: MapOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Compare the recycled content of batteries with the targets of their year."""
    from cellchain.services.circle import content as contents  # noqa: PLC0415
    from cellchain.services.circle.recycling_gates import day_at, day_of  # noqa: PLC0415

    shop = workshop(context)
    source = begun(
        shop, source, out, contents.COLUMNS, template=template, plot=plot, as_json=as_json
    )
    if source is None:
        return
    check_apart((source, mapping), (out, plot))
    day = day_of(on) if on else day_at(shop.now_ms())
    answer = contents.judged(shop.read_table(source, contents.TEXTS, mapping), day)
    shop.write_table(out, answer)
    draw_answer(shop, plot, answer)
    met = answer.numbers("met")
    told = {
        "day": day.isoformat(),
        "rows": answer.rows,
        "met": int((met == 1).sum()),
        "missed": int((met == 0).sum()),
        "unanswered": int((met != met).sum()),  # noqa: PLR0124  # NaN
    }
    line = (
        f"{out}: {told['rows']} rows, {told['met']} meet their target, {told['missed']} miss it,"
        f" {told['unanswered']} have none or lack data"
    )
    say([line], told, as_json=as_json)
