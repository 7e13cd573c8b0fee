"""Readings as a chart shows them: thinned out, with their band, their units and their gaps."""

from __future__ import annotations

import msgspec


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Readings of a battery, thinned out to what a chart can show."""

    channels: tuple[str, ...]
    units: tuple[str, ...]
    """Unit of each channel, for example ``mV``; empty where it counts or names something."""
    times_ms: tuple[int, ...]
    """Ascending."""
    values: tuple[tuple[float | None, ...], ...]
    """A row per channel: the mean of each bin, ``None`` where nothing was measured."""
    low: tuple[tuple[float | None, ...], ...]
    """Least value of each bin."""
    high: tuple[tuple[float | None, ...], ...]
    """Greatest value of each bin."""
    gaps_ms: tuple[tuple[int, int], ...]
    """Spans without readings, at least ten times the usual distance."""
    readings: int
    """How many readings it stands for."""
