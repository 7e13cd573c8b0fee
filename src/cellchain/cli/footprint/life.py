"""``footprint life``: what a battery emits for each kilowatt-hour of its life."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellchain.cli.footprint import footprint
from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.tables import (
    OutOption,
    PlotOption,
    check_apart,
    draw_answer,
    needed,
    read_at_most,
)


@footprint.command()
def life(
    context: typer.Context,
    out: OutOption,
    source: Annotated[
        Path | None, typer.Option("--in", help="Batteries and their stages, TOML; see --template.")
    ] = None,
    method: Annotated[
        Path | None, typer.Option("--method", help="TOML: another method than the draft's.")
    ] = None,
    plot: PlotOption = None,
    template: Annotated[
        bool, typer.Option("--template", help="Write batteries to --out, .toml, to be changed.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Count what a battery emits a kilowatt-hour of its life, by stage, model and plant."""
    from cellchain.services.analysis.toml_file import BYTES_MAX  # noqa: PLC0415
    from cellchain.services.footprint import life as asked  # noqa: PLC0415
    from cellchain.services.footprint import life_file  # noqa: PLC0415

    shop = workshop(context)
    if template:
        shop.write_file(out, life_file.example())
        say([f"{out}: change it"], {"file": str(out)}, as_json=as_json)
        return
    shop.check_writable(out)
    if plot is not None:
        shop.check_plot(plot)
    source = needed(source)
    check_apart((source, method), (out, plot))
    if method is None:
        counted = life_file.shipped()
    else:
        counted = life_file.parse_method(read_at_most(method, BYTES_MAX))
    found = life_file.parse_batteries(read_at_most(source, BYTES_MAX), counted)
    answer = asked.lives(found, counted)
    shop.write_table(out, answer)
    draw_answer(shop, plot, answer)
    told = {
        "title": found.title,
        "batteries": len(found.batteries),
        "method": counted.name,
        "version": counted.version,
        "method_source": counted.source,
        "method_date": counted.date.isoformat(),
        "draft": counted.draft,
        "decimals": counted.decimals,
        "rounding": "half to even, each figure once",
    }
    status = "a draft, not law" if counted.draft else "not marked as a draft"
    lines = [
        f"{out}: {len(found.batteries)} batteries by {counted.name} {counted.version} of"
        f" {counted.date.isoformat()}: {status}"
    ]
    say(lines, told, as_json=as_json)
