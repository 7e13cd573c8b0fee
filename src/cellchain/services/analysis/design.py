"""Reverse design: from what a pack shall do to designs of which none is better in every respect.

In: a specification (`design_spec`) and a chemistry. Out, a row a design of the front, the best in
the first objective first: ``design``, the number of the trial; ``feasible``; what was chosen; the
figures (`science.design.figures`), those with uncertain numbers in them with ``_lo`` and ``_hi``;
``parallel``, ``capacity_ah``, ``voltage_v``, ``depth`` and more that follows; ``binding``, the
requirements within 2 % of their limit, those that a string of cells fewer would miss, or else the
nearest; ``margin``, the least; ``reason``, what is doubtful. Where nothing meets the requirements
there is one row, not feasible, that misses its worst requirement by least.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, fields
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.design import cell
from cellchain.science.design.chemistry import Chemistry
from cellchain.science.design.figures import FIGURES, binding
from cellchain.science.design.front import (
    Miss,
    Trial,
    feasible,
    front,
    least_margin,
    misses,
    nearest,
)
from cellchain.science.design.pack import Design, Setting, built
from cellchain.science.design.physics import Physics, Use
from cellchain.science.design.search import Goal, searched
from cellchain.services.analysis import design_spec
from cellchain.services.analysis.design_spec import Spec, check_known
from cellchain.services.analysis.table import Table, Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SHIPPED = ("lfp", "ncm811", "sodium")
"""Chemistries that come with the package."""
_ZERO_C_K = 273.15
_METRES = {"_um": 1e-6, "_mm": 1e-3}
_AT_BOUND = 0.01
"""Of its range: so near to an end of it a variable is at that end."""


@dataclass(frozen=True, slots=True)
class Designed:
    """What a search found."""

    table: Table
    trials: int
    failures: dict[str, int]
    """How many trials failed, by reason."""
    feasible: int
    misses: list[Miss]
    """Requirements that no design met, each by itself."""
    bound: dict[str, int]
    """How many designs of the front each requirement binds."""

    def sentences(self) -> list[str]:
        """Return what it says, to be read."""
        return list(_sentences(self))


def parse_chemistry(data: bytes) -> Chemistry:
    """Return the chemistry in a TOML file.

    Raises:
        Refused: ``design.chemistry_malformed``: it is none, or a number lacks source or range.
    """
    try:
        return msgspec.toml.decode(data, type=Chemistry)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Refused(
            "design.chemistry_malformed",
            f"no chemistry: {error}",
            remedy="give every number its value, range and source",
        ) from error


def shipped_chemistry(name: str) -> Chemistry:
    """Return a chemistry that comes with the package.

    Raises:
        Refused: ``design.unknown_chemistry``.
    """
    if name not in SHIPPED:
        raise Refused(
            "design.unknown_chemistry",
            f"no chemistry {name!a} ships",
            remedy=f"name one of {', '.join(SHIPPED)}, or a file of your own that ends in .toml",
        )
    return parse_chemistry(
        files(f"{__package__}.chemistries").joinpath(f"{name}.toml").read_bytes()
    )


def designed(
    spec: Spec,
    chemistry: Chemistry,
    *,
    going_on: Callable[[], bool] = lambda: True,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Designed:
    """Return the designs that answer a specification.

    Args:
        spec: What is asked for; its limit of time is for ``going_on`` to keep.
        chemistry: Of the cells.
        going_on: Asked before each trial; the search ends where it is false.
        progress: Told how many trials are done, and of how many.

    Raises:
        Refused: ``design.…``; ``design.nothing_solved``: every trial failed.
    """
    check_known(spec, chemistry)
    physics = Physics(chemistry)
    setting = _setting(spec, chemistry)

    def tried(variables: Mapping[str, float]) -> tuple[dict[str, float], str]:
        done = built(_design(spec, variables, physics), setting, physics)
        return done.figures | done.told, "; ".join(done.doubts)

    trials = searched(
        spec.ranges(),
        Goal(requirements=spec.requirements, objectives=spec.best),
        tried,
        trials=spec.search.trials,
        seed=spec.search.seed,
        going_on=going_on,
        progress=progress,
    )
    return told(spec, trials)


def told(spec: Spec, trials: Sequence[Trial]) -> Designed:
    """Return what trials say.

    Raises:
        Refused: ``design.nothing_solved``: every trial failed, or there was time for none.
    """
    failures = Counter(_kind(one.reason) for one in trials if not one.figures)
    if len(trials) == failures.total():
        said = "; ".join(f"{count} × {reason}" for reason, count in failures.most_common())
        raise Refused(
            "design.nothing_solved",
            f"none of {len(trials)} trials was solved: {said or 'there was no time'}",
            remedy="widen the ranges",
        )
    met = feasible(trials, spec.requirements)
    best = front(met, spec.best) or [nearest(trials, spec.requirements)]
    ascending = -1.0 if FIGURES[spec.best[0]].more_is_better else 1.0
    best.sort(key=lambda one: ascending * one.figures[spec.best[0]])
    bounds = [
        binding(one.figures, spec.requirements, whole_strings=spec.pack.parallel is None)
        for one in best
    ]
    return Designed(
        table=_table(spec, best, bounds, met=bool(met)),
        trials=len(trials),
        failures=dict(failures.most_common()),
        feasible=len(met),
        misses=misses(trials, spec.requirements),
        bound=dict(Counter(name for names in bounds for name in names).most_common()),
    )


def _setting(spec: Spec, chemistry: Chemistry) -> Setting:
    return Setting(
        chemistry=chemistry,
        foils=cell.Foils(
            positive_m=spec.electrodes.positive_foil_um * 1e-6,
            negative_m=spec.electrodes.negative_foil_um * 1e-6,
        ),
        case_kg_m3=spec.cell.case_kg_m3,
        cycles_per_day=spec.use.cycles_per_day,
        end_of_life=spec.use.end_of_life,
        volume_share=spec.pack.volume_share,
        mass_share=spec.pack.mass_share,
        prices=spec.prices,
        footprints=spec.footprints,
        requirements=spec.requirements,
    )


def _design(spec: Spec, variables: Mapping[str, float], physics: Physics) -> Design:
    si = {**physics.of_set(), **dict(_in_si(name, one) for name, one in variables.items())}
    form = cell.Cylinder if isinstance(spec.cell, design_spec.Cylinder) else cell.Stack
    parallel = variables.get("parallel")
    return Design(
        electrodes=_filled(cell.Electrodes, si),
        format=_filled(form, si),
        use=_filled(Use, si | {"temperature_k": spec.use.temperature_c + _ZERO_C_K}),
        series=int(variables["series"]),
        parallel=None if parallel is None else int(parallel),
    )


def _filled(form: type[Any], values: Mapping[str, float]) -> Any:
    return form(**{field.name: values[field.name] for field in fields(form)})


def _in_si(name: str, value: float) -> tuple[str, float]:
    unit = name[-3:]
    return (name[:-3] + "_m", value * _METRES[unit]) if unit in _METRES else (name, value)


def _table(
    spec: Spec, best: Sequence[Trial], bounds: Sequence[tuple[str, ...]], *, met: bool
) -> Table:
    ranges = {name: one for name, one in spec.ranges().items() if one.low < one.high}
    least = [least_margin(one, spec.requirements) for one in best]
    numbers = {name: np.array([one.variables[name] for one in best]) for name in ranges}
    figures = {name: np.array([one.figures[name] for one in best]) for name in best[0].figures}
    reasons = ["; ".join(filter(None, (one.reason, *_ends(one, ranges)))) or None for one in best]
    return Table(
        {
            "design": np.array([float(one.number) for one in best]),
            "feasible": np.full(len(best), float(met)),
            **numbers,
            **figures,
            "binding": Texts.of(map(" & ".join, bounds)),
            "margin": np.array(least),
            "reason": Texts.of(reasons),
        }
    )


def _ends(trial: Trial, ranges: Mapping[str, Any]) -> list[str]:
    """Return which variables a wider range might have moved further."""
    said = []
    for name, one in ranges.items():
        place = (trial.variables[name] - one.low) / (one.high - one.low)
        if not _AT_BOUND < place < 1 - _AT_BOUND:
            said.append(f"{name} at the {'lower' if place < 1 / 2 else 'upper'} end of its range")
    return said


def _kind(reason: str) -> str:
    """Return a reason without its numbers, so that like failures count together."""
    return re.sub(r"-?\d+(\.\d+)?(e[+-]?\d+)?", "…", reason.partition(":")[0])


def _sentences(found: Designed) -> Any:
    failed = sum(found.failures.values())
    told = ", ".join(f"{count} × {reason}" for reason, count in found.failures.items())
    yield (
        f"{found.trials} trials: {found.feasible} meet the requirements"
        + (f", {failed} failed ({told})" if failed else "")
    )
    if found.feasible:
        bound = ", ".join(f"{name} in {count}" for name, count in found.bound.items())
        yield f"{found.table.rows} of them none is better than; what binds: {bound}"
        return
    for miss in found.misses:
        yield (
            f"{miss.name} is out of reach: {miss.best:.4g} at best, {miss.limit:g} required"
            f" ({miss.shortfall:.0%} short)"
        )
    if not found.misses:
        yield "each requirement is met by some design, and no design meets all of them together"
    yield "the design that misses its worst requirement by least is told"
