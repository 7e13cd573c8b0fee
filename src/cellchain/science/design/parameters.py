"""The parameters of a chemistry: a set of PyBaMM, with numbers and curves of one's own in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from types import ModuleType

    from cellchain.science.design.chemistry import Chemistry, Curve

FILLING = "Initial concentration in {} electrode [mol.m-3]"
LARGEST = "Maximum concentration in {} electrode [mol.m-3]"
SOLID = "{} electrode active material volume fraction"
_NEEDED = (
    "Separator thickness [m]",
    "Separator porosity",
    *(
        name.format(side)
        for side in ("Positive", "Negative")
        for name in ("{} electrode thickness [m]", "{} electrode porosity", SOLID)
    ),
    *(name.format(side) for side in ("positive", "negative") for name in (LARGEST, FILLING)),
)
"""What a parameter set must say in numbers."""
_SHARES = ("porosity", "fraction")
_SIZES = ("thickness [m]", "radius [m]", "diffusivity [m2.s-1]", "concentration in ")
"""What a name holds whose number is between 0 and 1, or above 0."""


def parameter_values(pybamm: ModuleType, chemistry: Chemistry) -> Any:
    """Return the set of a chemistry, with its own numbers and curves.

    Raises:
        Refused: ``design.no_set``, ``design.no_parameter``, ``design.parameter``.
    """
    _check_numbers(chemistry)
    try:
        values = pybamm.ParameterValues(chemistry.base)
        for needed in _NEEDED:
            float(values[needed])
    except (ValueError, KeyError, TypeError) as error:
        raise no_set(chemistry, error) from error
    unknown = sorted({*chemistry.parameters, *chemistry.curves} - set(values.keys()))
    if unknown:
        raise Refused(
            "design.no_parameter",
            f"the set {chemistry.base} has no parameter {unknown[0]!a}",
            remedy="name it as PyBaMM does, with its unit in brackets",
        )
    values.update({name: one.value for name, one in chemistry.parameters.items()})
    values.update({name: _function(pybamm, one) for name, one in chemistry.curves.items()})
    return values


def no_set(chemistry: Chemistry, why: Exception) -> Refused:
    """Return the refusal of a base that describes no cell."""
    return Refused(
        "design.no_set",
        f"{chemistry.base!a} is no parameter set of PyBaMM for a whole cell: {_brief(why)}",
        remedy="name one such as Chen2020 as base",
    )


def _check_numbers(chemistry: Chemistry) -> None:
    """Refuse numbers that no cell can have: PyBaMM takes them as they come."""
    numbers = {name: (one.value,) for name, one in chemistry.parameters.items()}
    points = {name: one.y for name, one in chemistry.curves.items()}
    for name, values in (*numbers.items(), *points.items()):
        if any(word in name for word in _SHARES):
            strange, rule = [v for v in values if not 0 < v < 1], "between 0 and 1"
        elif any(word in name for word in _SIZES):
            strange, rule = [v for v in values if not v > 0], "above 0"
        else:
            continue
        if strange:
            raise Refused("design.parameter", f"{name} = {strange[0]:g}", remedy=f"it is {rule}")


def _brief(why: Exception) -> str:
    return (str(why).strip().splitlines() or [type(why).__name__])[0][:200]


def _function(pybamm: ModuleType, curve: Curve) -> Any:
    x, y = np.array(curve.x), np.array(curve.y)
    return lambda stoichiometry: pybamm.Interpolant(x, y, stoichiometry)
