"""Readings as bytes: what a leaf of an anchored telemetry window holds, decoded by anybody.

    layout  = the channels in order, canonical JSON; its SHA-256 names it on the ledger
    reading = sequence u64 | time_ms i64 | presence u32 … | values i32 or i64 …      little-endian
    leaf    = the most readings that fit 4096 bytes, at least one, one after the other

Every channel counts whole smallest units (mV, mA, mK, ppm), so that the same bytes are built again
from any store that keeps integers. Bit ``i`` of the presence words (bit 0 is the lowest of the
first word) says whether channel ``i`` was measured; where it was not, its value is zero. One
reading has one encoding: the decoder refuses every other.
"""

from __future__ import annotations

import hashlib
import re
import struct
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import msgspec

from cellchain.core.canonical import decode
from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LEAF_BYTES = 4096
"""A leaf is not larger, unless a single reading is."""
CHANNELS_MAX = 512
RESERVED_NAMES = frozenset({"device", "boot", "sequence", "time_ms"})
"""What a reading carries besides its channels."""

_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_NAME_CHARACTERS_MAX = 64
_UNIT = re.compile(r"[A-Za-z0-9%/ ]{1,16}")
_WORD_BITS = 32
_FORMATS = {4: "i", 8: "q"}


class Channel(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One measured quantity, counted in whole ``unit``."""

    name: str
    """Lower-case words joined by ``_``, the unit last: ``cell_voltage_12_mv``."""
    unit: str
    """The smallest unit, as `cellchain.core.quantities.UNITS` spells it; ``1`` for a code."""
    width_bytes: Literal[4, 8] = 4


class Layout(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="cellchain.layout/1",
):
    """The channels of a window, in the order of their values."""

    channels: tuple[Channel, ...]

    @property
    def text(self) -> bytes:
        """Canonical JSON: what travels in a proof."""
        return _layout_text(self)

    @property
    def digest(self) -> str:
        """SHA-256 of `text` in hexadecimal: what the ledger names."""
        return hashlib.sha256(self.text).hexdigest()

    @property
    def presence_words(self) -> int:
        """Number of 32-bit words with the presence bits."""
        return -(-len(self.channels) // _WORD_BITS)

    @property
    def reading_bytes(self) -> int:
        """Bytes of one reading."""
        return _codec(self).size

    @property
    def readings_per_leaf(self) -> int:
        """How many readings every leaf but the last of a window holds."""
        return max(1, LEAF_BYTES // self.reading_bytes)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a device measured at one moment."""

    sequence: int
    """Position in its stream, from 1: the identity of the reading. Time is not; it may repeat."""
    time_ms: int
    values: tuple[int | None, ...]
    """By channel of the layout; ``None`` where nothing was measured."""


def make_layout(channels: Iterable[Channel]) -> Layout:
    """Return the layout of ``channels``.

    Raises:
        Refused: ``reading.layout``: none or too many channels, a name or unit that is not one, a
            name twice.
    """
    layout = Layout(channels=tuple(channels))
    if not 1 <= len(layout.channels) <= CHANNELS_MAX:
        raise Refused("reading.layout", f"{len(layout.channels)} channels; 1 to {CHANNELS_MAX}")
    seen = set(RESERVED_NAMES)
    for channel in layout.channels:
        _check_channel(channel, seen)
        seen.add(channel.name)
    return layout


def parse_layout(text: bytes) -> Layout:
    """Return the layout that ``text`` is the canonical encoding of.

    Raises:
        Refused: ``canonical.…``, ``reading.layout``.
    """
    try:
        layout = msgspec.convert(decode(text), Layout)
    except msgspec.ValidationError as error:
        raise Refused("reading.layout", f"this is not a layout: {error}") from error
    if layout.text != text:  # a default that is written out
        raise Refused("reading.layout", "this layout has a shorter encoding")
    return make_layout(layout.channels)


def encode_leaf(layout: Layout, readings: Iterable[Reading]) -> bytes:
    """Return ``readings`` as bytes, one after the other.

    Raises:
        Refused: ``reading.width``: a value, sequence or time does not fit its field.
    """
    return b"".join(_encode(layout, reading) for reading in readings)


def decode_leaf(layout: Layout, leaf: bytes) -> tuple[Reading, ...]:
    """Return the readings of ``leaf``, in the order of their sequence.

    Raises:
        Refused: ``reading.length``: no whole number of readings, none, or more than a leaf holds;
            ``reading.not_canonical``: presence of a channel that is not there, a value where
            nothing was measured; ``reading.order``.
    """
    size = layout.reading_bytes
    if not leaf or len(leaf) % size or len(leaf) > size * layout.readings_per_leaf:
        raise Refused(
            "reading.length",
            f"{len(leaf)} bytes are not 1 to {layout.readings_per_leaf} readings of {size} bytes",
        )
    readings = tuple(_decode(layout, fields) for fields in _codec(layout).iter_unpack(leaf))
    if any(left.sequence >= right.sequence for left, right in pairwise(readings)):
        raise Refused("reading.order", "the sequences of a leaf do not rise")
    return readings


def _encode(layout: Layout, reading: Reading) -> bytes:
    if len(reading.values) != len(layout.channels):
        raise Refused(
            "reading.width",
            f"{len(reading.values)} values for {len(layout.channels)} channels",
        )
    bits = sum(1 << i for i, value in enumerate(reading.values) if value is not None)
    words = [bits >> shift & 0xFFFFFFFF for shift in _shifts(layout)]
    values = [value or 0 for value in reading.values]
    try:
        return _codec(layout).pack(reading.sequence, reading.time_ms, *words, *values)
    except struct.error as error:
        raise Refused("reading.width", f"reading {reading.sequence}: {error}") from error


def _decode(layout: Layout, fields: Sequence[int]) -> Reading:
    sequence, time_ms, *rest = fields
    words = rest[: layout.presence_words]
    stored = rest[layout.presence_words :]
    bits = sum(word << shift for word, shift in zip(words, _shifts(layout), strict=True))
    values = tuple(value if bits >> i & 1 else None for i, value in enumerate(stored))
    hidden = any(value and not bits >> i & 1 for i, value in enumerate(stored))
    if bits >> len(stored) or hidden:
        raise Refused("reading.not_canonical", f"reading {sequence} holds what it says is absent")
    return Reading(sequence=sequence, time_ms=time_ms, values=values)


def _shifts(layout: Layout) -> range:
    return range(0, layout.presence_words * _WORD_BITS, _WORD_BITS)


def _check_channel(channel: Channel, seen: set[str]) -> None:
    name = channel.name
    if len(name) > _NAME_CHARACTERS_MAX or not _NAME.fullmatch(name) or name in seen:
        raise Refused(
            "reading.layout",
            f"{ascii(name)[:80]} names no channel, or another thing already",
            remedy="lower-case words and digits joined by _, 1 to 64, each name once",
        )
    if not _UNIT.fullmatch(channel.unit):
        raise Refused("reading.layout", f"{ascii(channel.unit)[:40]} is not a unit")


@lru_cache(maxsize=64)
def _codec(layout: Layout) -> struct.Struct:
    values = "".join(_FORMATS[channel.width_bytes] for channel in layout.channels)
    return struct.Struct(f"<Qq{layout.presence_words}I{values}")


@lru_cache(maxsize=64)
def _layout_text(layout: Layout) -> bytes:
    return msgspec.json.encode(layout, order="sorted")
