"""Readings are kept in smallest units; this is how people read them (BIPM SI brochure, table 4)."""

from __future__ import annotations

from math import ceil, floor, isfinite, log10
from sys import float_info
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Scale(NamedTuple):
    """A value in ``unit`` is the kept one ÷ ``divisor`` + ``offset``."""

    unit: str
    divisor: float
    offset: float = 0.0

    def shown(self, kept: float) -> float:
        """Return a kept value in the unit that is shown."""
        return kept / self.divisor + self.offset

    def kept(self, shown: float) -> float:
        """Return the kept value that is shown so."""
        return (shown - self.offset) * self.divisor


SCALES: Mapping[str, Scale] = {
    "mV": Scale("V", 1000),
    "mA": Scale("A", 1000),
    "mK": Scale("°C", 1000, -273.15),
    "ppm": Scale("%", 10_000),
    "mWh": Scale("kWh", 1_000_000),
    "mAh": Scale("Ah", 1000),
    "m": Scale("km", 1000),
    "m/h": Scale("km/h", 1000),
    "ms": Scale("s", 1000),
}
NAMES: Mapping[str, str] = {"soc": "state of charge", "soh": "state of health"}
_SUFFIXES = ("_m_per_h", "_mwh", "_mah", "_ppm", "_mv", "_ma", "_mk", "_ms", "_m")


def scale_of(unit: str) -> Scale:
    """Return how a smallest unit is read; one that is not known is read as it is."""
    return SCALES.get(unit) or Scale(unit, 1)


def plain_name(channel: str) -> str:
    """Return the name of a channel as words, without the unit at its end."""
    end = next((end for end in _SUFFIXES if channel.endswith(end)), "")
    name = channel.removesuffix(end).replace("_", " ")
    name = NAMES.get(name, name)
    return name[:1].upper() + name[1:]


def ticks(least: float, most: float, count: int = 4) -> Iterator[float]:
    """Yield about ``count`` round numbers from ``least`` to ``most``; none where floats end."""
    rough = (most - least) / count
    if not (rough >= float_info.min and isfinite(rough)):
        return
    magnitude = 10.0 ** floor(log10(rough))
    step = next(m * magnitude for m in (1, 2, 5, 10) if m * magnitude >= rough)
    slack = step * 1e-9
    for place in range(ceil(least / step - 1e-9), floor(most / step + 1e-9) + 1):
        if least - slack <= place * step <= most + slack:
            yield place * step
