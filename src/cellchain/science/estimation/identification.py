r"""The circuit of a cell from drives: least squares on the logarithms of what it is made of.

Charge is counted from a rested start with a capacity that is given, so the open-circuit voltage is
known at each row; what is missing to the voltage that was measured is the circuit's. A curve that
was measured at a small current lies a few millivolts off; how many is searched too. First the
resistances are alike at all states of charge, from several pairs of time constants; the best of
these is then shaped:

$$ \min_\theta \sum_n (v_n - \hat v_n(\theta))^2 + \lambda \sum_{k,j} (\ln s_{k,j})^2 $$

Temperature dependence is learnt where drives differ by `CELSIUS_SPAN`, else it is the usual one.
What remains is described by `unexplained`.

Source: Plett, Battery Management Systems, volume 1 (2015), §2.8; shape and error are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cellchain.core.errors import Refused
from cellchain.science.circuit import RESISTANCE_ACTIVATION_J_MOL
from cellchain.science.estimation.curve import GRID, charge, on_grid
from cellchain.science.estimation.equivalent import Equivalent, arrhenius
from cellchain.science.estimation.excitation import SPREAD_C, SURE, step_correlation
from cellchain.science.estimation.relaxation import relaxed
from cellchain.science.estimation.unexplained import unexplained
from cellchain.science.extra import extra_part

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cellchain.science.portable import Floats

ROWS_MIN = 200
SPAN_S = 900.0
"""Shorter drives do not tell a slow relaxation."""
REST_C = 0.02
"""A start is rested where the current is smaller, in capacities per hour."""
KNOTS = (0.05, 0.15, 0.3, 0.5, 0.7, 0.9)
"""States of charge at which shapes are searched; beyond them they stay."""
STARTS_S = ((5.0, 100.0), (20.0, 400.0), (60.0, 1500.0))
"""τ₁ and τ₂ from which the search begins."""
CELSIUS_SPAN = 8.0
TAU_S = ((1.0, 120.0), (60.0, 5000.0))
RESISTANCE_AH = (1e-4, 1.0)
"""Ohm × ampere-hour: 0.02 mohm to 0.2 ohm at 5 Ah."""
ACTIVATION_J_MOL = (0.0, 80_000.0)
SHAPE_MAX = 2.5
"""Of a logarithm: a resistance twelve times as large."""
SHAPE_SCALE_V = 2e-4
"""A logarithm of one costs as much as so large an error at every row, over the drive."""
SHAPE_SHARE = 0.02
"""Least share of a drive that a knot must have a say in, for its shape to be learnt."""
UNIT_V, UNIT_J_MOL = 0.01, 1e4
"""Of what is searched beside logarithms."""
SHIFT_V = 0.03
"""Largest error of a curve, of either sign."""
SOC_LIMIT = 0.02
"""How far beyond empty and full a count may go."""
DIFFERENCE = 1e-5
_LEARNT = 9
"""Where the shapes begin among the numbers that are searched."""
_HALF = KNOTS.index(0.5)


@dataclass(frozen=True, slots=True, eq=False)
class Drive:
    """One battery's rows, from rest on."""

    time_s: Floats
    """Rising."""
    current_a: Floats
    """Positive on discharge."""
    voltage_v: Floats
    celsius: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    """A drive as the circuit sees it."""

    time_s: Floats
    current_a: Floats
    between_a: Floats
    """Mean current since the row before."""
    celsius: Floats
    weights: Floats
    """Of the knots, shape (knots, rows)."""
    voltage_v: Floats
    rested_v: float
    """Mean until the first current."""
    gone: Floats
    """Share of the capacity that went since the first row."""
    soc: Floats
    """As the curve is given."""


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """Which numbers are searched, and between what."""

    lower: Floats
    upper: Floats
    curve_v: Floats
    knots: tuple[int, ...] = ()
    """Whose shapes are searched."""


def identified(
    drives: Sequence[Drive],
    curve_v: Floats,
    capacity_ah: float,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Equivalent:
    """Return the circuit of a kind of cell, from drives of one or more of them.

    Args:
        drives: Each begins at rest.
        curve_v: On the grid of `curve`.
        capacity_ah: Between empty and full of the curve, above 0.
        progress: Told of the searches that are done, and of all.

    Raises:
        Refused: ``twin.drive``: too short, or not from rest; ``twin.excitation``: its current
            hardly changes; ``twin.sign``: voltage rises with what should be a discharge;
            ``twin.no_scipy``.
    """
    prepared = [_prepared(one, curve_v, capacity_ah) for one in drives]
    celsius = np.concatenate([one.celsius for one in prepared])
    soc = np.concatenate([one.soc for one in prepared])
    means = [float(np.median(one.celsius)) for one in prepared]
    warm = max(means) - min(means) >= CELSIUS_SPAN
    total = len(STARTS_S) + 1
    plan = _plain_plan(curve_v, capacity_ah, warm=warm)
    found = []
    for done, (fast_s, slow_s) in enumerate(STARTS_S):
        start = _start(plan, fast_s, slow_s)
        found.append(_searched(prepared, plan, start))
        progress(done + 1, total)
    best = min(found, key=lambda one: float(one.cost)).x
    shaped = _shaped_plan(plan, prepared)
    start = np.concatenate([best, np.zeros(3 * len(shaped.knots))])
    theta = _searched(prepared, shaped, start).x
    progress(total, total)
    resistance, tau, activation, shape = _parts(theta[None], shaped)
    ends = np.cumsum([len(one.time_s) for one in prepared])
    residuals = np.split(_residuals(prepared, shaped, theta[None])[0], ends[:-1])
    error = unexplained([one.time_s for one in prepared], residuals)
    return Equivalent(
        capacity_ah=capacity_ah,
        curve_v=curve_v + UNIT_V * theta[5],
        ohm=resistance[0][:, None] * np.exp(_filled(shape[0], shaped) @ knot_weights(GRID)),
        tau_s=tau[0],
        activation_j_mol=activation[0],
        celsius=np.array([celsius.min(), celsius.max()]),
        soc=np.array([soc.min(), soc.max()]),
        error_v=error.error_v,
        error_s=error.error_s,
        rough_v=error.rough_v,
        rough_s=error.rough_s,
        noise_v=error.noise_v,
    )


def modelled(drive: Drive, cell: Equivalent) -> dict[str, Floats]:
    """Return what a circuit says of a drive, volts at each row: with its current, and at rest.

    Raises:
        Refused: ``twin.drive``, ``twin.excitation``, ``twin.sign``, ``twin.capacity``.
    """
    one = _prepared(drive, cell.curve_v, cell.capacity_ah)
    ohm = on_grid(cell.ohm, one.soc) * arrhenius(cell.activation_j_mol, one.celsius)
    fast, slow = (
        relaxed(one.time_s, part[None] * one.between_a, tau[None])[0]
        for part, tau in zip(ohm[1:], cell.tau_s, strict=True)
    )
    open_v = on_grid(cell.curve_v, one.soc)
    return {"circuit": open_v - ohm[0] * one.current_a - fast - slow, "open circuit": open_v}


def _prepared(drive: Drive, curve_v: Floats, capacity_ah: float) -> _Prepared:
    _check(drive, capacity_ah)
    current = drive.current_a
    between = (current + np.concatenate([current[:1], current[:-1]])) / 2.0
    gone_ah = np.cumsum(between * np.diff(drive.time_s, prepend=drive.time_s[:1])) / 3600.0
    moving = np.abs(current) > REST_C * capacity_ah
    rested_v = float(drive.voltage_v[: int(np.argmax(moving))].mean())
    start = charge(curve_v, np.array([rested_v]))
    soc = start - gone_ah / capacity_ah
    outside = np.flatnonzero(np.abs(soc - 0.5) > 0.5 + SOC_LIMIT)
    if len(outside):
        raise Refused(
            "twin.capacity",
            f"the charge of row {outside[0] + 1} of a drive is {soc[outside[0]]:.0%} of "
            f"{capacity_ah:g} Ah, from {start[0]:.0%} at its start",
            remedy="check --capacity-ah, the curve and that the drive begins at rest",
        )
    return _Prepared(
        drive.time_s, current, between, drive.celsius, knot_weights(soc),
        drive.voltage_v, rested_v, gone_ah / capacity_ah, soc,
    )  # fmt: skip


def _check(drive: Drive, capacity_ah: float) -> None:
    rows, span_s = len(drive.time_s), float(np.ptp(drive.time_s)) if len(drive.time_s) else 0.0
    if rows < ROWS_MIN or span_s < SPAN_S:
        raise Refused(
            "twin.drive",
            f"a drive of {rows} rows over {span_s:.0f} s",
            remedy=f"give at least {ROWS_MIN} rows over {SPAN_S:.0f} s",
        )
    if abs(drive.current_a[0]) > REST_C * capacity_ah:
        raise Refused(
            "twin.drive",
            f"a drive begins with {drive.current_a[0]:g} A: not at rest",
            remedy="let it begin with a row at rest, an hour after the last current",
        )
    spread_a = float(np.std(drive.current_a))
    if spread_a < SPREAD_C * capacity_ah:
        raise Refused(
            "twin.excitation",
            f"the current of a drive has a standard deviation of {spread_a:.3g} A: it cannot "
            "tell resistances",
            remedy=f"give one that changes by more than {SPREAD_C * capacity_ah:.3g} A",
        )
    turned = step_correlation(
        drive.time_s, drive.current_a, drive.voltage_v, SPREAD_C * capacity_ah
    )
    if turned > SURE:
        raise Refused(
            "twin.sign",
            f"the voltage rises with the current (correlation of steps {turned:.2f})",
            remedy='discharge is positive: say in --map current_a = {from = "…", factor = -1}',
        )


def _plain_plan(curve_v: Floats, capacity_ah: float, *, warm: bool) -> _Plan:
    ohm = [bound / capacity_ah for bound in RESISTANCE_AH]
    bounds = [(np.log(ohm[0]), np.log(ohm[1]))] * 3
    bounds += [(np.log(low), np.log(high)) for low, high in TAU_S]
    usual = RESISTANCE_ACTIVATION_J_MOL
    energies = ACTIVATION_J_MOL if warm else (usual - 1.0, usual + 1.0)
    bounds += [(-SHIFT_V / UNIT_V, SHIFT_V / UNIT_V)]
    bounds += [(energies[0] / UNIT_J_MOL, energies[1] / UNIT_J_MOL)] * 3
    lower, upper = np.array(bounds).T
    return _Plan(lower, upper, curve_v)


def _shaped_plan(plain: _Plan, prepared: Sequence[_Prepared]) -> _Plan:
    share = np.mean(np.concatenate([one.weights for one in prepared], axis=1), axis=1)
    knots = tuple(k for k in range(len(KNOTS)) if k != _HALF and share[k] >= SHAPE_SHARE)
    more = np.full(3 * len(knots), SHAPE_MAX)
    return _Plan(
        np.concatenate([plain.lower, -more]), np.concatenate([plain.upper, more]),
        plain.curve_v, knots,
    )  # fmt: skip


def _start(plan: _Plan, fast_s: float, slow_s: float) -> Floats:
    start = (plan.lower + plan.upper) / 2.0
    start[3:5] = np.log([fast_s, slow_s])
    start[5] = 0.0
    start[6:9] = RESISTANCE_ACTIVATION_J_MOL / UNIT_J_MOL
    return start


def _parts(theta: Floats, plan: _Plan) -> tuple[Floats, Floats, Floats, Floats]:
    """Return resistances, time constants, energies and shapes, one row for each variant."""
    shape = theta[:, _LEARNT:].reshape(len(theta), 3, len(plan.knots))
    return np.exp(theta[:, :3]), np.exp(theta[:, 3:5]), UNIT_J_MOL * theta[:, 6:9], shape


def _filled(shape: Floats, plan: _Plan) -> Floats:
    """Return shapes at all knots: one that was not learnt is as the nearest that was."""
    whole = np.zeros((3, len(KNOTS)))
    known = sorted((*plan.knots, _HALF))
    whole[:, list(plan.knots)] = shape
    for knot in range(len(KNOTS)):
        if knot not in known:
            whole[:, knot] = whole[:, min(known, key=lambda other: abs(other - knot))]
    return whole


def knot_weights(soc: Floats) -> Floats:
    """Return how much each knot has a say at ``soc``: hats that sum to one, shape (knots, n)."""
    return np.array([np.interp(soc, KNOTS, one) for one in np.eye(len(KNOTS))])


def _searched(prepared: Sequence[_Prepared], plan: _Plan, start: Floats) -> Any:
    optimize = extra_part("scipy.optimize", "twin.no_scipy")
    rows = sum(len(one.time_s) for one in prepared)
    stiff = SHAPE_SCALE_V * np.sqrt(rows)

    def residuals(theta: Floats) -> Floats:
        missing = _residuals(prepared, plan, theta[None])[0]
        return np.concatenate([missing, stiff * theta[_LEARNT:]])

    def jacobian(theta: Floats) -> Floats:
        near = theta + np.concatenate([np.zeros((1, len(theta))), DIFFERENCE * np.eye(len(theta))])
        missing = _residuals(prepared, plan, near)
        slopes = (missing[1:] - missing[0]).T / DIFFERENCE
        penalty = stiff * np.eye(len(theta))[_LEARNT:]
        return np.concatenate([slopes, penalty])

    return optimize.least_squares(
        residuals, start, jac=jacobian, bounds=(plan.lower, plan.upper), xtol=1e-5, ftol=1e-6
    )


def _residuals(prepared: Sequence[_Prepared], plan: _Plan, theta: Floats) -> Floats:
    """Return what the circuit explains too much, shape (variants, rows of all drives)."""
    resistance, tau, activation, shape = _parts(theta, plan)
    parts = []
    for one in prepared:
        ohm = []
        for k in range(3):
            factor = arrhenius(activation[:, k], one.celsius)
            bent = np.exp(shape[:, k] @ one.weights[list(plan.knots)])
            ohm.append(resistance[:, k : k + 1] * factor * bent)
        fast = relaxed(one.time_s, ohm[1] * one.between_a, tau[:, 0])
        slow = relaxed(one.time_s, ohm[2] * one.between_a, tau[:, 1])
        drop_v = ohm[0] * one.current_a + fast + slow
        parts.append(drop_v + one.voltage_v - _open_v(one, plan.curve_v, UNIT_V * theta[:, 5:6]))
    return np.concatenate(parts, axis=1)


def _open_v(one: _Prepared, curve_v: Floats, shift_v: Floats) -> Floats:
    """Return the open-circuit voltage at each row by a curve that lies ``shift_v`` higher."""
    start = charge(curve_v, one.rested_v - shift_v)
    return on_grid(curve_v, start - one.gone) + shift_v
