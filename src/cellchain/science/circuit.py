r"""A cell as an electric circuit: a source, a resistance, two RC pairs, one temperature.

    ┌── R₀ ──┬─ R₁ ─┬──┬─ R₂ ─┬── I →
    U(z)     └─ C₁ ─┘  └─ C₂ ─┘   v
    └────────────────────────────

$$ v = U(z) - R_0 I - u_1 - u_2 \qquad Q\,\dot z = -(I + G\,v) $$
$$ \tau_i \dot u_i = R_i I - u_i \qquad C_{th} \dot T = I\,(U - v) + h\,(T_c - T) $$

Current is positive on discharge. G is the conductance of an internal soft short, normally zero. All
resistances follow the temperature by Arrhenius' law. Relaxations are stepped by the implicit Euler
method, whose decay 1/(1 + Δt/τ) needs no exponential and is stable at any step.

Sources: Plett, Battery Management Systems, volume 1 (2015), chapter 2, for the circuit; Bernardi,
Pawlikowski and Newman, J. Electrochem. Soc. 132 (1985) 5, for the heat, its entropic term left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellchain.science.portable import Floats, exponential, interpolated

REFERENCE_K = 298.15
"""25 °C: where resistances are given."""
GAS_CONSTANT = 8.314462618
"""J/(mol K), exact by the SI of 2019."""
RESISTANCE_ACTIVATION_J_MOL = 20_000.0
"""Typical of NMC/graphite between 0 and 45 °C."""

# Open circuit of NMC622 against graphite at 25 °C: rounded from curves that many laboratories
# have published; good to about 20 mV between 10 and 100 % state of charge.
_SOC = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_OCV_V = (3.0, 3.22, 3.36, 3.46, 3.55, 3.61, 3.65, 3.7, 3.79, 3.88, 3.98, 4.08, 4.19)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """Parameters of cells; every field is a number or an array of one common shape."""

    capacity_c: Floats
    """Charge between 0 and 100 %, coulomb, above 0."""
    resistance_ohm: Floats
    """R₀ at 25 °C."""
    fast_ohm: Floats
    fast_s: float = 20.0
    """Time constant of the first pair: charge transfer."""
    slow_ohm: Floats
    slow_s: float = 600.0
    """Time constant of the second pair: diffusion."""
    heat_capacity_j_k: float = 900.0
    """Of one cell: about 1 kJ/(kg K)."""
    cooling_w_k: Floats
    """h: from the cell to the coolant."""
    leak_siemens: Floats
    """G of an internal short; 0: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where cells stand; arrays of one common shape."""

    soc: Floats
    """z, dimensionless, 0 to 1."""
    fast_v: Floats
    slow_v: Floats
    temperature_k: Floats


def open_circuit_voltage(soc: Floats) -> Floats:
    """Return the voltage at rest, volt, of cells at ``soc`` (0 to 1; clipped there)."""
    return interpolated(soc, _SOC, _OCV_V)


def resistance_factor(temperature_k: Floats) -> Floats:
    r"""Return how much larger resistances are at ``temperature_k`` than at 25 °C.

    $$ f = e^{\frac{E_a}{R} \left( \frac{1}{T} - \frac{1}{T_0} \right)} $$

    Valid from about 260 to 330 K.
    """
    exponent = (
        RESISTANCE_ACTIVATION_J_MOL / GAS_CONSTANT * (1.0 / temperature_k - 1.0 / REFERENCE_K)
    )
    return exponential(exponent)


def at_rest(soc: Floats, temperature_k: Floats) -> State:
    """Return cells that have rested for long."""
    zero = np.zeros_like(soc)
    return State(soc=soc, fast_v=zero, slow_v=zero, temperature_k=temperature_k)


def terminal_voltage(cells: Circuit, state: State, current_a: Floats) -> Floats:
    """Return v, volt, while ``current_a`` flows (positive on discharge)."""
    ohmic = cells.resistance_ohm * resistance_factor(state.temperature_k) * current_a
    return open_circuit_voltage(state.soc) - ohmic - state.fast_v - state.slow_v


def stepped(
    cells: Circuit, state: State, current_a: Floats, coolant_k: Floats, step_s: float
) -> State:
    """Return the state after ``step_s`` seconds of a constant current.

    Args:
        cells: Parameters, shape S.
        state: Before, shape S.
        current_a: Ampere, positive on discharge, shape S or one that broadcasts to it.
        coolant_k: Kelvin, likewise.
        step_s: Above 0; a few seconds for driving, a minute for rest.

    Returns:
        After, shape S. The state of charge is clipped to 0 … 1.
    """
    voltage_v = terminal_voltage(cells, state, current_a)
    heat_w = current_a * (open_circuit_voltage(state.soc) - voltage_v)
    charge_c = step_s * (current_a + cells.leak_siemens * voltage_v)
    factor = resistance_factor(state.temperature_k)
    fast, slow = step_s / cells.fast_s, step_s / cells.slow_s
    gain, loss = step_s / cells.heat_capacity_j_k, cells.cooling_w_k
    return State(
        soc=np.minimum(np.maximum(state.soc - charge_c / cells.capacity_c, 0.0), 1.0),
        fast_v=(state.fast_v + fast * cells.fast_ohm * factor * current_a) / (1.0 + fast),
        slow_v=(state.slow_v + slow * cells.slow_ohm * factor * current_a) / (1.0 + slow),
        temperature_k=(state.temperature_k + gain * (heat_w + loss * coolant_k))
        / (1.0 + gain * loss),
    )
