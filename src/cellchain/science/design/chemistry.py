"""What a cell is made of: data, each number with the place it comes from and its fitted range.

The electrochemistry is a parameter set of PyBaMM, perhaps with numbers and curves of one's own in
place of those of the set.
"""

from __future__ import annotations

import math

import msgspec


class Sourced(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number, the range that its source gives or that it was fitted in, and the source."""

    value: float
    range: tuple[float, float]
    source: str

    def __post_init__(self) -> None:
        low, high = self.range
        if not (math.isfinite(low) and math.isfinite(high) and low <= self.value <= high):
            raise ValueError(f"{self.value} is not within its range {low} to {high}")
        if not self.source.strip():
            raise ValueError(f"{self.value} has no source")


class Curve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A measured curve, linear between its points: ``y`` over stoichiometry ``x``, 0 to 1."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    source: str

    def __post_init__(self) -> None:
        rising = all(one < two for one, two in zip(self.x, self.x[1:], strict=False))
        if len(self.x) != len(self.y) or len(self.x) < 2 or not rising:  # noqa: PLR2004
            raise ValueError("a curve is two or more points, x rising, as many y")
        if not all(map(math.isfinite, (*self.x, *self.y))):
            raise ValueError("a curve has points that are not finite")
        if not self.source.strip():
            raise ValueError("a curve has no source")


class Fitted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the electrochemistry was fitted to, or compared with, a cell."""

    temperature_c: tuple[float, float]
    source: str
    rate_per_h: tuple[float, float] | None = None
    """Of discharge; without it the source states none."""

    def __post_init__(self) -> None:
        for low, high in filter(None, (self.temperature_c, self.rate_per_h)):
            if not (math.isfinite(low) and math.isfinite(high) and low <= high):
                raise ValueError(f"{low} to {high} is no range")
        if not self.source.strip():
            raise ValueError("the fitted range has no source")

    def doubts(self, temperature_c: float, rate_per_h: float) -> list[str]:
        """Return how a use is outside that range."""
        low, high = self.temperature_c
        doubts = []
        if not low <= temperature_c <= high:
            doubts.append(f"{temperature_c:g} °C; physics fitted at {_span(low, high)} °C")
        if self.rate_per_h is None:
            doubts.append("the source states no rates at which the physics was compared to a cell")
        elif not self.rate_per_h[0] <= rate_per_h <= self.rate_per_h[1]:
            doubts.append(f"{rate_per_h:.3g} C; physics fitted at {_span(*self.rate_per_h)} C")
        return doubts


class Chemistry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One pair of electrodes with its electrolyte."""

    title: str
    base: str
    """A parameter set of PyBaMM for lithium-ion or sodium-ion cells."""
    source: str
    fitted: Fitted
    positive_foil: str = "aluminium"
    negative_foil: str = "copper"
    life: str = ""
    """A law of ageing, by name; empty: none is published for it that we know."""
    densities_kg_m3: dict[str, Sourced] = {}
    """Of the active materials, ``positive`` and ``negative``, without pores."""
    parameters: dict[str, Sourced] = {}
    """In place of those of the set, by their names there."""
    curves: dict[str, Curve] = {}


def _span(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
