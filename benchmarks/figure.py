"""One figure: what was measured, the ceiling beside it, and what it is measured on."""

from __future__ import annotations

import os
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROUNDS = 9


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the report."""

    name: str
    value: float
    ceiling: float
    ratio: float
    unit: str
    goal: str = ""
    note: str = ""

    def line(self) -> str:
        """Return the figure for people."""
        head = f"{self.name:18} {self.ratio:6.3f}  ({self.goal})"
        return f"{head:44} {self.value:12.4g} to {self.ceiling:.4g} {self.unit}  {self.note}"


def interleaved(*measures: Callable[[int], float], rounds: int = ROUNDS) -> list[list[float]]:
    """Return what each measure gave in each round, the measures taking turns."""
    results: list[list[float]] = [[] for _ in measures]
    for number in range(rounds):
        for result, measure in zip(results, measures, strict=True):
            result.append(measure(number))
    return results


def median_ratio(values: Sequence[float], ceilings: Sequence[float]) -> float:
    """Return the median of the ratios of the rounds."""
    return statistics.median(v / c for v, c in zip(values, ceilings, strict=True))


def work_folder() -> Path:
    """Return a folder on a real disk; a memory file system syncs nothing.

    Raises:
        SystemExit: The current folder is on tmpfs.
    """
    folder = Path.cwd() / ".benchmarks"
    folder.mkdir(exist_ok=True)
    kinds = {}
    for line in Path("/proc/mounts").read_text().splitlines():
        _, mount, kind, *_ = line.split()
        kinds[mount] = kind
    inside = max((m for m in kinds if os.path.commonpath([m, folder]) == m), key=len)
    if kinds[inside] in ("tmpfs", "ramfs", "devtmpfs"):
        raise SystemExit(f"{folder} is on {kinds[inside]}: run from a folder on a disk")
    return folder
