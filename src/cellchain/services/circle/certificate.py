"""The certificate of an allocation: prices with which anybody bounds what any allocation is worth.

This file and the one that checks it (`certifying`) share the format and no arithmetic.
"""

from __future__ import annotations

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.json_names import check_names_once

BYTES_MAX = 64 << 20
MILLION = 1_000_000


class Branch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Plans that use some slots and not others, and prices that bound what they are worth."""

    opened: tuple[str, ...] = ()
    """Slots that hold their lot at least."""
    closed: tuple[str, ...] = ()
    """Slots that hold nothing."""
    prices: dict[str, int] = {}
    """Of slots, cents; 0 of one that is not named, below 0 at most of open and closed ones."""


class Certificate(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What is claimed of a plan."""

    value_cents: int
    """Of all batteries in their slots."""
    bound_cents: int
    """No plan is worth more: the sum over batteries of the best value less price, and over slots of
    price by capacity."""
    gap_ppm: int
    """Bound less value in millionths of the value's size, rounded up."""
    proved: bool
    """Whether the plan is the best there is: bound and value are one."""
    prices: dict[str, int]
    """Of each slot, cents, at least 0: what one more place in it is worth."""
    branches: tuple[Branch, ...] = ()
    """That share out all plans, where slots have minimum lots; the bound is then the largest of
    theirs."""

    def to_bytes(self) -> bytes:
        """Return the certificate as JSON."""
        return msgspec.json.format(msgspec.json.encode(self, order="sorted"), indent=1) + b"\n"


def parse_certificate(data: bytes) -> Certificate:
    """Return the certificate in a file.

    Raises:
        Refused: ``certificate.malformed``; ``json.malformed``: an object has a name twice.
    """
    try:
        if len(data) > BYTES_MAX:
            raise Refused("certificate.malformed", f"more than {BYTES_MAX} bytes")
        check_names_once(data)
        return msgspec.json.decode(data, type=Certificate)
    except msgspec.DecodeError as error:
        raise Refused("certificate.malformed", str(error)) from error


def gap_ppm(value_cents: int, bound_cents: int) -> int:
    """Return the gap in millionths of the value's size, rounded up; of 1 cent where it is 0."""
    return -(-(bound_cents - value_cents) * MILLION // max(1, abs(value_cents)))
