r"""The charts of many variables put together: one joint rate of false alarms.

`fit` learns from fault-free rows what is usual and how far it goes; `watch` says of each later
sample whether it goes further, on which chart, and by which variables.

Charts: principal components of single rows and of lagged rows (T² and SPE each), canonical
variates (T² of states and of residuals).

Limits are set on rows that the model has not seen. The rows are cut into consecutive blocks; each
is scored by a model of the *other* blocks, since a model scores its own rows too low. For each
chart a distribution g χ²(h) of the mean and variance of these scores gives the proportions between
limits (Box, Annals of Mathematical Statistics 25 (1954) 290, quantile 0.999), and one factor for
all charts sets the height: at most m of the n rows alarm on any chart, where m is the largest
number with

$$ P(B \le m) \le 1 - c, \qquad B \sim \mathrm{Binomial}(n, r), $$

so that the joint rate of alarms is below r with confidence c (Wilks, Annals of Mathematical
Statistics 12 (1941) 91). With fewer rows than that takes, none of them alarms, and the confidence
is what is left: `Limits.confidence`. Later rows meet a model of all blocks, which knows a little
more than those that the limits come from.

Rows that resemble their neighbours are worth fewer than they are. On simulated runs of 500 rows of
20 variables the rate on a new run stayed below 1 % in 15 of 16 where hidden states were correlated
by 0.5 from row to row, in 10 of 16 at 0.9, in 3 of 16 at 0.98: a fault-free run must be many times
longer than the memory of the process. Refit when the process is changed on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import refuse_unless
from cellchain.science.control.canonical import canonical
from cellchain.science.control.checked import table, varying, within
from cellchain.science.control.limits import Limits, Model
from cellchain.science.control.principal import principal
from cellchain.science.control.quadratic import Form, summed
from cellchain.science.control.quantiles import special

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cellchain.science.control.shewhart import Flags
    from cellchain.science.portable import Floats

_SHAPE_QUANTILE = 0.999
"""At which the charts are balanced; the joint factor then moves all of them."""
_FREEDOM_MAX = 1e6
"""Of a χ² so narrow that more makes no difference."""
_LAGS_MAX = 20
_LEAST = 1e-12
"""Scores below are rounding: of variables that follow each other to a millionth of their spread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What charts to keep, and how seldom they may alarm together."""

    variance: float = 0.8
    """Share kept in the principal components."""
    lags: int = 2
    """Earlier rows that the dynamic charts see; rows in the past of the canonical variates; 0:
    principal components of single rows alone."""
    rate: float = 0.01
    """Of fault-free samples that may alarm, all charts together."""
    confidence: float = 0.95
    """That the rate is no higher."""
    blocks: int = 5
    """Into which the fault-free run is cut."""

    def __post_init__(self) -> None:
        within("variance", self.variance, 0.0, 1.0)
        within("lags", self.lags, -1, _LAGS_MAX + 1)
        within("rate", self.rate, 0.0, 1.0)
        within("confidence", self.confidence, 0.0, 1.0)
        within("blocks", self.blocks, 1, 1001)


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """What the charts say of each sample; n samples, v variables."""

    alarm: Flags
    """Whether any chart is beyond its limit, shape (n,)."""
    chart: list[str]
    """The chart with the largest score ÷ limit."""
    score: Floats
    """On that chart, shape (n,), dimensionless; NaN of a sample that lacks a value."""
    limit: Floats
    """Of that chart, shape (n,)."""
    contributions: Floats
    """Of each variable to that score, shape (n, v), at least 0; each row adds up to the score."""
    silent: Flags
    """Which charts lack the sample or its past, shape (n, charts), in the order of the model."""


def fit(*runs: Floats, plan: Plan | None = None) -> Limits:
    """Return the model of fault-free runs and the limits of its charts.

    Args:
        runs: A row each sample, in order of time, without a gap inside, shapes (n, v), v at
            least 2; one long run is enough.
        plan: What charts, and how seldom they may alarm.

    Raises:
        Refused: ``control.few_rows``, ``control.variables``, ``control.constant``,
            ``control.shape`` or ``control.not_finite``.
    """
    plan = plan or Plan()
    scores = unseen_scores(*runs, plan=plan)
    model = _model(_stretches(*_joined(runs)), plan)
    allowed, confidence = _allowed(len(scores), plan)
    return Limits(model, _joint(scores, allowed), plan.rate, confidence)


def unseen_scores(*runs: Floats, plan: Plan) -> Floats:
    """Return the score of each row by a model of the other blocks, shape (n, charts).

    A chart that lacks the past of a row, at the start of a block, scores 0.
    """
    rows, moments = _joined(runs)
    refuse_unless(
        len(rows) >= 2 * plan.blocks,
        "control.few_rows",
        f"{len(rows)} rows to cut into {plan.blocks} blocks",
        remedy="give more fault-free rows",
    )
    found = []
    for block in np.array_split(np.arange(len(rows)), plan.blocks):
        others = np.delete(np.arange(len(rows)), block)
        model = _model(_stretches(rows[others], moments[others]), plan)
        found += [model.scores(part) for part in _stretches(rows[block], moments[block])]
    return np.nan_to_num(np.vstack(found), nan=0.0)


def watch(limits: Limits, samples: Floats) -> Watched:
    """Return what the charts say of each sample, from that sample and those before.

    At the first samples, which have no past, only the charts of single rows speak; so they do
    where the past lacks a value. All others have the bits that they have without such gaps.

    Args:
        limits: Of `fit`.
        samples: A row each sample, in order of time, shape (n, v); n may be 0; NaN where a value
            is missing.

    Raises:
        Refused: ``control.variables``: other than the model's; and as `checked.table`.
    """
    rows = table(samples, least=0, gaps=True)
    expected = len(limits.model.mean)
    refuse_unless(
        rows.shape[1] == expected,
        "control.variables",
        f"samples of {rows.shape[1]} variables, limits of {expected}",
        remedy="give the variables that the limits were fitted to, in their order",
    )
    parts = np.stack(limits.model.contributions(rows))
    scores = np.column_stack([summed(part) for part in parts])
    largest = np.argmax(np.nan_to_num(scores / limits.limits, nan=-1.0), axis=1)
    each = np.arange(len(rows))
    score, limit = scores[each, largest], limits.limits[largest]
    return Watched(
        alarm=score > limit,
        chart=[limits.model.forms[place].name for place in largest.tolist()],
        score=score,
        limit=limit,
        contributions=parts[largest, each],
        silent=np.isnan(scores),
    )


def _joined(runs: Sequence[Floats]) -> tuple[Floats, NDArray[np.int64]]:
    """Return the rows of all runs and the moment of each, with a gap between runs."""
    tables = [table(run) for run in runs]
    widths = {found.shape[1] for found in tables}
    refuse_unless(
        len(widths) == 1,
        "control.variables",
        f"fault-free runs of {sorted(widths)} variables",
        remedy="give at least one run, and the same variables in each",
    )
    refuse_unless(
        min(widths) > 1,
        "control.shape",
        "one variable where at least 2 are needed",
        remedy="use a chart of one quantity: `quality chart`",
    )
    counts = [len(found) for found in tables]
    return np.vstack(tables), np.arange(sum(counts)) + np.repeat(np.arange(len(counts)), counts)


def _stretches(rows: Floats, moments: NDArray[np.int64]) -> list[Floats]:
    """Return rows cut where a moment does not follow the one before."""
    return np.split(rows, np.flatnonzero(np.diff(moments) > 1) + 1)


def _model(stretches: Sequence[Floats], plan: Plan) -> Model:
    rows = np.vstack(stretches)
    mean, deviation = rows.mean(axis=0), varying(rows)
    usual = [(stretch - mean) / deviation for stretch in stretches]
    forms: list[Form] = [*principal(usual, variance=plan.variance)]
    if plan.lags:
        forms += principal(usual, variance=plan.variance, lags=plan.lags, prefix="dynamic")
        forms += canonical(usual, length=plan.lags)
    return Model(mean, deviation, tuple(forms))


def _allowed(count: int, plan: Plan) -> tuple[int, float]:
    """Return how many of ``count`` unseen rows may alarm, and the confidence that this gives."""
    at_most = special().bdtr(np.arange(int(count * plan.rate) + 1), count, plan.rate)
    allowed = max(int(np.count_nonzero(at_most <= 1.0 - plan.confidence)) - 1, 0)
    return allowed, 1.0 - float(at_most[allowed])


def _joint(scores: Floats, allowed: int) -> Floats:
    """Return limits, shape (charts,), that at most ``allowed`` of the rows of scores go beyond."""
    beyond_rounding = np.maximum(scores, _LEAST)
    mean, variance = beyond_rounding.mean(axis=0), beyond_rounding.var(axis=0)
    freedom = np.minimum(2.0 * mean * mean / np.maximum(variance, _LEAST**3), _FREEDOM_MAX)
    shape = mean / freedom * special().chdtri(freedom, 1.0 - _SHAPE_QUANTILE)
    ratios = np.sort((beyond_rounding / shape).max(axis=1))[::-1]
    # The last factor keeps the row that sets the limit within it, whatever is rounded.
    found: Floats = shape * (ratios[allowed] * (1.0 + 1e-12))
    return found
