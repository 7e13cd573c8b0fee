"""``circle replan``: a plan that is being driven, after what has happened."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellchain.cli.circle import circle
from cellchain.cli.circle.route import (
    START_S,
    MapOption,
    RoundOption,
    SeedOption,
    check_map,
)
from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say, show
from cellchain.cli.progress import progress
from cellchain.cli.tables import check_apart, needed, read_at_most
from cellchain.core.errors import Refused


@circle.command()
def replan(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="Plan to write, JSON.")],
    source: Annotated[
        Path | None, typer.Option("--in", help="Plan that is being driven, of circle route.")
    ] = None,
    events: Annotated[
        Path | None,
        typer.Option("--events", help="TOML: late stops, how far routes are driven, closed roads."),
    ] = None,
    instance: Annotated[
        Path | None,
        typer.Option("--instance", help="Instance of the plan, with the late stops."),
    ] = None,
    cpu: Annotated[
        float, typer.Option("--cpu", help="CPU seconds for all of it, reading included.")
    ] = 1.0,
    seed: SeedOption = 1,
    rounding: RoundOption = "",
    plot: MapOption = None,
    template: Annotated[
        bool, typer.Option("--template", help="Write empty events to --out, to be filled.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Plan the rest of the day anew; what is driven stays as it was."""
    from cellchain.services.analysis.toml_file import BYTES_MAX  # noqa: PLC0415
    from cellchain.services.circle.replanning import (  # noqa: PLC0415
        PLAN_BYTES_MAX,
        TEMPLATE,
        parse_events,
        parse_plan,
        planned_anew,
    )
    from cellchain.services.circle.route_map import map_of, spoken  # noqa: PLC0415
    from cellchain.services.circle.route_picture import route_picture  # noqa: PLC0415
    from cellchain.services.circle.routing_files.lines import BYTES_MAX as FILE_MAX  # noqa: PLC0415

    shop = workshop(context)
    now_s = shop.cpu_s()
    check_apart((source, events, instance), (out, plot))
    check_map(plot)
    if template:
        shop.write_file(out, TEMPLATE.encode())
        say([f"{out}: fill it"], {"file": str(out)}, as_json=as_json)
        return
    plan = parse_plan(read_at_most(needed(source), PLAN_BYTES_MAX))
    if events is None or instance is None:
        raise Refused(
            "cli.no_input", "there are no events, or no instance",
            remedy="name files with --events and --instance",
        )  # fmt: skip
    told = parse_events(read_at_most(events, BYTES_MAX))
    with progress("hundredths of the time", 100, quiet=as_json) as step:
        found = planned_anew(
            read_at_most(instance, FILE_MAX), plan, told, rounding=rounding, cpu_s=cpu, seed=seed,
            clock=shop.cpu_s, begun_s=now_s - min(now_s, START_S), progress=step.to,
        )  # fmt: skip
    shop.write_file(out, found.routed.plan.to_bytes())
    if plot is not None:
        shop.write_file(plot, map_of(found.routed).encode())
    show(lambda: (route_picture(found.routed),))
    said = spoken(found.routed)
    answer = {
        "cost": found.routed.plan.cost,
        "inserted_cost": found.inserted_cost,
        "routes": len(found.routed.plan.routes),
        "feasible": True,
        "said": said,
    }
    say([f"{out}: {said}"], answer, as_json=as_json)
