"""Gas: a deterministic cost per transaction, counted where a rule reads and writes the book.

    gas = transaction + byte · |bytes| + read · reads + event · events + event_byte · |event bytes|

One unit is about a microsecond of one core, so a block's limit bounds its time. The prices are
consensus parameters: every node counts the same, whatever its store or cache.
"""

from __future__ import annotations

import msgspec

from cellchain.core.errors import Refused


class GasPrices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What each thing costs."""

    transaction: int = 60
    """The signature, the envelope, the sequence."""
    byte_milli: int = 20
    """A thousandth of the price of one byte on the wire, and of one byte of an event."""
    read: int = 2
    event: int = 10


def intrinsic_gas(prices: GasPrices, size_bytes: int) -> int:
    """Return what a transaction of so many bytes costs before any rule runs."""
    return prices.transaction + size_bytes * prices.byte_milli // 1000


class Meter:
    """Counts the gas of one transaction against its limit."""

    __slots__ = ("limit", "prices", "used")

    def __init__(self, prices: GasPrices, limit: int, size_bytes: int) -> None:
        self.prices = prices
        self.limit = limit
        self.used = intrinsic_gas(prices, size_bytes)

    def charge(self, gas: int) -> None:
        """Add ``gas``; refuse with ``ledger.out_of_gas`` beyond the limit."""
        self.used += gas
        if self.used > self.limit:
            raise Refused("ledger.out_of_gas", f"{self.used} gas needed; the limit is {self.limit}")
