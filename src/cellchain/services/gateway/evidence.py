"""Evidence of single readings, and the audit of all of them: what is kept against what is anchored.

The rows are read back from the store and packed into leaves again; a leaf whose hash is not the
one of the anchored tree gives no proof and is named by the audit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from cellchain.contracts.telemetry import anchored
from cellchain.core.errors import Corrupt, Refused
from cellchain.crypto.window import WindowTree, cut_proof, window_leaf_hashes
from cellchain.services.gateway.window import leaves_of, seal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cellchain.contracts.telemetry import Anchor, Window
    from cellchain.crypto.window import ReadingProof
    from cellchain.services.gateway.ports import KeptWindow
    from cellchain.services.gateway.rows import Rows


class KeptWindows(Protocol):
    """The windows of a home."""

    def kept(self) -> Sequence[KeptWindow]:
        """Return every window."""
        ...

    def kept_between(self, battery: str, from_ms: int, until_ms: int) -> Sequence[KeptWindow]:
        """Return the windows with readings of ``battery`` in a span of time."""
        ...

    def rows(self, window: KeptWindow) -> Rows:
        """Return the rows of a window."""
        ...

    def secret(self, subject: str) -> bytes | None:
        """Return the secret of a window; ``None`` where it was destroyed."""
        ...

    def leaf_hashes(self, subject: str) -> list[bytes]:
        """Return the leaf hashes of a window."""
        ...

    def damaged_files(self) -> list[str]:
        """Return the files whose bytes are not those that were written."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundReading:
    """A reading in the store."""

    window: KeptWindow
    position: int
    """Its place among the rows of the window, from 0."""
    sequence: int
    time_ms: int
    values: dict[str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not as it was anchored."""

    window: str
    """Subject of the window; empty where a whole file is concerned."""
    leaf: int | None
    """The first leaf that differs, where it can be told."""
    reason: str


def find_readings(
    store: KeptWindows, battery: str, *, from_ms: int, until_ms: int
) -> list[FoundReading]:
    """Return the readings of ``battery`` from ``from_ms`` to before ``until_ms``, by sequence.

    Several may share a time: the sequence is what tells them apart.
    """
    found: list[FoundReading] = []
    for window in store.kept_between(battery, from_ms, until_ms):
        rows = store.rows(window)
        at = np.flatnonzero((rows.time_ms >= from_ms) & (rows.time_ms < until_ms))
        found += [_found(window, rows, int(i)) for i in at]
    return found


def prove_reading(store: KeptWindows, found: FoundReading) -> ReadingProof:
    """Return the proof of the leaf that holds a reading.

    Raises:
        Refused: ``telemetry.erased``: the secret was destroyed.
        Corrupt: ``telemetry.leaf``: the leaf is not the one that was anchored.
    """
    subject = found.window.subject
    secret = store.secret(subject)
    if secret is None:
        raise Refused("telemetry.erased", f"the secret of {subject} was destroyed")
    rows = store.rows(found.window)
    index = found.position // rows.layout.readings_per_leaf
    leaves, hashes = leaves_of(rows), store.leaf_hashes(subject)
    differs = _first_difference(window_leaf_hashes(secret, leaves), hashes)
    if differs is not None:
        raise Corrupt("telemetry.leaf", f"leaf {differs} of {subject} is not the anchored one")
    return cut_proof(
        window=subject,
        layout=rows.layout.text,
        secret=secret,
        index=index,
        leaf=leaves[index],
        tree=WindowTree(hashes),
    )


def audit(store: KeptWindows, anchored: Callable[[str], Window | None]) -> Iterator[Finding]:
    """Yield whatever is not as it was anchored: files, windows, leaves.

    Args:
        store: The windows that are kept.
        anchored: Gives the ledger's record of a window.
    """
    for name in store.damaged_files():
        yield Finding(window="", leaf=None, reason=f"file {name} is not the one that was written")
    for window in store.kept():
        if window.file is not None:
            finding = _audit_window(store, window, anchored(window.subject))
            if finding is not None:
                yield finding


def _audit_window(store: KeptWindows, window: KeptWindow, record: Window | None) -> Finding | None:
    try:
        leaf, reason = _difference(store, window, record)
    except Corrupt as error:
        leaf, reason = None, error.text
    return Finding(window=window.subject, leaf=leaf, reason=reason) if reason else None


def _difference(
    store: KeptWindows, window: KeptWindow, record: Window | None
) -> tuple[int | None, str]:
    """The first leaf that differs, where it can be told, and in words; empty where nothing does."""
    if record is None:
        return None, "not on the ledger"
    secret = store.secret(window.subject)
    if secret is None:
        return None, "its secret is gone, its rows are not"
    rows = store.rows(window)
    built = seal(window.stream, rows, secret, expected=window.first)
    leaf = _first_difference(built.leaf_hashes, store.leaf_hashes(window.subject))
    if leaf is not None:
        return leaf, f"leaf {leaf} differs"
    if _indexed(window) != _indexed(built.anchor):
        return None, "the index says other things of it than its rows"
    again = anchored(built.anchor).evolve(None)
    names = [
        name for name in record.__struct_fields__ if getattr(again, name) != getattr(record, name)
    ]
    return None, f"other {', '.join(names)} than on the ledger" if names else ""


def _indexed(window: KeptWindow | Anchor) -> tuple[int | str, ...]:
    times = (window.start_ms, window.end_ms)
    return (window.first, window.last, window.count, *times, window.layout)


def _first_difference(built: Sequence[bytes], kept: Sequence[bytes]) -> int | None:
    pairs = enumerate(zip(built, kept, strict=False))
    differs = next((i for i, (one, other) in pairs if one != other), None)
    if differs is None and len(built) != len(kept):
        return min(len(built), len(kept))
    return differs


def _found(window: KeptWindow, rows: Rows, position: int) -> FoundReading:
    values: dict[str, int | None] = {}
    for channel, column, mask in zip(rows.layout.channels, rows.values, rows.present, strict=True):
        there = mask is None or bool(mask[position])
        values[channel.name] = int(column[position]) if there else None
    return FoundReading(
        window=window,
        position=position,
        sequence=int(rows.sequence[position]),
        time_ms=int(rows.time_ms[position]),
        values=values,
    )
