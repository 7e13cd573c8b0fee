"""Estimates as they are told: a value, an interval that holds it, by which model, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.services.analysis.table import Table, Texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cellchain.services.analysis.table import Column, Floats


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """One for each row.

    Raises:
        Refused: ``table.lengths``: when a table is made of them and they differ in length.
    """

    estimate: Floats
    """NaN: there is no answer, and `reason` says why."""
    lower: Floats
    upper: Floats
    level: float
    """How often the interval holds the truth, 0 to 1."""
    model: Sequence[str]
    reason: Sequence[str]
    """Empty where nothing is to be said."""

    def beside(self, keys: Mapping[str, Column], more: Mapping[str, Column] | None = None) -> Table:
        """Return the table of ``keys``, these estimates, and ``more``."""
        return Table(
            {
                **keys,
                "estimate": self.estimate,
                "lo": self.lower,
                "hi": self.upper,
                "level": np.full(len(self.estimate), self.level),
                "model": Texts.of(self.model),
                "reason": Texts.of(one or None for one in self.reason),
                **(more or {}),
            }
        )
