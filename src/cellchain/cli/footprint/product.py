"""``footprint product``: what a unit of each product emits, and through what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellchain.cli.footprint import footprint
from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say, show
from cellchain.cli.tables import (
    FILES,
    LevelOption,
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


@footprint.command()
def product(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    factors: Annotated[
        Path | None, typer.Option("--factors", help=f"What a unit of each input emits: {FILES}")
    ] = None,
    tree: Annotated[
        Path | None, typer.Option("--tree", help="Table to write: what each flow carries.")
    ] = None,
    proof: Annotated[
        Path | None,
        typer.Option("--proof", help="File to write: with it anybody gets the same grams."),
    ] = None,
    level: LevelOption = 0.9,
    mapping: MapOption = None,
    plot: PlotOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Count what a unit of each product emits, from what it takes, to any depth."""
    from cellchain.services.footprint import product as asked  # noqa: PLC0415
    from cellchain.services.footprint.recomputation import recomputation  # noqa: PLC0415
    from cellchain.services.footprint.waterfall import waterfall  # noqa: PLC0415

    shop = workshop(context)
    columns = asked.FLOW_COLUMNS
    source = begun(
        shop, source, out, columns, state=tree, template=template, plot=plot, as_json=as_json
    )
    if source is None:
        return
    if factors is None:
        raise Refused("cli.no_input", "there are no factors", remedy="name a table with --factors")
    check_apart((source, factors), (out, tree, proof, plot))
    flows = shop.read_table(source, asked.FLOW_TEXTS, mapping)
    known = shop.read_table(factors, asked.FACTOR_TEXTS, mapping)
    answer, carried = asked.footprints(flows, known, level)
    shop.write_table(out, answer)
    if tree is not None:
        shop.write_table(tree, carried)
    if proof is not None:
        shop.write_file(proof, recomputation(flows, known, answer).to_bytes())
    draw_answer(shop, plot, answer, None if tree is None else lambda: waterfall(answer, carried))
    show(lambda: (waterfall(answer, carried),))
    told = {"products": answer.rows, "flows": carried.rows, "level": level}
    say([f"{out}: {answer.rows} products, {carried.rows} flows"], told, as_json=as_json)
