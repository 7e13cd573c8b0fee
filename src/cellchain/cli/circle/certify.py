"""``circle certify``: a plan and its certificate against the values."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellchain.cli.circle import circle
from cellchain.cli.circle.offered import CapacityOption, PacksOption, ValuesOption, read_offers
from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.tables import read_at_most


@circle.command()
def certify(
    context: typer.Context,
    plan: Annotated[Path, typer.Argument(help="Plan of `circle allocate`.")],
    proof: Annotated[Path, typer.Argument(help="Its certificate.")],
    values: ValuesOption = None,
    capacity: CapacityOption = None,
    packs: PacksOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Check a plan: exit 0 if plan and certificate hold, 1 if not, 2 if they cannot be read."""
    from cellchain.services.circle.certificate import BYTES_MAX, parse_certificate  # noqa: PLC0415
    from cellchain.services.circle.certifying import check_certified  # noqa: PLC0415
    from cellchain.services.circle.offers import BATTERY, GROUP, SLOT  # noqa: PLC0415

    shop = workshop(context)
    claimed = parse_certificate(read_at_most(proof, BYTES_MAX))
    offers = read_offers(shop, values, capacity, packs)
    check_certified(shop.read_table(plan, (BATTERY, SLOT, GROUP), None), claimed, offers)
    told = {"holds": True, "value_cents": claimed.value_cents, "gap_ppm": claimed.gap_ppm}
    how = (
        "no plan is worth more"
        if claimed.proved
        else f"at most {claimed.gap_ppm} ppm below the best"
    )
    say([f"{plan}: holds; {how}"], told, as_json=as_json)
