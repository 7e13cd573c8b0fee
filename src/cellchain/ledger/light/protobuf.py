"""The few forms of Protocol Buffers in which CometBFT hashes and signs.

One value has one encoding here: fields in order, what is zero or empty left out (proto3), numbers
of 64 bits. A message that stands inside another is written even when it is empty where CometBFT
keeps it by value.
"""

from __future__ import annotations

VARINT, FIXED_64, BYTES = 0, 1, 2
_LOW_64 = (1 << 64) - 1


def varint(number: int) -> bytes:
    """Return seven bits a byte, low ones first; a negative number as its two's complement."""
    number &= _LOW_64
    found = bytearray()
    while number > 0x7F:  # noqa: PLR2004
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def integer(field: int, number: int) -> bytes:
    """Return a field of type ``int64``, ``uint64`` or an enumeration."""
    return varint(field << 3 | VARINT) + varint(number) if number else b""


def fixed(field: int, number: int) -> bytes:
    """Return a field of type ``sfixed64``."""
    if not number:
        return b""
    return varint(field << 3 | FIXED_64) + number.to_bytes(8, "little", signed=True)


def octets(field: int, value: bytes) -> bytes:
    """Return a field of type ``bytes`` or ``string``."""
    return message(field, value) if value else b""


def message(field: int, value: bytes) -> bytes:
    """Return a message inside another, written even when it is empty."""
    return varint(field << 3 | BYTES) + delimited(value)


def delimited(value: bytes) -> bytes:
    """Return ``value`` behind its length."""
    return varint(len(value)) + value
