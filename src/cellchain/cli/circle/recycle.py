"""``circle recycle``: what each route makes of spent batteries, and which of them to weigh."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import click
import typer

from cellchain.cli.circle import circle
from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, note, say, show
from cellchain.cli.tables import (
    FILES,
    MapOption,
    PlotOption,
    SourceOption,
    TemplateFlag,
    begun,
    check_apart,
    draw_answer,
    read_at_most,
)
from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from cellchain.cli.ports import Workshop
    from cellchain.services.circle.recycling import Assumptions
    from cellchain.services.circle.recycling_risk import PriceRisk
    from cellchain.services.circle.recycling_routes import OwnRoutes


class _Prices(click.Path):
    """A file, or a year of published prices."""

    choices = ("2019", "2023")


@circle.command()
def recycle(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option("--out", help=f"Table to write: {FILES}")] = None,
    source: SourceOption = None,
    prices: Annotated[
        Path,
        typer.Option(
            "--prices",
            click_type=_Prices(path_type=Path),
            help=f"2019, 2023, or prices of your own: {FILES}",
        ),
    ] = Path("2019"),
    dismantling: Annotated[
        Path | None, typer.Option("--dismantling", help=f"What taking apart costs: {FILES}")
    ] = None,
    grid: Annotated[
        float, typer.Option("--grid", help="What a kilowatt-hour emits, g CO2e.")
    ] = 466.5,
    housing: Annotated[
        float, typer.Option("--housing", help="Share of the housing that is recycled, 0 to 1.")
    ] = 1.0,
    on: Annotated[
        str, typer.Option("--on", help="Day of the law, YYYY-MM-DD; today where it is not told.")
    ] = "",
    table: Annotated[
        bool, typer.Option("--table", help="Tell every figure of a kilogram of cell, and no pack.")
    ] = False,
    volatility: Annotated[
        Path | None, typer.Option("--volatility", help=f"How prices of products move: {FILES}")
    ] = None,
    draws: Annotated[
        int | None, typer.Option("--draws", help="Of prices, where they move; 10000 unless told.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", help="The same one gives the same figures; 1 unless told."),
    ] = None,
    discount: Annotated[
        float | None,
        typer.Option("--discount", help="Of money after a second life, a share a year."),
    ] = None,
    routes: Annotated[
        Path | None, typer.Option("--routes", help="Routes of your own with sources, TOML.")
    ] = None,
    plot: PlotOption = None,
    mapping: MapOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Weigh the routes of recycling for each battery: law, margin, greenhouse gases, materials.

    --template with an --out in .toml writes a file of --routes, to be filled.
    """
    from cellchain.services.circle import (  # noqa: PLC0415
        recycling,
        recycling_front,
        recycling_gates,
        recycling_packs,
        recycling_routes,
    )

    shop = workshop(context)
    if table:
        asked = recycling.Assumptions(
            products=_products(shop, prices),
            day=recycling_gates.day_at(shop.now_ms()),
            grid_g_per_kwh=grid,
            routes=_routes(routes),
        )
        _tell(shop, asked, out, as_json=as_json)
        return
    if out is None:
        raise Refused(
            "cli.no_output", "there is nothing to write", remedy="name a table with --out"
        )
    if template and out.suffix == ".toml":
        shop.write_file(out, recycling_routes.TEMPLATE)
        say([f"{out}: fill it"], {"file": str(out)}, as_json=as_json)
        return
    columns = recycling_packs.COLUMNS
    source = begun(shop, source, out, columns, template=template, plot=plot, as_json=as_json)
    if source is None:
        return
    check_apart((source, prices, dismantling, volatility, routes, mapping), (out, plot))
    asked = recycling.Assumptions(
        products=_products(shop, prices),
        day=recycling_gates.day_of(on) if on else recycling_gates.day_at(shop.now_ms()),
        grid_g_per_kwh=grid,
        housing=housing,
        dismantling=_dismantling(shop, dismantling),
        risk=_risk(shop, volatility, draws, seed),
        routes=_routes(routes),
        discount=discount,
    )
    packs = shop.read_table(source, recycling_packs.TEXTS, mapping)
    answer = recycling.recycled(packs, asked)
    shop.write_table(out, answer)
    front = partial(recycling_front.front_picture, packs, answer)
    draw_answer(shop, plot, answer, front if volatility is None else None)
    show(lambda: (front(),))
    told = {
        "day": asked.day.isoformat(),
        "prices": str(prices),
        "grid_g_per_kwh": grid,
        "rows": answer.rows,
        "lawful": int((answer.numbers("lawful") == 1).sum()),
        "pareto": int((answer.numbers("pareto") == 1).sum()),
        "purchased_co2_kg_co2e_per_kg": 0,
        **({} if asked.risk is None else {"draws": asked.risk.draws, "seed": asked.risk.seed}),
    }
    line = (
        f"{out}: {told['rows']} rows, {told['lawful']} lawful on {told['day']},"
        f" {told['pareto']} on the front"
    )
    say([line], told, as_json=as_json)


def _tell(shop: Workshop, asked: Assumptions, out: Path | None, *, as_json: bool) -> None:
    from cellchain.services.circle import recycling_figures  # noqa: PLC0415

    found = recycling_figures.figures(asked.products, asked.grid_g_per_kwh, asked.own)
    if out is not None:
        shop.check_writable(out)
        shop.write_table(out, found)
    opinions = recycling_figures.disagreement()
    bands = recycling_figures.reported()
    told = {
        "figures": found.plain(0, found.rows), "disagreement": opinions, "reported": bands,
    }  # fmt: skip
    say(recycling_figures.spoken(found), told, as_json=as_json)
    if not as_json:
        for band in bands:
            note(
                f"{band['item']} by {band['route']}: {band['counted']:g} is counted,"
                f" {band['least']:g} to {band['most']:g} reported ({'; '.join(band['sources'])})",
                as_json=False,
            )
        for one in opinions:
            note(f"{one['about']}: {one['says']} ({one['source']})", as_json=False)


def _products(shop: Workshop, prices: Path) -> dict[str, float]:
    from cellchain.services.circle import recycling_prices  # noqa: PLC0415

    if str(prices).isdecimal():
        return recycling_prices.product_prices(str(prices))
    table = shop.read_table(prices, (recycling_prices.PRODUCT,), None)
    return recycling_prices.own_prices(table)


def _dismantling(shop: Workshop, file: Path | None) -> tuple[str, dict[str, float]] | None:
    from cellchain.services.circle.recycling_packs import TEXTS  # noqa: PLC0415
    from cellchain.services.circle.recycling_prices import dismantling_prices  # noqa: PLC0415

    return None if file is None else dismantling_prices(shop.read_table(file, TEXTS, None))


def _risk(
    shop: Workshop, file: Path | None, draws: int | None, seed: int | None
) -> PriceRisk | None:
    from cellchain.services.circle.recycling_risk import TEXTS, risk_of  # noqa: PLC0415

    told = {"draws": draws, "seed": seed}
    given = {name: value for name, value in told.items() if value is not None}
    if file is not None:
        return risk_of(shop.read_table(file, TEXTS, None), **given)
    for name in given:
        raise Refused(
            "cli.unheard", f"--{name} without --volatility",
            remedy="say how prices move: --volatility",
        )  # fmt: skip
    return None


def _routes(file: Path | None) -> OwnRoutes | None:
    from cellchain.services.analysis.toml_file import BYTES_MAX  # noqa: PLC0415
    from cellchain.services.circle.recycling_routes import parse_routes  # noqa: PLC0415

    return None if file is None else parse_routes(read_at_most(file, BYTES_MAX))
