"""What is usual and how far it may go: a frozen value that a file can keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.core.errors import Refused, refuse_unless
from cellchain.science.control.checked import series, table, varies
from cellchain.science.control.quadratic import Form, summed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cellchain.science.portable import Floats

VERSION = 1
"""Of the plain form of `Limits`; another number is another meaning."""
ROOT_MAX, LIMIT_MIN = 1e12, 1e-30
"""Of limits in a file: with these a score, and a score over its limit, are numbers still."""
WHY_MAX = 300


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """What is usual: centre and spread of each variable, and the charts."""

    mean: Floats
    """Shape (v,), each in the unit of its variable."""
    deviation: Floats
    """Standard deviation, as the mean, above 0."""
    forms: tuple[Form, ...]
    """The first of single rows, so that each sample has a score."""

    def contributions(self, samples: Floats) -> list[Floats]:
        """Return each chart's contributions, shape (n, v) each; NaN where the past is missing."""
        standardised = (samples - self.mean) / self.deviation
        return [form.contributions(standardised) for form in self.forms]

    def scores(self, samples: Floats) -> Floats:
        """Return the score of each sample on each chart, shape (n, charts)."""
        return np.column_stack([summed(parts) for parts in self.contributions(samples)])


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """A model and how far the scores of its charts may go."""

    model: Model
    limits: Floats
    """Shape (charts,)."""
    rate: float
    """Of fault-free samples that may alarm, all charts together."""
    confidence: float
    """That the rate is no higher, were the rows independent."""

    def plain(self) -> dict[str, Any]:
        """Return the value as numbers, strings and lists, for a file."""
        return {
            "version": VERSION,
            "rate": self.rate,
            "confidence": self.confidence,
            "mean": self.model.mean.tolist(),
            "deviation": self.model.deviation.tolist(),
            "charts": [
                {"name": form.name, "lags": form.lags, "root": form.root.tolist(), "limit": limit}
                for form, limit in zip(self.model.forms, self.limits.tolist(), strict=True)
            ],
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Limits:
        """Return the value of a `plain` form, to the last bit.

        Raises:
            Refused: ``control.limits_version`` or ``control.limits_form``.
        """
        refuse_unless(
            plain.get("version") == VERSION,
            "control.limits_version",
            f"limits of another version than {VERSION}",
            remedy="fit again",
        )
        try:
            return _from_plain(plain)
        except (Refused, LookupError, TypeError, ValueError, OverflowError) as error:
            raise Refused(
                "control.limits_form",
                f"limits that cannot be: {error!r:.{WHY_MAX}}",
                remedy="fit again",
            ) from None


def _from_plain(plain: Mapping[str, Any]) -> Limits:
    mean, deviation = series(plain["mean"]), series(plain["deviation"])
    charts = plain["charts"]
    forms = tuple(
        Form(str(chart["name"]), int(chart["lags"]), table(chart["root"])) for chart in charts
    )
    allowed = series(np.array([chart["limit"] for chart in charts]))
    if not (
        len(mean) == len(deviation)
        and forms[0].lags == 0
        and all(form.lags >= 0 for form in forms)
        and all(form.root.shape == ((form.lags + 1) * len(mean),) * 2 for form in forms)
        and all(np.abs(form.root).max() <= ROOT_MAX for form in forms)
        and varies(deviation, mean).all()
        and allowed.min() >= LIMIT_MIN
    ):
        raise ValueError("shapes or signs that clash")
    rate, confidence = float(plain["rate"]), float(plain["confidence"])
    if not (0.0 < rate < 1.0 and 0.0 <= confidence <= 1.0):
        raise ValueError(f"a rate of {rate:g} with a confidence of {confidence:g}")
    return Limits(Model(mean, deviation, forms), allowed, rate, confidence)
