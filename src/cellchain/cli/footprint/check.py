"""``footprint check``: whether grams follow from the flows and factors in their file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellchain.cli.footprint import footprint
from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.tables import FILES, check_apart, needed, read_at_most


@footprint.command()
def check(
    context: typer.Context,
    source: Annotated[
        Path | None, typer.Option("--in", help="The file that --proof of product wrote.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help=f"Table to write, of what was computed: {FILES}")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Compute footprints anew: exit 0 if the same grams follow, 1 if not, 2 if unreadable."""
    from cellchain.services.footprint import recomputation  # noqa: PLC0415

    shop, source = workshop(context), needed(source)
    if out is not None:
        shop.check_writable(out)
        check_apart((source,), (out,))
    claimed = recomputation.parse_recomputation(read_at_most(source, recomputation.BYTES_MAX))
    found = recomputation.check_recomputed(claimed)
    if out is not None:
        shop.write_table(out, found)
    products, flows = len(claimed.grams), len(claimed.flows)
    told = {"holds": True, "products": products, "flows": flows}
    say([f"{source}: the same grams of {products} products"], told, as_json=as_json)
