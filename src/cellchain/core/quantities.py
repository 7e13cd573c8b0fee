"""Quantities: integers in the smallest unit, converted by exact rational factors only.

    mass_mg(Decimal text, "kg") → int        1200.5 kg → 1_200_500_000 mg, and never 0.1 + 0.2

A value that the smallest unit cannot hold exactly is refused, not rounded: rounding is a decision
and has a name of its own (`share_down`, `share_up`).
"""

from __future__ import annotations

import re
from fractions import Fraction
from types import MappingProxyType

from cellchain.core.canonical import INTEGER_MAX
from cellchain.core.errors import Refused

PPM = 1_000_000
"""One whole, in parts per million: shares, assays, states of health and of charge."""

_UNITS: dict[str, dict[str, Fraction]] = {
    "mg": {"mg": Fraction(1), "g": Fraction(10**3), "kg": Fraction(10**6), "t": Fraction(10**9)},
    "mWh": {
        "mWh": Fraction(1),
        "Wh": Fraction(10**3),
        "kWh": Fraction(10**6),
        "J": Fraction(5, 18),
    },
    "mAh": {"mAh": Fraction(1), "Ah": Fraction(10**3), "C": Fraction(5, 18)},
    "mV": {"mV": Fraction(1), "V": Fraction(10**3)},
    "mA": {"mA": Fraction(1), "A": Fraction(10**3)},
    "mK": {"mK": Fraction(1), "K": Fraction(10**3)},
    "ppm": {"ppm": Fraction(1), "%": Fraction(10**4), "1": Fraction(10**6)},
    "m": {"m": Fraction(1), "km": Fraction(10**3)},
    "ms": {
        "ms": Fraction(1),
        "s": Fraction(10**3),
        "min": Fraction(60_000),
        "h": Fraction(3_600_000),
    },
    "g CO2e": {"g CO2e": Fraction(1), "kg CO2e": Fraction(10**3), "t CO2e": Fraction(10**6)},
}
UNITS = MappingProxyType({small: MappingProxyType(larger) for small, larger in _UNITS.items()})
"""Smallest unit → the units it is read from and how many of the smallest each holds."""

_DECIMAL = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")


def parse_quantity(number: str, unit: str, *, smallest: str) -> int:
    """Return the decimal ``number`` of ``unit`` as a whole count of the ``smallest`` unit.

    Raises:
        Refused: ``quantity.malformed``, ``.unit`` (no exact way between the units), ``.inexact``
            (more digits than the smallest unit holds), ``.range`` (beyond ±(2⁵³−1)).
    """
    if not _DECIMAL.fullmatch(number):
        raise Refused("quantity.malformed", f"{number[:40]!a} is not a plain decimal number")
    factor = _UNITS.get(smallest, {}).get(unit)
    if factor is None:
        raise Refused("quantity.unit", f"no exact conversion from {unit!r} to {smallest!r}")
    exact = Fraction(number) * factor
    if exact.denominator != 1:
        raise Refused("quantity.inexact", f"{number} {unit} is not a whole number of {smallest}")
    if abs(exact) > INTEGER_MAX:
        raise Refused("quantity.range", f"{number} {unit} is beyond {INTEGER_MAX} {smallest}")
    return int(exact)


def format_quantity(count: int, unit: str, *, smallest: str) -> str:
    """Return ``count`` of the ``smallest`` unit as an exact decimal number of ``unit``."""
    exact = Fraction(count) / UNITS[smallest][unit]
    digits = 0
    while (exact * 10**digits).denominator != 1:
        digits += 1
        if digits > 30:  # noqa: PLR2004  # a third of something has no last digit
            raise Refused("quantity.inexact", f"{count} {smallest} has no finite number of {unit}")
    scaled = abs(exact.numerator * 10**digits // exact.denominator)
    text = str(scaled).rjust(digits + 1, "0")
    sign = "-" if exact < 0 else ""
    return sign + (f"{text[:-digits]}.{text[-digits:]}" if digits else text)


def share_down(total: int, ppm: int) -> int:
    """Return ``ppm`` parts per million of ``total``, rounded down: for credits."""
    return total * ppm // PPM


def share_up(total: int, ppm: int) -> int:
    """Return ``ppm`` parts per million of ``total``, rounded up: for burdens."""
    return -(-total * ppm // PPM)
