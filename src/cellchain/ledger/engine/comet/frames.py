"""Messages in a stream of bytes: each behind its length, an unsigned varint of protobuf.

A read holds part of a message or many messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGE_BYTES_MAX = 128 << 20
"""More than a block may have (100 MB); CometBFT itself would take 2³¹ - 1."""
_PREFIX_MAX = 10


class Frames:
    """What has come in and is not a whole message yet."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the messages that are whole with ``data``.

        Raises:
            Refused: ``comet.frame``: a length of more than ten bytes or `MESSAGE_BYTES_MAX`.
        """
        self._bytes += data
        start = 0
        while (found := _length(self._bytes, start)) is not None:
            size, body = found
            if len(self._bytes) - body < size:
                break
            yield bytes(self._bytes[body : body + size])
            start = body + size
        del self._bytes[:start]


def framed(message: bytes) -> bytes:
    """Return ``message`` behind its length."""
    return varint(len(message)) + message


def varint(number: int) -> bytes:
    """Return an unsigned number, seven bits in a byte, the lowest first."""
    out = bytearray()
    while number > 0x7F:  # noqa: PLR2004
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _length(data: bytearray, start: int) -> tuple[int, int] | None:
    """Return the length that begins at ``start`` and where its message begins; none if cut off."""
    size = 0
    for place, byte in enumerate(data[start : start + _PREFIX_MAX]):
        size |= (byte & 0x7F) << 7 * place
        if byte < 0x80:  # noqa: PLR2004
            if size > MESSAGE_BYTES_MAX:
                raise Refused("comet.frame", f"a message of {size} bytes; at most 128 MB")
            return size, start + place + 1
    if len(data) - start >= _PREFIX_MAX:
        raise Refused("comet.frame", "the length of a message has more than ten bytes")
    return None
