"""Trials of designs, each chosen by what those before have shown.

Source: Akiba et al., Optuna, KDD 2019; Ozaki et al., Multiobjective tree-structured Parzen
estimator, J. Artificial Intelligence Research 73 (2022) 1209. One seed, one course of trials.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cellchain.science.design.cell import Failed
from cellchain.science.design.figures import FIGURES, margins
from cellchain.science.design.front import Trial
from cellchain.science.extra import extra_part

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_FAR = 1e6
"""How far from feasible a design counts that failed."""


@dataclass(frozen=True, slots=True)
class Range:
    """Where a variable may be; a single value is given, not searched."""

    low: float
    high: float
    whole: bool = False
    """Only whole numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What is to be met, and what to be best in."""

    requirements: Mapping[str, float]
    objectives: Sequence[str]


def searched(
    ranges: Mapping[str, Range],
    goal: Goal,
    tried: Callable[[Mapping[str, float]], tuple[Mapping[str, float], str]],
    *,
    trials: int,
    seed: int,
    going_on: Callable[[], bool] = lambda: True,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[Trial]:
    """Return the trials, in order.

    Args:
        ranges: By variable.
        goal: Requirements steer the search; nothing is dropped for missing one.
        tried: From variables to figures, and what is doubtful of them; raises `Failed`.
        trials: At most so many.
        seed: Of the search, 0 or more.
        going_on: Asked before each trial; the search ends where it is false.
        progress: Told how many trials are done, and of how many.

    Raises:
        Refused: ``design.no_optuna``: it cannot be loaded.
    """
    optuna = extra_part("optuna", "design.no_optuna", extra="twin")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        directions=[
            "maximize" if FIGURES[name].more_is_better else "minimize" for name in goal.objectives
        ],
        sampler=optuna.samplers.TPESampler(seed=seed),
    )
    done: list[Trial] = []
    while len(done) < trials and going_on():
        asked = study.ask()
        variables = {name: _chosen(asked, name, one) for name, one in ranges.items()}
        try:
            figures, doubt = tried(variables)
        except Failed as failed:
            done.append(Trial(asked.number, variables, {}, str(failed)))
            for name in goal.requirements:
                asked.set_constraint(name, _FAR)
            study.tell(asked, state=optuna.trial.TrialState.PRUNED)
        else:
            done.append(Trial(asked.number, variables, figures, doubt))
            for name, margin in margins(figures, goal.requirements).items():
                asked.set_constraint(name, -margin)
            study.tell(asked, [figures[name] for name in goal.objectives])
        progress(len(done), trials)
    return done


def _chosen(asked: Any, name: str, one: Range) -> float:
    if one.low == one.high:
        return one.low
    if one.whole:
        return float(asked.suggest_int(name, int(one.low), int(one.high)))
    return float(asked.suggest_float(name, one.low, one.high))
