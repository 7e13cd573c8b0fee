"""``circle value``: what batteries are worth, and what may be promised on them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cellchain.cli.circle import circle
from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.progress import progress
from cellchain.cli.tables import (
    FILES,
    MapOption,
    OutOption,
    PlotOption,
    SourceOption,
    TemplateFlag,
    check_apart,
    draw_answer,
    needed,
    read_at_most,
    write_template,
)
from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from cellchain.cli.ports import Workshop
    from cellchain.services.circle.value_market import Market


class NamedMarket(StrEnum):
    """Markets that ship."""

    ANCHORS_2024 = "anchors_2024"


@circle.command()
def value(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    market: Annotated[
        Path | None, typer.Option("--market", help="Prices, costs and terms of your own, TOML.")
    ] = None,
    named: Annotated[
        NamedMarket | None, typer.Option("--named", help="A market that ships, a scenario.")
    ] = None,
    channels: Annotated[
        Path | None, typer.Option("--channels", help=f"Table to write, of channels: {FILES}")
    ] = None,
    covenants: Annotated[
        Path | None, typer.Option("--covenants", help=f"Table to write, of covenants: {FILES}")
    ] = None,
    paths: Annotated[int, typer.Option("--paths", help="Paths of the index.")] = 100_000,
    seed: Annotated[int, typer.Option("--seed", help="The same one gives the same figures.")] = 1,
    on: Annotated[
        str, typer.Option("--on", help="Day, YYYY-MM-DD; today where it is not told.")
    ] = "",
    plot: PlotOption = None,
    mapping: MapOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Value batteries: by channel, locked for later, lent, bought back, pledged.

    --template with an --out in .toml writes the market that ships, to be changed.
    """
    from cellchain.services.circle import recycling_gates, value_packs  # noqa: PLC0415
    from cellchain.services.circle.value import valued  # noqa: PLC0415
    from cellchain.services.circle.value_draws import Asked  # noqa: PLC0415

    shop = workshop(context)
    if template:
        _write_template(shop, out, as_json=as_json)
        return
    for table in filter(None, (out, channels, covenants)):
        shop.check_writable(table)
    if plot is not None:
        shop.check_plot(plot)
    source = needed(source)
    check_apart((source, market), (out, channels, covenants, plot))
    asked = Asked(
        market=_market(market, named),
        day=recycling_gates.day_of(on) if on else recycling_gates.day_at(shop.now_ms()),
        paths=paths,
        seed=seed,
    )
    given = shop.read_table(source, value_packs.TEXTS, mapping)
    packs = value_packs.packs_of(given, asked.market)
    with progress("packs", len(packs), quiet=as_json) as step:
        answer = valued(packs, asked, step.to)
    made = ((out, answer.packs), (channels, answer.channels), (covenants, answer.covenants))
    for file, found in made:
        if file is not None:
            shop.write_table(file, found)
    draw_answer(shop, plot, answer.packs)
    told = {
        **answer.told, "market": asked.market.title, "currency": asked.market.currency,
        "paths": paths, "seed": seed, "day": asked.day.isoformat(),
    }  # fmt: skip
    line = (
        f"{out}: {told['valued']} of {told['packs']} packs valued in {told['currency']},"
        f" {told['market']}, {paths} paths from seed {seed}"
    )
    say([line], told, as_json=as_json)


def _write_template(shop: Workshop, out: Path, *, as_json: bool) -> None:
    from cellchain.services.circle.value_market import shipped_market  # noqa: PLC0415
    from cellchain.services.circle.value_packs import COLUMNS  # noqa: PLC0415

    if out.suffix != ".toml":
        write_template(shop, out, COLUMNS, as_json=as_json)
        return
    shop.write_file(out, shipped_market(NamedMarket.ANCHORS_2024))
    say([f"{out}: change it"], {"file": str(out)}, as_json=as_json)


def _market(own: Path | None, named: NamedMarket | None) -> Market:
    from cellchain.services.analysis import toml_file  # noqa: PLC0415
    from cellchain.services.circle import value_market  # noqa: PLC0415

    if (own is None) == (named is None):
        raise Refused(
            "value.no_market",
            "no market is named" if own is None else "two markets are named",
            remedy="name one file with --market, or one that ships with --named",
        )
    if own is None:
        return value_market.parse_market(value_market.shipped_market(str(named)))
    return value_market.parse_market(read_at_most(own, toml_file.BYTES_MAX))
