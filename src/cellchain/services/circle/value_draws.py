"""What all packs that are valued share: paths of indices, and quantiles of health."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.value.paths import (
    MONTHS_PER_YEAR,
    add_turned_back,
    brownian,
    index,
    normal_middles,
    turned,
)

if TYPE_CHECKING:
    from datetime import date

    from cellchain.science.value.channels import Battery
    from cellchain.services.analysis.table import Floats
    from cellchain.services.circle.value_market import Market
    from cellchain.services.circle.value_packs import Pack

PATHS, PATHS_MIN, PATHS_MAX = 100_000, 1_000, 1_000_000
SEED_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a question rests on beside the packs."""

    market: Market
    day: date
    """From which the age of evidence is counted."""
    paths: int = PATHS
    seed: int = 1

    def __post_init__(self) -> None:
        if self.paths % 2 or not PATHS_MIN <= self.paths <= PATHS_MAX:
            told = f"{self.paths} paths"
            remedy = f"give an even number from {PATHS_MIN} to {PATHS_MAX}: they come in pairs"
            raise Refused("value.paths", told, remedy=remedy)
        if not 0 <= self.seed <= SEED_MAX:
            raise Refused("value.seed", f"the seed {self.seed}", remedy="give 0 or more")


class Draws:
    """What all packs share: the indices of chemistries at the horizons, and quantiles of health."""

    def __init__(self, asked: Asked) -> None:
        market, self._asked = asked.market, asked
        self._months = sorted({one.months for one in (market.lock, market.lease) if one})
        self._common = brownian(asked.seed, "every chemistry", self._months, asked.paths // 2)
        self._made: dict[str, dict[int, tuple[Floats, Floats]]] = {}
        self._normals = normal_middles(asked.paths)
        self._offsets: dict[str, int] = {}
        self._rooms = np.empty((2, len(self._months), asked.paths))
        self.owed = np.zeros(asked.paths)
        """What is paid on all locks, of each path."""

    def worths(self, pack: Pack, battery: Battery) -> dict[int, Floats]:
        """Return the worth of a pack at each horizon, by its months, of each draw.

        What is returned is written anew when it is asked again.
        """
        if pack.chemistry not in self._made:
            self._made[pack.chemistry] = self._indices(pack.chemistry)
        prices, room = self._rooms
        for place, months in enumerate(self._months):
            turned(self._made[pack.chemistry][months], self._offset(pack), prices[place])
        years = [months / MONTHS_PER_YEAR for months in self._months]
        battery.worths_after(years, self._normals, prices, room)
        return dict(zip(self._months, room, strict=True))

    def owe(self, pack: Pack, payments: Floats) -> None:
        """Add what is paid on a pack's lock, draws in the order of `worths`."""
        add_turned_back(self.owed, payments, self._offset(pack))

    def _offset(self, pack: Pack) -> int:
        """Return where a pack begins in the paths: which of them meets which of its healths."""
        if pack.name not in self._offsets:
            rng = np.random.default_rng([self._asked.seed, 1, *pack.name.encode()])
            self._offsets = {pack.name: int(rng.integers(self._asked.paths // 2))}
        return self._offsets[pack.name]

    def _indices(self, chemistry: str) -> dict[int, tuple[Floats, Floats]]:
        market, pairs = self._asked.market, self._asked.paths // 2
        how, joint = market.chemistries[chemistry], market.index_correlation
        own = brownian(self._asked.seed, f"chemistry {chemistry}", self._months, pairs)
        return {
            month: index(
                np.sqrt(joint) * self._common[month] + np.sqrt(1 - joint) * own[month],
                month / MONTHS_PER_YEAR, how.drift, how.volatility,
            )
            for month in self._months
        }  # fmt: skip
