r"""Canonical bytes: one value, one encoding.

The integer-only, ASCII-key subset of RFC 8785: keys sorted, no spaces, shortest escapes, UTF-8,
integers within ±(2⁵³−1). ASCII keys sort alike in UTF-8 and in the UTF-16 order of the RFC, so
the bytes are those of any RFC 8785 implementation. Text is plain (`cellchain.core.text`).

What is read must be what would be written: bytes are decoded, encoded again and compared, which
refuses spaces, unsorted and repeated keys, needless escapes, ``-0`` and ``1e3`` at one stroke.
The depth is bounded by a scan of the bytes, never by the interpreter's stack.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.text import is_plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"

INTEGER_MAX = 2**53 - 1
"""Largest integer that every JSON reader keeps exact (RFC 7493 section 2.2)."""
DEPTH_MAX = 16
SIZE_MAX = 65_536

_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER = msgspec.json.Decoder()
# Possessive, and the closing quote optional: unclosed text is passed over once, not once a quote.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)


def canonical_bytes(value: Json) -> bytes:
    """Encode ``value`` so that equal values give equal bytes on every machine.

    Raises:
        Refused: ``canonical.float``, ``.integer_range``, ``.key``, ``.text``, ``.type``: something
            in ``value`` has no canonical bytes.
    """
    check_value(value)
    return _ENCODER.encode(value)


def decode(data: bytes, *, size_max: int = SIZE_MAX, depth_max: int = DEPTH_MAX) -> Json:
    """Return the value that ``data`` is the canonical encoding of.

    Raises:
        Refused: ``canonical.too_long``, ``.too_deep``, ``.malformed``, ``.not_canonical``, or one
            of the codes of `canonical_bytes`.
    """
    check_frame(data, size_max=size_max, depth_max=depth_max)
    try:
        value: Json = _DECODER.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Refused("canonical.malformed", str(error)) from error
    if canonical_bytes(value) != data:
        raise Refused(
            "canonical.not_canonical",
            "these bytes are not the canonical encoding of their value",
            remedy="sort the keys, drop spaces, repeated keys and needless escapes (RFC 8785)",
        )
    return value


def check_frame(data: bytes, *, size_max: int = SIZE_MAX, depth_max: int = DEPTH_MAX) -> None:
    """Refuse bytes that are too long, or nested too deep, before anything decodes them."""
    if len(data) > size_max:
        raise Refused("canonical.too_long", f"{len(data)} bytes; at most {size_max}")
    if data.count(b"{") + data.count(b"[") > depth_max and depth(data) > depth_max:
        raise Refused("canonical.too_deep", f"nested deeper than {depth_max} levels")


def depth(data: bytes) -> int:
    """Deepest nesting of ``data``, brackets inside text left out."""
    deepest = level = 0
    for byte in _STRING.sub(b"", data):
        if byte in b"[{":
            level += 1
            deepest = max(deepest, level)
        elif byte in b"]}":
            level -= 1
    return deepest


def check_value(value: object) -> None:
    """Refuse what has no canonical bytes: floats, large integers, odd keys, odd text."""
    match value:
        case None | bool():
            return
        case int():
            _check_integer(value)
        case str():
            check_text(value)
        case dict():
            for key, item in value.items():
                _check_key(key)
                check_value(item)
        case list() | tuple():
            for item in value:
                check_value(item)
        case float():
            raise Refused(
                "canonical.float",
                f"{value!r} is not an integer",
                remedy="carry it as an integer of a smaller unit",
            )
        case _:
            raise Refused("canonical.type", f"{type(value).__name__} has no canonical bytes")


def check_text(text: str) -> None:
    """Refuse text that is not plain: see `cellchain.core.text`."""
    if not is_plain_text(text):
        raise Refused(
            "canonical.text",
            f"{text[:40]!a} is not plain text in Normalization Form C of Unicode 3.2",
        )


def _check_integer(value: int) -> None:
    if not -INTEGER_MAX <= value <= INTEGER_MAX:
        shown = value if value.bit_length() <= 128 else f"an integer of {value.bit_length()} bits"  # noqa: PLR2004
        raise Refused("canonical.integer_range", f"{shown} is outside ±{INTEGER_MAX}")


def _check_key(key: object) -> None:
    if not (isinstance(key, str) and key.isascii()):
        raise Refused("canonical.key", f"{ascii(key)[:40]} is not an ASCII key")
