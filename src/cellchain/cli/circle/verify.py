"""``circle verify``: a plan of routes against the instance that it is for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellchain.cli.circle import circle
from cellchain.cli.circle.route import (
    DistancesOption,
    LorriesOption,
    StopsOption,
    check_no_rounding,
    day_files,
)
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.tables import needed, read_at_most
from cellchain.core.errors import Refused


@circle.command()
def verify(
    plan: Annotated[Path, typer.Argument(help="Plan: as route writes it.")],
    source: Annotated[Path | None, typer.Option("--in", help="Instance that it is for.")] = None,
    rounding: Annotated[
        str, typer.Option("--round", help="As it was planned; as the file's type has it.")
    ] = "",
    stops: StopsOption = None,
    lorries: LorriesOption = None,
    distances: DistancesOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Check a plan of routes, with nothing of what made it: exit 0 if it holds, else 1."""
    from cellchain.services.circle.plan_check.day_facts import day_facts_of  # noqa: PLC0415
    from cellchain.services.circle.plan_check.day_judging import day_judged  # noqa: PLC0415
    from cellchain.services.circle.plan_check.facts import BYTES_MAX, facts_of  # noqa: PLC0415
    from cellchain.services.circle.plan_check.judging import judged  # noqa: PLC0415

    data, told_plan = read_at_most(needed(source), BYTES_MAX), read_at_most(plan, BYTES_MAX)
    day = day_files(data, stops, lorries, distances)
    if day is None:
        verdict = judged(told_plan, facts_of(data, rounding))
    else:
        check_no_rounding(rounding)
        facts = day_facts_of(day.day, day.stops, day.lorries, day.distances)
        verdict = day_judged(told_plan, facts)
    if verdict.faults:
        raise Refused("verify.fault", f"the plan does not hold: {'; '.join(verdict.faults)}")
    told = {"holds": True, "cost": verdict.cost}
    say([f"{plan}: holds; cost {verdict.cost:,.10g}"], told, as_json=as_json)
