"""What is found of packs that are valued, and the tables that tell it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cellchain.services.analysis.table import Table, Texts
from cellchain.services.circle.value_covenants import COVENANTS, Covenant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cellchain.services.analysis.table import Column, Floats
    from cellchain.services.circle.value_packs import Pack

BANDS = ("p10", "p50", "p90")
FIGURES = (
    *(f"value_{one}" for one in BANDS), "recycling_value", "warranty_reserve", "refund_chance",
    *(f"residual_{one}" for one in BANDS), "locked_value", "premium", "premium_error",
    "premium_charged", "reserve_cvar95",
    *(f"lease_soh_{one}" for one in BANDS), *(f"lease_residual_{one}" for one in BANDS),
    *(f"lease_fee_{one}" for one in BANDS),
    *(f"buy_back_{one}" for one in BANDS), "loan", "margin_bps",
)  # fmt: skip
"""Columns of numbers of the answer, in order."""
RATES = frozenset(("refund_chance", "margin_bps", *(f"lease_soh_{one}" for one in BANDS)))
"""Those that are no money."""
CHANNEL_FIGURES = (
    "least_soh", "price_per_kwh", "test", "repack", "freight", "warranty_reserve",
    *(f"value_{one}" for one in BANDS),
)  # fmt: skip


@dataclass(slots=True)
class Row:
    """What is found of one pack, as it is."""

    pack: Pack
    figures: dict[str, float] = field(default_factory=dict)
    channel: str | None = None
    reasons: list[str] = field(default_factory=list)
    channels: list[tuple[str, dict[str, float], str]] = field(default_factory=list)
    covenants: tuple[Covenant, ...] = ()

    def put(self, name: str, values: Sequence[float] | Floats) -> None:
        """Keep a figure by its three quantiles."""
        for band, value in zip(BANDS, values, strict=True):
            self.figures[f"{name}_{band}"] = float(value)


def packs_table(rows: Sequence[Row]) -> Table:
    """Return a row a pack."""
    columns: dict[str, Column] = {
        "pack": Texts.of(row.pack.name for row in rows),
        "chemistry": Texts.of(row.pack.chemistry or None for row in rows),
        "channel": Texts.of(row.channel for row in rows),
    }
    for name in FIGURES:
        columns[name] = _rounded([row.figures for row in rows], name)
    columns["reason"] = Texts.of("; ".join(row.reasons) or None for row in rows)
    return Table(columns)


def channels_table(rows: Sequence[Row]) -> Table:
    """Return a row a pack and channel."""
    every = [(row.pack.name, *one) for row in rows for one in row.channels]
    columns: dict[str, Column] = {
        "pack": Texts.of(one[0] for one in every),
        "channel": Texts.of(one[1] for one in every),
    }
    for name in CHANNEL_FIGURES:
        columns[name] = _rounded([one[2] for one in every], name)
    columns["reason"] = Texts.of(one[3] for one in every)
    return Table(columns)


def covenants_table(rows: Sequence[Row]) -> Table:
    """Return a row a pack and covenant."""
    every = [(row.pack.name, one) for row in rows for one in row.covenants]
    columns: dict[str, Column] = {
        "pack": Texts.of(name for name, _ in every),
        "covenant": Texts(
            np.array([COVENANTS.index(one.name) for _, one in every], np.int32), COVENANTS
        ),
        "value": np.array([np.nan if one.value is None else one.value for _, one in every]),
        "threshold": np.array([one.threshold for _, one in every]),
        "outcome": Texts.of(one.outcome for _, one in every),
        "reason": Texts.of(one.reason for _, one in every),
    }
    return Table(columns)


def _rounded(figures: Sequence[Mapping[str, float]], name: str) -> Floats:
    """Return a column of estimates, money to the hundredth; NaN where there is none."""
    found = np.array([one.get(name, np.nan) for one in figures], np.float64)
    digits = 4 if name in RATES or name in {"least_soh", "premium_error"} else 2
    return np.round(found, digits) + 0.0  # no zero below zero
