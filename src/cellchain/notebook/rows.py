"""What comes back: a sequence of rows that becomes a frame of the library at hand."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import msgspec

from cellchain.core.errors import Refused
from cellchain.notebook.card import table_card

if TYPE_CHECKING:
    from cellchain.services.gateway.series import Series

T = TypeVar("T")
SHOWN = 20
"""Rows of a card."""


def library(name: str) -> Any:
    """Return an installed library.

    Raises:
        Refused: ``notebook.library``: it is not installed; the extra that brings it.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise Refused(
            "notebook.library",
            f"{name.partition('.')[0]} is not installed",
            remedy="pip install 'cellchain[notebook]'",
        ) from error


class Rows(Sequence[T], Generic[T]):
    """Rows of one sort, in order.

    Args:
        rows: Structs or dicts.
        total: How many there are at the source, where it counts them.
        more: Whether there are more than were asked for.
    """

    def __init__(self, rows: Sequence[T], *, total: int | None = None, more: bool = False) -> None:
        self._rows = tuple(rows)
        self.total = total
        self.more = more

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Rows[T]: ...
    def __getitem__(self, place: int | slice) -> T | Rows[T]:
        """Return a row, or some of them as rows again."""
        return Rows(self._rows[place]) if isinstance(place, slice) else self._rows[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and self._rows == other._rows

    __hash__ = None  # type: ignore[assignment]  # as a list

    def __repr__(self) -> str:
        return f"<{len(self)} rows{' and more' if self.more else ''}>"

    def _repr_html_(self) -> str:
        return table_card(self.records()[:SHOWN], len(self))

    def records(self) -> list[dict[str, Any]]:
        """Return each row as a dict of plain values."""
        return [msgspec.to_builtins(row, str_keys=True) for row in self._rows]

    def df(self) -> Any:
        """Return a pandas DataFrame."""
        return library("pandas").DataFrame(self.records())

    def pl(self) -> Any:
        """Return a polars DataFrame."""
        return library("polars").DataFrame(self.records(), infer_schema_length=None)

    def arrow(self) -> Any:
        """Return a pyarrow Table."""
        return library("pyarrow").Table.from_pylist(self.records())


class Readings(Rows[dict[str, Any]]):
    """Readings of a battery: a row per bin, a column per channel with its unit at the end.

    Args:
        series: The readings with their bands, units and gaps.
    """

    def __init__(self, series: Series) -> None:
        names = [
            f"{channel}_{unit}" if unit else channel
            for channel, unit in zip(series.channels, series.units, strict=True)
        ]
        columns = zip(*series.values, strict=True)
        super().__init__(
            [
                {"time_ms": time_ms, **dict(zip(names, values, strict=True))}
                for time_ms, values in zip(series.times_ms, columns, strict=True)
            ]
        )
        self.series = series

    def plot(self) -> Any:
        """Return a matplotlib figure, a panel per channel with its band; gaps stay gaps."""
        pyplot = library("matplotlib.pyplot")
        series = self.series
        figure, panels = pyplot.subplots(len(series.channels), sharex=True, squeeze=False)
        times = [library("numpy").datetime64(at, "ms") for at in series.times_ms]
        for place, panel in enumerate(panels[:, 0]):
            where = _without_gaps(series)
            for part in where:
                panel.plot(times[part], _floats(series.values[place][part]), linewidth=1)
                low, high = _floats(series.low[place][part]), _floats(series.high[place][part])
                panel.fill_between(times[part], low, high, alpha=0.2)
            panel.set_ylabel(f"{series.channels[place]} {series.units[place]}".strip())
        return figure


def _floats(values: Sequence[float | None]) -> list[float]:
    return [float("nan") if value is None else value for value in values]


def _without_gaps(series: Series) -> list[slice]:
    """Return the parts of a series between its gaps."""
    begins = [0]
    for _, end_ms in series.gaps_ms:
        begins.append(next((i for i, at in enumerate(series.times_ms) if at >= end_ms), 0))
    marks = [*sorted({at for at in begins if at < len(series.times_ms)}), len(series.times_ms)]
    return [slice(first, end) for first, end in pairwise(marks)]
