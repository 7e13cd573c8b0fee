"""``plan scenario``: how two scenarios differ, and which of their numbers makes how much of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.plan import plan
from cellchain.cli.tables import (
    FILES,
    OutOption,
    PlotOption,
    check_apart,
    draw_answer,
    needed,
    read_at_most,
)

if TYPE_CHECKING:
    from cellchain.services.plan.scenario import Scenario


@plan.command()
def scenario(
    context: typer.Context,
    out: OutOption,
    source: Annotated[
        Path | None, typer.Option("--in", help="Scenario to begin from, TOML; see --template.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option("--against", help="Scenario to compare it with, TOML.")
    ] = None,
    tornado: Annotated[
        Path | None, typer.Option("--tornado", help=f"Table to write: what makes it. {FILES}")
    ] = None,
    figure: Annotated[
        str, typer.Option("--figure", help="What is explained: a column of the flows.")
    ] = "share_of_demand",
    year: Annotated[
        int | None, typer.Option("--year", help="When; else as reported, or the last year.")
    ] = None,
    plot: PlotOption = None,
    template: Annotated[
        bool, typer.Option("--template", help="Write the scenario that ships to --out, .toml.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Compare two scenarios of stocks and flows, year by year, and say which number makes what."""
    from cellchain.services.plan import difference  # noqa: PLC0415
    from cellchain.services.plan.scenarios import shipped  # noqa: PLC0415

    shop = workshop(context)
    if template:
        shop.write_file(out, shipped("neutral_growth"))
        say([f"{out}: change it"], {"file": str(out)}, as_json=as_json)
        return
    for table in filter(None, (out, tornado)):
        shop.check_writable(table)
    if plot is not None:
        shop.check_plot(plot)
    check_apart((source, against), (out, tornado, plot))
    first, second = _read(needed(source)), _read(needed(against))
    at = first.asked_year if year is None else year
    found = difference.differences(first, second, figure, at)
    shop.write_table(out, found.flows)
    if tornado is not None:
        shop.write_table(tornado, found.tornado)
    draw_answer(shop, plot, found.tornado)
    rows = found.tornado.plain(0, found.tornado.rows)
    parts = len({row["parameter"] for row in rows}) - 1
    line = f"{out}: {found.flows.rows} rows; {parts} numbers differ, {figure} of {at} by each"
    say([line], {"rows": found.flows.rows, "differ": parts, "tornado": rows}, as_json=as_json)


def _read(file: Path) -> Scenario:
    from cellchain.services.analysis.toml_file import BYTES_MAX  # noqa: PLC0415
    from cellchain.services.plan.scenario_file import parse_scenario  # noqa: PLC0415

    return parse_scenario(read_at_most(file, BYTES_MAX))
