"""Readings by the thousand: one array per channel, and the same bytes as the leaf codec.

`packed` lays them out as `cellchain.core.readings` describes, `unpacked` reads them back; both are
held against that codec by tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.core.readings import Layout

Integers: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rows:
    """Readings of one layout, in the order of their sequence."""

    layout: Layout
    sequence: Integers
    time_ms: Integers
    values: tuple[NDArray[Any], ...]
    """By channel, int32 or int64 as its width says; zero where nothing was measured."""
    present: tuple[Mask | None, ...]
    """By channel, where something was measured; ``None``: everywhere."""

    def __len__(self) -> int:
        return len(self.sequence)

    def column(self, channel: int) -> list[int | None]:
        """Return the values of a channel, ``None`` where nothing was measured."""
        values: list[int | None] = self.values[channel].tolist()
        mask = self.present[channel]
        if mask is None:
            return values
        return [v if there else None for v, there in zip(values, mask.tolist(), strict=True)]

    def part(self, which: slice | Mask) -> Rows:
        """Return some of the rows."""
        return Rows(
            layout=self.layout,
            sequence=self.sequence[which],
            time_ms=self.time_ms[which],
            values=tuple(column[which] for column in self.values),
            present=tuple(None if mask is None else mask[which] for mask in self.present),
        )


def joined(parts: Sequence[Rows]) -> Rows:
    """Return the rows of ``parts``, one after the other."""
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    channels = range(len(first.values))
    return Rows(
        layout=first.layout,
        sequence=np.concatenate([part.sequence for part in parts]),
        time_ms=np.concatenate([part.time_ms for part in parts]),
        values=tuple(np.concatenate([part.values[i] for part in parts]) for i in channels),
        present=tuple(_joined_masks(parts, i) for i in channels),
    )


def packed(rows: Rows) -> bytes:
    """Return the rows as bytes, ready to be split into leaves."""
    table = np.zeros(len(rows), dtype=row_type(rows.layout))
    table["sequence"] = rows.sequence
    table["time_ms"] = rows.time_ms
    table["presence"] = _presence_words(rows)
    for i, column in enumerate(rows.values):
        table[f"v{i}"] = column
    return table.tobytes()


def unpacked(layout: Layout, data: bytes) -> Rows:
    """Return the rows that ``data`` packs.

    Raises:
        Refused: ``reading.length``, ``reading.order``, ``reading.width``,
            ``reading.not_canonical``.
    """
    if not data or len(data) % layout.reading_bytes:
        raise Refused("reading.length", f"{len(data)} bytes are no whole number of readings")
    table = np.frombuffer(data, dtype=row_type(layout))
    if np.any(table["sequence"] >= 1 << 63):
        raise Refused("reading.width", "a sequence is beyond 63 bits")
    sequence = table["sequence"].astype(np.int64)
    if np.any(np.diff(sequence) <= 0):
        raise Refused("reading.order", "the sequences do not rise")
    present = _presence_masks(layout, table["presence"])
    rows = Rows(
        layout=layout,
        sequence=sequence,
        time_ms=table["time_ms"].astype(np.int64),
        values=tuple(table[f"v{i}"].copy() for i in range(len(layout.channels))),
        present=tuple(None if mask.all() else mask for mask in present),
    )
    if packed(rows) != data or _hidden(rows):
        raise Refused("reading.not_canonical", "the bytes hold what they say is absent")
    return rows


def extremes(rows: Rows) -> list[tuple[int, int] | None]:
    """Return the least and greatest value by channel, ``None`` where nothing was measured."""
    result: list[tuple[int, int] | None] = []
    for column, mask in zip(rows.values, rows.present, strict=True):
        seen = column if mask is None else column[mask]
        result.append((int(seen.min()), int(seen.max())) if len(seen) else None)
    return result


def row_type(layout: Layout) -> np.dtype[np.void]:
    """Return the numpy type of one packed reading."""
    return np.dtype(
        [
            ("sequence", "<u8"),
            ("time_ms", "<i8"),
            ("presence", "<u4", (layout.presence_words,)),
            *((f"v{i}", f"<i{c.width_bytes}") for i, c in enumerate(layout.channels)),
        ]
    )


def _presence_words(rows: Rows) -> NDArray[np.uint32]:
    full = (1 << len(rows.present)) - 1
    words = rows.layout.presence_words
    whole = np.array([full >> 32 * i & 0xFFFFFFFF for i in range(words)], dtype=np.uint32)
    table = np.tile(whole, (len(rows), 1))
    for i, mask in enumerate(rows.present):
        if mask is not None:
            table[~mask, i // 32] &= np.uint32(0xFFFFFFFF ^ 1 << i % 32)
    return table


def _presence_masks(layout: Layout, words: NDArray[np.uint32]) -> list[Mask]:
    channels = range(len(layout.channels))
    return [(words[:, i // 32] >> np.uint32(i % 32)) & 1 == 1 for i in channels]


def _joined_masks(parts: Sequence[Rows], channel: int) -> Mask | None:
    if all(part.present[channel] is None for part in parts):
        return None
    return np.concatenate([_mask(part, channel) for part in parts])


def _mask(part: Rows, channel: int) -> Mask:
    mask = part.present[channel]
    return np.ones(len(part), dtype=np.bool_) if mask is None else mask


def _hidden(rows: Rows) -> bool:
    columns = zip(rows.values, rows.present, strict=True)
    return any(mask is not None and bool(column[~mask].any()) for column, mask in columns)
