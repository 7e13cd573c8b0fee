"""The circular footprint formula, term by term, in exact fractions.

Source: Commission Recommendation (EU) 2021/2279, Annex I, section 4.4.8. Emissions and energies
are of a kilogram of material; the sum of the terms is what that kilogram emits.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Term:
    """A product of parameters: a burden, or a credit that is taken off."""

    name: str
    part: str
    """``material``, ``energy`` or ``disposal``, as the Recommendation has them."""
    factors: tuple[str, ...]
    """Parameters; ``1-a`` or ``1-r2-r3`` is what these leave of one."""
    credit: bool = False
    at_end: bool = True
    """Whether it is of the end of life, and not of what the product is made of."""

    @property
    def formula(self) -> str:
        """The term in the names of the parameters."""
        return _signed(" × ".join(map(_bracketed, self.factors)), credit=self.credit)

    def working(self, told: Mapping[str, str]) -> str:
        """Return the term in numbers.

        Args:
            told: Each parameter, as it was written.
        """
        numbers = [" − ".join(told.get(one, one) for one in factor.split("-"))
                   for factor in self.factors]  # fmt: skip
        cells = [f"({one})" if " " in one else one for one in numbers]
        return _signed(" × ".join(cells), credit=self.credit)

    def value(self, given: Mapping[str, Fraction]) -> Fraction:
        """Return what it is, in kg CO₂e per kg of material.

        Args:
            given: Each parameter.
        """
        found = prod((_factor(one, given) for one in self.factors), start=Fraction(1))
        return -found if self.credit else found


TERMS = (
    Term("virgin", "material", ("1-r1", "e_v"), at_end=False),
    Term("recycled", "material", ("r1", "a", "e_recycled"), at_end=False),
    Term("recycled_as_virgin", "material", ("r1", "1-a", "e_v", "qs_in_per_qp"), at_end=False),
    Term("recycling", "material", ("1-a", "r2", "e_recycling_eol")),
    Term("avoided_virgin", "material", ("1-a", "r2", "e_v_avoided", "qs_out_per_qp"), credit=True),
    Term("energy_recovery", "energy", ("1-b", "r3", "e_er")),
    Term("avoided_heat", "energy", ("1-b", "r3", "lhv_mj", "x_er_heat", "e_se_heat_per_mj"),
         credit=True),
    Term("avoided_electricity", "energy",
         ("1-b", "r3", "lhv_mj", "x_er_elec", "e_se_elec_per_mj"), credit=True),
    Term("disposal", "disposal", ("1-r2-r3", "e_d")),
)  # fmt: skip
"""All of it; their sum is the footprint of a kilogram."""


def _factor(name: str, given: Mapping[str, Fraction]) -> Fraction:
    if not name.startswith("1-"):
        return given[name]
    return 1 - sum((given[one] for one in name.split("-")[1:]), Fraction(0))


def _bracketed(name: str) -> str:
    return f"({name.replace('-', ' − ')})" if "-" in name else name


def _signed(told: str, *, credit: bool) -> str:
    return f"−{told}" if credit else told
