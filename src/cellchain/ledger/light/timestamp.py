"""A time as validators sign it: to the nanosecond, so that it fits no integer of JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.time import parse_time
from cellchain.ledger.light.protobuf import integer

if TYPE_CHECKING:
    from typing import Final

SECONDS_MAX: Final = 253_402_300_799
"""The last second of the year 9999, where Protocol Buffers end."""
NANOS: Final = 1_000_000_000
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z")


class Timestamp(
    msgspec.Struct, frozen=True, array_like=True, order=True, forbid_unknown_fields=True
):
    """Seconds since 1970 and nanoseconds in the second."""

    seconds: int
    nanos: int

    @property
    def time_ms(self) -> int:
        """In whole milliseconds, rounded down."""
        return self.seconds * 1000 + self.nanos // 1_000_000

    def plus(self, seconds: int) -> Timestamp:
        """Return the time so much later."""
        return Timestamp(self.seconds + seconds, self.nanos)

    def to_protobuf(self) -> bytes:
        """Return it as a ``google.protobuf.Timestamp``."""
        return integer(1, self.seconds) + integer(2, self.nanos)

    def check(self) -> None:
        """Refuse what is no time.

        Raises:
            Refused: ``light.malformed``.
        """
        if not (0 <= self.seconds <= SECONDS_MAX and 0 <= self.nanos < NANOS):
            raise Refused("light.malformed", f"{self.seconds} s {self.nanos} ns is no time")


def timestamp_of(time_ms: int) -> Timestamp:
    """Return a time in milliseconds as a timestamp."""
    return Timestamp(time_ms // 1000, time_ms % 1000 * 1_000_000)


def parse_timestamp(text: str) -> Timestamp:
    """Return a time of CometBFT's JSON: RFC 3339 in UTC, at most nine decimals.

    Raises:
        Refused: ``light.malformed``, ``time.…``.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise Refused("light.malformed", f"{text[:40]!a} is no time")
    return Timestamp(parse_time(f"{found[1]}Z") // 1000, int((found[2] or "").ljust(9, "0")))
