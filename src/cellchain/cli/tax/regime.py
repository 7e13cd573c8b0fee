"""``tax regime``: which regime a firm does best to choose for a year that is not known."""

from __future__ import annotations

from typing import Annotated

import typer

from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, note, say
from cellchain.cli.progress import progress
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
from cellchain.cli.tax import tax
from cellchain.cli.tax.effective import OnOption


@tax.command()
def regime(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    on: OnOption = "",
    year: Annotated[
        int | None, typer.Option("--year", help="To choose for; else the first whole one to come.")
    ] = None,
    draws: Annotated[int, typer.Option("--draws", help="Futures of each firm.")] = 1_000,
    seed: Annotated[int, typer.Option("--seed", help="The same one gives the same draws.")] = 1,
    plot: PlotOption = None,
    mapping: MapOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Weigh the regimes of Brazil: tax with its spread, how often each is cheapest, its regret."""
    from cellchain.services.tax import told  # noqa: PLC0415
    from cellchain.services.tax.days import day_asked  # noqa: PLC0415
    from cellchain.services.tax.effective import ADVICE  # noqa: PLC0415
    from cellchain.services.tax.futures import Asked  # noqa: PLC0415
    from cellchain.services.tax.regime import chosen  # noqa: PLC0415

    shop = workshop(context)
    read = begun(shop, source, out, told.COLUMNS, template=template, plot=plot, as_json=as_json)
    if read is None:
        return
    check_apart((read,), (out, plot))
    day = day_asked(on, shop.now_ms())
    asked = Asked(on=day, year=year, draws=draws, seed=seed)
    given = shop.read_table(read, told.COLUMNS, mapping)
    with progress("firms", None, quiet=as_json) as step:
        answer = chosen(given, asked, step.of)
    shop.write_table(out, answer)
    draw_answer(shop, plot, answer)
    best = int((answer.numbers("best") == 1).sum())
    doubts = sorted({one for one in answer.texts("unverified").cells() if one})
    sets = sorted({one for one in answer.texts("taxes_compared").cells() if one})
    said = {
        "on": day.isoformat(), "rows": answer.rows, "firms_answered": best, "draws": draws,
        "seed": seed, "taxes_compared": sets, "unverified": doubts, "advice": ADVICE,
    }  # fmt: skip
    lines = [f"{out}: {best} firms answered, {draws} draws each, by the law as known on {day}"]
    lines += [f"compared: {one}" for one in sets] + [f"unverified: {one}" for one in doubts]
    say(lines, said, as_json=as_json)
    if not as_json:
        note(ADVICE, as_json=False)
