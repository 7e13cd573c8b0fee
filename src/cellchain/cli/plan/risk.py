"""``plan risk``: what a supply hangs on: how few make it, how long it lasts without one of them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.plan import plan
from cellchain.cli.progress import progress
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

if TYPE_CHECKING:
    from cellchain.services.plan.risk import Drill


class Kind(StrEnum):
    """What is rehearsed."""

    SHORTAGE = "shortage"
    CLOSURE = "closure"


@plan.command()
def risk(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    links: Annotated[
        Path | None, typer.Option("--links", help=f"Who supplies whom with how much: {FILES}")
    ] = None,
    stages: Annotated[
        Path | None, typer.Option("--stages", help=f"Table to write, of stages: {FILES}")
    ] = None,
    drill: Annotated[
        Kind | None, typer.Option("--drill", help="Rehearse one; its stock is shut in a closure.")
    ] = None,
    node: Annotated[str | None, typer.Option("--node", help="Where: a node of --in.")] = None,
    country: Annotated[
        str | None, typer.Option("--country", help="Where: all nodes of a country.")
    ] = None,
    days: Annotated[
        float | None, typer.Option("--days", help="How long; else until all have recovered.")
    ] = None,
    left: Annotated[
        float, typer.Option("--left", help="Share of capacity that a shortage leaves.")
    ] = 0.0,
    drilled: Annotated[
        Path | None, typer.Option("--drilled", help=f"Table to write, of the drill: {FILES}")
    ] = None,
    plot: PlotOption = None,
    mapping: MapOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Find what a supply hangs on: concentration, time to survive and recover, drills, mixing.

    --template writes the suppliers, and where --links is named, the links.
    """
    from cellchain.services.analysis.table import empty_table  # noqa: PLC0415
    from cellchain.services.plan import risk as asked  # noqa: PLC0415
    from cellchain.services.plan import tiers  # noqa: PLC0415

    shop = workshop(context)
    source = begun(shop, source, out, tiers.COLUMNS, template=template, plot=plot, as_json=as_json)
    if source is None:
        if links is not None:
            check_apart((), (out, links))
            shop.write_table(links, empty_table(tiers.LINK_COLUMNS))
        return
    if links is None:
        raise Refused("cli.no_input", "there are no links", remedy="name a table with --links")
    for table in filter(None, (stages, drilled)):
        shop.check_writable(table)
    check_apart((source, links, mapping), (out, stages, drilled, plot))
    rehearsed = _drill(drill, node, country, days=days, left=left, drilled=drilled)
    graph = tiers.tiers_of(
        shop.read_table(source, tiers.TEXTS, mapping),
        shop.read_table(links, tiers.LINK_TEXTS, mapping),
    )
    rehearsal = None if rehearsed is None else asked.drilled(graph, rehearsed)
    markets = asked.stage_risks(graph)
    with progress("outages", len(graph.nodes), quiet=as_json) as step:
        answer = asked.node_risks(graph, step.to)
    told: dict[str, object] = dict(asked.headline(answer, markets))
    lines = [
        f"{out}: {told['short']} of {told['nodes']} nodes recover later than demand survives"
        f" without them, {told['mixing']} put out more than they may or took in",
        f"the riskiest: {told['riskiest_stage']}; the greatest loss: {told['worst_node']}",
    ]
    if rehearsal is not None and drilled is not None:
        shop.write_table(drilled, rehearsal)
        told["drill"] = rehearsal.plain(0, rehearsal.rows)
        lines += [_spoken(row) for row in rehearsal.plain(0, rehearsal.rows)]
    shop.write_table(out, answer)
    if stages is not None:
        shop.write_table(stages, markets)
    draw_answer(shop, plot, answer)
    say(lines, told, as_json=as_json)


def _drill(
    kind: Kind | None,
    node: str | None,
    country: str | None,
    *,
    days: float | None,
    left: float,
    drilled: Path | None,
) -> Drill | None:
    from cellchain.services.plan.risk import Drill  # noqa: PLC0415

    if kind is None:
        given = {"node": node, "country": country, "days": days, "left": left or None,
                 "drilled": drilled}  # fmt: skip
        unheard = [name for name, value in given.items() if value is not None]
        if unheard:
            raise Refused(
                "cli.unheard", f"--{unheard[0]} without --drill", remedy="say which: --drill"
            )
        return None
    if drilled is None:
        raise Refused(
            "cli.no_output", "the drill is written nowhere", remedy="name a table with --drilled"
        )
    return Drill(kind.value, node, country, days, left)


def _spoken(row: dict[str, str | float | None]) -> str:
    return (
        f"{row['drill']} of {row['place']}, {row['days']:g} days: {row['node']} goes without"
        f" {row['lost']:g} of {row['demand']:g} {row['unit']}"
    )
