"""``circle allocate``: each battery to the slot where all together are worth most."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellchain.cli.circle import circle
from cellchain.cli.circle.offered import CapacityOption, PacksOption, ValuesOption, read_offers
from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.progress import progress
from cellchain.cli.tables import (
    OutOption,
    PlotOption,
    TemplateFlag,
    check_apart,
    draw_answer,
    write_template,
)


@circle.command()
def allocate(
    context: typer.Context,
    out: OutOption,
    values: ValuesOption = None,
    capacity: CapacityOption = None,
    packs: PacksOption = None,
    certificate: Annotated[
        Path | None,
        typer.Option("--certificate", help="Proof to write: a bound that anybody checks."),
    ] = None,
    plot: PlotOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Send each battery to the slot where all together are worth most, and prove it."""
    from cellchain.services.circle.allocation import allocated  # noqa: PLC0415
    from cellchain.services.circle.offers import COLUMNS  # noqa: PLC0415

    shop = workshop(context)
    if template:
        write_template(shop, out, COLUMNS, as_json=as_json)
        return
    shop.check_writable(out)
    check_apart((values, capacity, packs), (out, certificate, plot))
    if plot is not None:
        shop.check_plot(plot)
    offers = read_offers(shop, values, capacity, packs)
    with progress("batteries that still move", None, quiet=as_json) as step:
        plan, proof = allocated(offers, step.to)
    shop.write_table(out, plan)
    if certificate is not None:
        shop.write_file(certificate, proof.to_bytes())
    draw_answer(shop, plot, plan)
    batteries = sum(offers.count.tolist())
    told = {
        "batteries": batteries,
        "value_cents": proof.value_cents,
        "bound_cents": proof.bound_cents,
        "gap_ppm": proof.gap_ppm,
        "proved": proof.proved,
    }
    how = "no plan is worth more" if proof.proved else f"at most {proof.gap_ppm} ppm below the best"
    line = f"{out}: {batteries} batteries, {proof.value_cents / 100:,.2f} in all; {how}"
    say([line], told, as_json=as_json)
