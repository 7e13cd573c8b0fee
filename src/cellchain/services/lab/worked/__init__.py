"""Small examples, worked out by the services themselves: what the answers of a room look like.

The files beside are invented. ``plan.json`` was found by ``circle route`` for ``returns.vrp``, and
is judged anew each time; all else is computed here, at the first use.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Corrupt, Refused
from cellchain.services.analysis.table import Table, Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cellchain.services.analysis.shapes import Picture

DAY = date(2026, 11, 30)
"""Of the law in the examples: the same figures whenever they are asked for."""


@dataclass(frozen=True, slots=True)
class Worked:
    """What the answer of a question looks like."""

    question: str
    about: str
    """What is drawn, in a few words."""
    picture: Picture | None
    lacking: str = ""
    """Why there is no picture, where something is not installed."""


@cache
def worked() -> tuple[Worked, ...]:
    """Return the examples, worked out once."""
    return tuple(_worked(*one) for one in _MADE)


def _worked(question: str, about: str, make: Callable[[], Picture | None]) -> Worked:
    try:
        return Worked(question, about, make())
    except Refused as error:
        if ".no_" not in error.code:  # anything but an extra that is not installed
            raise
        return Worked(question, about, None, f"{error.text}. {error.remedy}".strip(". "))


def _routes() -> Picture | None:
    from cellchain.services.circle.plan_check.facts import facts_of  # noqa: PLC0415
    from cellchain.services.circle.plan_check.judging import judged  # noqa: PLC0415
    from cellchain.services.circle.route_picture import route_picture  # noqa: PLC0415
    from cellchain.services.circle.routes import Routed, RoutePlan  # noqa: PLC0415
    from cellchain.services.circle.routing_files.reading import read_instance  # noqa: PLC0415

    data, plan = _bytes("returns.vrp"), _bytes("plan.json")
    instance = read_instance(data)
    verdict = judged(plan, facts_of(data, instance.rounding.name))
    if verdict.faults:
        raise Corrupt("lab.worked", f"the plan does not hold: {verdict.faults[0]}")
    return route_picture(Routed(msgspec.json.decode(plan, type=RoutePlan), instance))


def _streams() -> Picture | None:
    from cellchain.services.plan import flow_picture, materials, stock  # noqa: PLC0415

    inflow = stock.inflow_of(_table("inflow.csv"))
    _, survival = stock.batteries(inflow, _table("lifetimes.csv"))
    flows = materials.material_flows(
        inflow, survival, _table("materials.csv"), _table("recovery.csv"),
        materials.SecondLife(0.3, 6),
    )  # fmt: skip
    return next(iter(flow_picture.material_pictures(flows)), None)


def _front() -> Picture | None:
    from cellchain.services.circle import recycling, recycling_prices  # noqa: PLC0415
    from cellchain.services.circle.recycling_front import front_picture  # noqa: PLC0415

    packs = _table("packs.csv")
    products = recycling_prices.product_prices("2019")
    asked = recycling.Assumptions(products=products, day=DAY, grid_g_per_kwh=466.5)
    return front_picture(packs, recycling.recycled(packs, asked))


def _footprint() -> Picture | None:
    from cellchain.services.footprint.product import footprints  # noqa: PLC0415
    from cellchain.services.footprint.waterfall import waterfall  # noqa: PLC0415

    return waterfall(*footprints(_table("flows.csv"), _table("factors.csv"), 0.9))


def _taxes() -> Picture | None:
    from cellchain.services.tax.effective import effective  # noqa: PLC0415
    from cellchain.services.tax.trace_picture import traced  # noqa: PLC0415

    return traced(effective(_table("firms.csv"), DAY), at_most=1)


_MADE: Sequence[tuple[str, str, Callable[[], Picture | None]]] = (
    ("circle.route", "a map of routes", _routes),
    ("circle.recycle", "what nothing beats", _front),
    ("footprint.product", "a footprint, step by step", _footprint),
    ("plan.stock", "stock and flow", _streams),
    ("tax.effective", "a tax, step by step", _taxes),
)


def _bytes(name: str) -> bytes:
    return (files(__package__) / name).read_bytes()


def _table(name: str) -> Table:
    head, *rows = csv.reader(_bytes(name).decode().splitlines())
    columns = zip(*rows, strict=True)
    return Table({one: Texts.of(cells) for one, cells in zip(head, columns, strict=True)})
