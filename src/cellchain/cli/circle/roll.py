"""``circle roll``: batteries placed week by week, before it is known who comes next."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from cellchain.cli.circle import circle
from cellchain.cli.circle.offered import CapacityOption, ValuesOption, read_values
from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.progress import progress
from cellchain.cli.tables import (
    OutOption,
    PlotOption,
    SourceOption,
    TemplateFlag,
    begun,
    check_apart,
    draw_answer,
)


@circle.command()
def roll(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    values: ValuesOption = None,
    capacity: CapacityOption = None,
    first: Annotated[
        int, typer.Option("--from", min=0, help="First week in which batteries are placed.")
    ] = 0,
    last: Annotated[
        int | None,
        typer.Option("--to", min=0, help="Last week; else the last in which a slot is open."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the futures drawn.")] = 1,
    plot: PlotOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Place batteries week by week, knowing only who came, beside one who knew who comes."""
    from cellchain.services.circle.offers import BATTERY, SLOT  # noqa: PLC0415
    from cellchain.services.circle.rolling import (  # noqa: PLC0415
        COLUMNS,
        arrivals_of,
        rolled,
        weeks_of,
    )

    shop = workshop(context)
    read = begun(shop, source, out, COLUMNS, template=template, plot=plot, as_json=as_json)
    if read is None:
        return
    check_apart((read, values, capacity), (out, plot))
    offers = read_values(shop, values, capacity)
    assert capacity is not None  # it was read
    arrivals, gone = arrivals_of(
        offers, shop.read_table(capacity, (SLOT,), None), shop.read_table(read, (BATTERY,), None)
    )
    weeks = weeks_of(arrivals, first, last)
    with progress("weeks that are left", None, quiet=as_json) as step:
        plan, earned = rolled(offers, arrivals, gone, weeks=weeks, seed=seed, progress=step.to)
    shop.write_table(out, plan)
    draw_answer(shop, plot, plan)
    line = f"{out}: {plan.rows} batteries, {earned.value_cents / 100:,.2f} in all"
    lines = [line, *earned.beside()]
    say(lines, {"batteries": plan.rows, **asdict(earned)}, as_json=as_json)
