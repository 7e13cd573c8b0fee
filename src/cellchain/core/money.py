"""Money: whole minor units of a currency (ISO 4217), never a fraction of a cent."""

from __future__ import annotations

import re
from fractions import Fraction

import msgspec

from cellchain.core.canonical import INTEGER_MAX
from cellchain.core.errors import Refused

MINOR_DIGITS = {"BRL": 2, "CHF": 2, "CNY": 2, "EUR": 2, "GBP": 2, "JPY": 0, "KRW": 0, "USD": 2}
"""Currency → digits after the point: ISO 4217:2015, list one."""

_AMOUNT = re.compile(r"-?[0-9]{1,16}(?:\.[0-9]{1,3})?")


class Money(msgspec.Struct, frozen=True, order=False):
    """An amount in minor units (cents) of one currency."""

    currency: str
    amount_minor: int

    def __add__(self, other: Money) -> Money:
        """The sum, in one currency only."""
        if other.currency != self.currency:
            raise Refused("money.currency", f"{self.currency} and {other.currency} do not add")
        return Money(self.currency, self.amount_minor + other.amount_minor)

    def __str__(self) -> str:
        digits = MINOR_DIGITS[self.currency]
        text = str(abs(self.amount_minor)).rjust(digits + 1, "0")
        sign = "-" if self.amount_minor < 0 else ""
        shown = f"{text[:-digits]}.{text[-digits:]}" if digits else text
        return f"{sign}{shown} {self.currency}"


def parse_money(number: str, currency: str) -> Money:
    """Return the decimal ``number`` of ``currency`` as money.

    Raises:
        Refused: ``money.currency``, ``money.malformed``, ``money.inexact``, ``money.range`` (beyond
            ±(2⁵³−1) minor units).
    """
    if currency not in MINOR_DIGITS:
        raise Refused("money.currency", f"{currency[:8]!a} is not a known ISO 4217 currency")
    if not _AMOUNT.fullmatch(number):
        raise Refused("money.malformed", f"{number[:40]!a} is not a plain decimal amount")
    minor = Fraction(number) * 10 ** MINOR_DIGITS[currency]
    if minor.denominator != 1:
        raise Refused("money.inexact", f"{number} {currency} has a fraction of a minor unit")
    if abs(minor) > INTEGER_MAX:
        raise Refused("money.range", f"{number} {currency} is beyond {INTEGER_MAX} minor units")
    return Money(currency, int(minor))
