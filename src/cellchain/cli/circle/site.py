"""``circle site``: where to open sites that collect, sort or recycle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellchain.cli.circle import circle
from cellchain.cli.circle.route import MapOption, check_map
from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, aside, say, show
from cellchain.cli.tables import FILES, OutOption, TemplateFlag, check_apart, write_template
from cellchain.core.errors import Refused


@circle.command()
def site(
    context: typer.Context,
    out: OutOption,
    sources: Annotated[
        Path | None, typer.Option("--sources", help=f"Where batteries come from: {FILES}")
    ] = None,
    sites: Annotated[
        Path | None, typer.Option("--sites", help=f"Where sites may be opened: {FILES}")
    ] = None,
    distances: Annotated[
        Path | None, typer.Option("--distances", help=f"Ways in km; else great circles: {FILES}")
    ] = None,
    opened: Annotated[
        Path | None, typer.Option("--opened", help=f"Table to write, of open sites: {FILES}")
    ] = None,
    rate: Annotated[
        float | None, typer.Option("--tkm-eur", help="What a tonne costs a kilometre.")
    ] = None,
    detour: Annotated[
        float, typer.Option("--detour", help="How much longer a way is than the great circle.")
    ] = 1.3,
    exactly: Annotated[
        int | None, typer.Option("--exactly", help="So many sites are open.")
    ] = None,
    at_most: Annotated[
        int | None, typer.Option("--at-most", help="No more sites are open.")
    ] = None,
    seconds: Annotated[
        float, typer.Option("--seconds", help="That the search may take; the gap is told.")
    ] = 30.0,
    plot: MapOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Choose which sites to open and whom each serves: fixed cost, ways, handling, capacity."""
    from cellchain.services.circle import siting, siting_files, siting_map  # noqa: PLC0415

    shop = workshop(context)
    if template:
        write_template(shop, out, siting_files.SOURCE_COLUMNS, as_json=as_json)
        return
    for table in filter(None, (out, opened)):
        shop.check_writable(table)
    check_map(plot)
    check_apart((sources, sites, distances), (out, opened, plot))
    if sources is None or sites is None:
        raise Refused(
            "cli.no_input", "there are no sources, or no sites",
            remedy="name tables with --sources and --sites",
        )  # fmt: skip
    names = (siting_files.SOURCE, siting_files.SITE)
    known = siting_files.sources_of(shop.read_table(sources, names, None), rate)
    places = siting_files.sites_of(shop.read_table(sites, names, None))
    ways = None if distances is None else shop.read_table(distances, names, None)
    km = siting_files.ways_km(known, places, ways, detour)
    many = siting.Many(exactly, at_most)
    with aside():
        found = siting.sited_for(known, places, km, many, seconds=seconds)
    shop.write_table(out, found.flows)
    if opened is not None:
        shop.write_table(opened, found.opened)
    if plot is not None:
        shop.write_file(plot, siting_map.map_of(found, known, places).encode())
    show(lambda: (siting_map.site_picture(found, known, places),))
    told = {
        "opened": found.opened.texts(siting_files.SITE).cells(),
        "cost_eur": found.cost_eur,
        "bound_eur": found.bound_eur,
        "gap_ppm": round(found.gap * 1e6, 3),
        "proved": found.proved,
        "ways": "table" if ways is not None else f"great circle × {detour:g}",
    }
    say([f"{out}: {siting_map.spoken(found)}", f"ways: {told['ways']}"], told, as_json=as_json)
