"""The ways of each pack: routes of recycling, and second lives that end in one of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from cellchain.services.circle.recycling_later import best_end
from cellchain.services.circle.recycling_routes import SECOND_LIFE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cellchain.services.analysis.table import Floats
    from cellchain.services.circle.recycling_later import SecondLives

T = TypeVar("T", bound=np.generic)
MONEY = ("revenue_usd", "reagent_usd", "gate_fee_usd")


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """Of each pack and way, shape (packs, ways)."""

    names: tuple[str, ...]
    figures: Mapping[str, Floats]
    """Money, later money discounted, and kilograms."""
    dismantling_usd: Floats
    """NaN where nobody says."""
    lawful: Floats
    """1, or 0 where a gate is not passed; NaN where there is no answer."""
    clauses: NDArray[np.object_]
    failures: NDArray[np.object_]
    there: NDArray[np.bool_]
    """Whether a pack may go that way: a second life is not told of each."""
    end: NDArray[np.intp]
    """Which route recycles it, at last."""
    years: Floats
    """Of use before."""
    factor: Floats
    """By which money of recycling is discounted."""

    @property
    def margin(self) -> Floats:
        """Net margin, USD."""
        return (
            self.figures["revenue_usd"] - self.figures["reagent_usd"]
            - self.figures["gate_fee_usd"] - np.nan_to_num(self.dismantling_usd)
        )  # fmt: skip

    @property
    def allowed(self) -> NDArray[np.bool_]:
        """Which are lawful."""
        found: NDArray[np.bool_] = self.there & (self.lawful == 1)
        return found


def with_later(ways: Ways, lives: SecondLives, cascades: Mapping[str, str]) -> Ways:
    """Return routes, a second life before the best of them, and before those that are named.

    Args:
        ways: Routes of recycling.
        lives: Second lives of the packs.
        cascades: Ways by their names, and the routes that end them.
    """
    best = best_end(ways.margin, ways.allowed)
    named = [np.full(len(best), ways.names.index(then), np.intp) for then in cascades.values()]
    found = ways
    for name, end in zip((SECOND_LIFE, *cascades), (best, *named), strict=True):
        found = _beside(found, _later(ways, name, end, lives))
    return found


def _later(ways: Ways, name: str, end: NDArray[np.intp], lives: SecondLives) -> Ways:
    factor = lives.factor[:, None]

    def ended(values: NDArray[T]) -> NDArray[T]:
        return np.take_along_axis(values, end[:, None], axis=1)

    figures = {
        one: ended(values) * (factor if one in MONEY else 1.0)
        for one, values in ways.figures.items()
    }
    figures["revenue_usd"] += lives.value_usd[:, None]
    return replace(
        ways,
        names=(name,),
        figures=figures,
        dismantling_usd=ended(ways.dismantling_usd) * factor,
        lawful=ended(ways.lawful),
        clauses=ended(ways.clauses),
        failures=ended(ways.failures),
        there=lives.there[:, None],
        end=end[:, None],
        years=lives.years[:, None],
        factor=factor,
    )


def _beside(one: Ways, other: Ways) -> Ways:
    def joined(name: str) -> NDArray[T]:
        found: NDArray[T] = np.hstack([getattr(one, name), getattr(other, name)])
        return found

    return Ways(
        names=one.names + other.names,
        figures={
            name: np.hstack([values, other.figures[name]]) for name, values in one.figures.items()
        },
        dismantling_usd=joined("dismantling_usd"),
        lawful=joined("lawful"),
        clauses=joined("clauses"),
        failures=joined("failures"),
        there=joined("there"),
        end=joined("end"),
        years=joined("years"),
        factor=joined("factor"),
    )
