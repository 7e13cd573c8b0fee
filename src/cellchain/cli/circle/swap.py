"""``circle swap``: how a station that swaps batteries does, and how small it may be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellchain.cli.circle import circle
from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.progress import progress
from cellchain.cli.tables import (
    FILES,
    OutOption,
    PlotOption,
    check_apart,
    draw_answer,
    needed,
    read_at_most,
)


@circle.command()
def swap(
    context: typer.Context,
    out: OutOption,
    source: Annotated[
        Path | None, typer.Option("--in", help="Station to simulate, TOML; see --template.")
    ] = None,
    hours: Annotated[
        Path | None, typer.Option("--hours", help=f"Table to write, by hour: {FILES}")
    ] = None,
    designs: Annotated[
        Path | None, typer.Option("--designs", help=f"Table to write, of the search: {FILES}")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="The same one gives the same cars.")] = 1,
    plot: PlotOption = None,
    template: Annotated[
        bool, typer.Option("--template", help="Write a station to --out, .toml, to be changed.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Simulate a swapping station: waits, use, energy; search the fewest batteries and chargers."""
    from cellchain.services.analysis.toml_file import BYTES_MAX  # noqa: PLC0415
    from cellchain.services.circle import swapping, swapping_station  # noqa: PLC0415

    shop = workshop(context)
    if template:
        shop.write_file(out, swapping_station.example())
        say([f"{out}: change it"], {"file": str(out)}, as_json=as_json)
        return
    for table in filter(None, (out, hours, designs)):
        shop.check_writable(table)
    if plot is not None:
        shop.check_plot(plot)
    source = needed(source)
    check_apart((source,), (out, hours, designs, plot))
    spec = swapping_station.parse_station(read_at_most(source, BYTES_MAX))
    with progress("designs", None, quiet=as_json) as step:
        answer = swapping.swapped(spec, seed, step.to)
    for file, found in ((out, answer.figures), (hours, answer.hours), (designs, answer.designs)):
        if file is not None and found is not None:
            shop.write_table(file, found)
    draw_answer(shop, plot, answer.hours)
    told = {"station": spec.title, "seed": seed, "target": spec.target.late_share, **answer.told}
    lines = [
        f"{out}: {told['batteries']} batteries, {told['chargers']} chargers:"
        f" {told['late_share']:.2%} late, at most {told['late_share_hi']:.2%};"
        f" target {spec.target.late_share:.2%} {'met' if told['meets_target'] else 'missed'}"
    ]
    advised = told["advised"]
    if isinstance(advised, dict):
        lines.append(
            f"the least that meets it: {advised['batteries']} batteries, {advised['chargers']}"
            f" chargers, {advised['late_share']:.2%} late, at most {advised['late_share_hi']:.2%},"
            f" on other cars {advised['late_share_hi_on_other_cars']:.2%}"
        )
    elif spec.search is not None:
        lines.append("nothing that was searched meets it")
    say(lines, told, as_json=as_json)
