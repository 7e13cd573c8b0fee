"""``footprint cff``: the circular footprint formula, term by term."""

from __future__ import annotations

import typer

from cellchain.cli.footprint import footprint
from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.tables import (
    OutOption,
    PlotOption,
    SourceOption,
    TemplateFlag,
    begun,
    check_apart,
    draw_answer,
)


@footprint.command()
def cff(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    plot: PlotOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Count recycled content and the end of life by the circular footprint formula."""
    from cellchain.services.footprint import circular as asked  # noqa: PLC0415

    shop = workshop(context)
    columns = asked.COLUMNS_IN
    source = begun(shop, source, out, columns, template=template, plot=plot, as_json=as_json)
    if source is None:
        return
    check_apart((source,), (out, plot))
    given = shop.read_table(source, columns, None)
    answer = asked.ends(given)
    shop.write_table(out, answer)
    draw_answer(shop, plot, answer)
    products = len(set(answer.texts("product").labels))
    told = {"products": products, "materials": given.rows, "clause": asked.CLAUSE,
            "decimals": asked.DECIMALS, "rounding": "half to even, each figure once"}  # fmt: skip
    line = f"{out}: {given.rows} materials of {products} products by {asked.CLAUSE}"
    say([line], told, as_json=as_json)
