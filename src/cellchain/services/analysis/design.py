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

from dataclasses import fields
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from cellchain.core.errors import Refused
from cellchain.science.design import cell
from cellchain.science.design.bill import MATERIALS_KG_M3
from cellchain.science.design.chemistry import Chemistry
from cellchain.science.design.life import LAWS
from cellchain.science.design.pack import Design, Setting, built
from cellchain.science.design.physics import Physics
from cellchain.science.design.search import Goal, searched
from cellchain.science.design.simulation import Use
from cellchain.services.analysis import design_spec
from cellchain.services.analysis.design_found import Designed, told
from cellchain.services.analysis.design_spec import Spec, check_known
from cellchain.services.analysis.toml_file import decoded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SHIPPED = ("lfp", "ncm811", "sodium")
"""Chemistries that come with the package."""
_ZERO_C_K = 273.15
_METRES = {"_um": 1e-6, "_mm": 1e-3}


def parse_chemistry(data: bytes) -> Chemistry:
    """Return the chemistry in a TOML file.

    Raises:
        Refused: ``design.chemistry_malformed``: it is none, or a number lacks source or range.
    """
    try:
        chemistry = decoded(data, Chemistry)
    except ValueError as error:
        raise _malformed(str(error), "give every number its value, range and source") from error
    materials = {"positive", "negative", *MATERIALS_KG_M3}
    foils = {chemistry.positive_foil, chemistry.negative_foil}
    if strange := (foils | chemistry.densities_kg_m3.keys()) - materials:
        raise _malformed(f"{min(strange)!a} is no material", f"name one of {sorted(materials)}")
    if any(one.range[0] <= 0 for one in chemistry.densities_kg_m3.values()):
        raise _malformed("a density is not above 0", "give densities in kilograms per cubic metre")
    if chemistry.life not in ("", *LAWS):
        raise _malformed(f"no law of life {chemistry.life!a}", f"name one of {', '.join(LAWS)}")
    return chemistry


def _malformed(what: str, remedy: str) -> Refused:
    return Refused("design.chemistry_malformed", f"no chemistry: {what}", remedy=remedy)


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
