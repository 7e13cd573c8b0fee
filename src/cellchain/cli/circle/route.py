"""``circle route``: which vehicle visits which stops, so that all together drive least."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellchain.cli.circle import circle
from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say, show
from cellchain.cli.progress import progress
from cellchain.cli.tables import check_apart, needed, read_at_most
from cellchain.core.errors import Refused

MAP = ".svg"
START_S = 0.4
"""What starting the command line takes; it counts."""
SeedOption = Annotated[int, typer.Option("--seed", help="Of the dice.")]
RoundOption = Annotated[
    str,
    typer.Option(
        "--round", help="round, trunc, dimacs, exact or double; as the file's type has it."
    ),
]
MapOption = Annotated[Path | None, typer.Option("--plot", help="Map to write: .svg.")]


def check_map(plot: Path | None) -> None:
    """Refuse to draw a map as anything but SVG.

    Raises:
        Refused: ``plot.suffix``.
    """
    if plot is not None and plot.suffix != MAP:
        raise Refused("plot.suffix", f"{plot.name}: a map is SVG", remedy="name it .svg")


@circle.command()
def route(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="Plan to write, JSON.")],
    source: Annotated[
        Path | None,
        typer.Option("--in", help="Instance: VRPLIB, PyVRP, Solomon, Gehring and Homberger."),
    ] = None,
    cpu: Annotated[
        float, typer.Option("--cpu", help="CPU seconds for all of it, reading included.")
    ] = 10.0,
    seed: SeedOption = 1,
    rounding: RoundOption = "",
    plot: MapOption = None,
    template: Annotated[
        bool, typer.Option("--template", help="Write a small instance to --out, to be changed.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Plan routes for an instance; a judge that shares no code with the search checks them."""
    from cellchain.services.circle.route_map import map_of, spoken  # noqa: PLC0415
    from cellchain.services.circle.route_picture import route_picture  # noqa: PLC0415
    from cellchain.services.circle.routes import TEMPLATE, routed  # noqa: PLC0415
    from cellchain.services.circle.routing_files.lines import BYTES_MAX  # noqa: PLC0415

    shop = workshop(context)
    now_s = shop.cpu_s()
    check_apart((source,), (out, plot))
    check_map(plot)
    if template:
        shop.write_file(out, TEMPLATE.encode())
        say([f"{out}: change it"], {"file": str(out)}, as_json=as_json)
        return
    data = read_at_most(needed(source), BYTES_MAX)
    with progress("hundredths of the time", 100, quiet=as_json) as step:
        found = routed(
            data, rounding=rounding, cpu_s=cpu, seed=seed, clock=shop.cpu_s,
            begun_s=now_s - min(now_s, START_S), progress=step.to,
        )  # fmt: skip
    shop.write_file(out, found.plan.to_bytes())
    if plot is not None:
        shop.write_file(plot, map_of(found).encode())
    show(lambda: (route_picture(found),))
    told = {
        "cost": found.plan.cost,
        "routes": len(found.plan.routes),
        "stops": len(found.instance.problem.stops),
        "rounding": found.instance.rounding.name,
        "feasible": found.plan.feasible,
        "said": spoken(found),
    }
    say([f"{out}: {told['said']}"], told, as_json=as_json)
