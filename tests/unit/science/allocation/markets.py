"""Retired packs and who would take them, drawn by a seed: for tests and benchmarks.

Two markets: a plain one, and one with heavier tails (a few huge buyers, a few very large packs,
prices that differ by factors). Their parameters are assumptions of the size that is reported, no
market data; nothing about them may be shown as a result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

INFEASIBLE = np.iinfo(np.int64).min
"""Value of a battery in a slot that it may not go to."""
CHEMISTRIES = ("LFP", "NMC", "NCA")
CHEMISTRY_SHARES = (0.4, 0.45, 0.15)
CHANNELS = (
    # least SoH, EUR/kWh of what is left: 4R Energy's three classes (Nissan, 2018), priced around
    # the 27 to 38 EUR/kWh that repurposing costs (Lieskoski et al., J. Energy Storage 2024)
    (0.80, 75.0),  # replacement in a vehicle
    (0.65, 55.0),  # forklifts, storage
    (0.50, 40.0),  # back-up power
)
RECYCLING_EUR_KWH = 9.0
"""About 6,500 EUR/t of material at 7 kg/kWh, less treatment (reported; Lieskoski et al. 2024)."""
FREIGHT_EUR_KWH_1000_KM = 6.0
"""1.834 $/mile and 0.589 $/kg of packing for dangerous goods (EverBatt 2019), rounded."""
TEST_EUR = 60.0
REFUSED_SHARE = 0.15
"""Of pairs of buyer and chemistry."""


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """Values and room."""

    values: NDArray[np.int64]
    """Cents, shape [batteries, slots]; `INFEASIBLE` where a gate fails. The last slot recycles."""
    room: NDArray[np.int64]
    """Batteries that each slot takes, shape [slots]; recycling takes all."""


def market(batteries: int, slots: int, *, seed: int, heavy: bool = False) -> Market:
    """Draw a market in which buyers want four fifths of what there is.

    Args:
        batteries: At least 1.
        slots: At least 2; the last one is recycling.
        seed: Of the draw.
        heavy: Whether sizes, prices and demands have heavy tails.
    """
    rng = np.random.default_rng(seed)
    buyers = slots - 1
    energy_kwh = rng.pareto(1.5, batteries) * 25 + 15 if heavy else rng.uniform(20, 90, batteries)
    soh = rng.beta(8, 3, batteries)
    chemistry = rng.choice(len(CHEMISTRIES), batteries, p=CHEMISTRY_SHARES)
    channel = rng.integers(len(CHANNELS), size=buyers)
    least_soh, price = np.array(CHANNELS)[channel].T
    price = price * rng.lognormal(0.0, 0.6 if heavy else 0.2, buyers)
    taste = rng.lognormal(0.0, 0.1, (buyers, len(CHEMISTRIES)))
    refused = rng.random((buyers, len(CHEMISTRIES))) < REFUSED_SHARE
    places_km = rng.uniform(0, 2_000, (batteries + buyers, 2))
    values = np.empty((batteries, slots), np.int64)
    for start in range(0, batteries, 4_096):  # blocks bound the memory
        some = slice(start, start + 4_096)
        apart_km = np.hypot(*(places_km[:batteries][some, np.newaxis] - places_km[batteries:]).T).T
        left_kwh = (energy_kwh * soh)[some, np.newaxis]
        kinds = chemistry[some]
        freight = FREIGHT_EUR_KWH_1000_KM * 1.3 * apart_km / 1_000 * energy_kwh[some, np.newaxis]
        euros = left_kwh * price * taste[:, kinds].T - freight - TEST_EUR
        barred = refused[:, kinds].T | (soh[some, np.newaxis] < least_soh)
        values[some, :-1] = np.where(barred, INFEASIBLE, np.rint(euros * 100).astype(np.int64))
    values[:, -1] = np.rint(energy_kwh * RECYCLING_EUR_KWH * 100)
    wanted = rng.pareto(1.2, buyers) + 0.1 if heavy else rng.uniform(0.5, 1.5, buyers)
    room = np.maximum(1, np.rint(0.8 * batteries * wanted / wanted.sum()))
    return Market(values, np.append(room, batteries).astype(np.int64))
