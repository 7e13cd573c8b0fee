r"""A cell as an electric circuit, as it was identified.

$$ v = U(z) - R_0 I - u_1 - u_2 \qquad Q \dot z = -I \qquad \tau_k \dot u_k = R_k I - u_k $$

$$ R_k(z, T) = R_k(z) \, e^{\frac{E_k}{R} \left( \frac{1}{T} - \frac{1}{T_0} \right)} $$

Current is positive on discharge. Source: Plett, Battery Management Systems, volume 1 (2015),
chapter 2; resistances by state of charge as there in §2.10. Valid where it was identified.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellchain.science.circuit import GAS_CONSTANT, REFERENCE_K
from cellchain.science.estimation.curve import STEPS, on_grid
from cellchain.science.portable import Floats, exponential

ZERO_C_K = 273.15
NEAR = 0.05
"""How far to either side a slope of the curve is taken."""
UNSEEN = 1.5
"""The lasting error on drives that a circuit was not fitted to ÷ that of the fit: by drives of a
physics plant (docs/explanation/models/circuit.md)."""
HALF = STEPS // 2
"""Of the grid: half charge."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Equivalent:
    """An identified circuit, and what is known of its error."""

    capacity_ah: float
    curve_v: Floats
    """Open circuit on the even grid of `curve`."""
    ohm: Floats
    """R₀, R₁, R₂ at 25 °C on that grid, shape (3, points)."""
    tau_s: Floats
    """τ₁, τ₂: fast and slow."""
    activation_j_mol: Floats
    """Of the three resistances."""
    celsius: Floats
    """Lowest and highest temperature that it was identified at."""
    soc: Floats
    """Lowest and highest state of charge, likewise."""
    error_v: float
    """Standard deviation of what the circuit does not explain and that lasts."""
    error_s: float
    """Time after which it is forgotten to 1/e."""
    rough_v: float
    """Standard deviation of what is not explained and forgotten within minutes."""
    rough_s: float
    """Time after which that is forgotten to 1/e."""
    noise_v: float
    """Standard deviation of what differs from row to row."""

    @property
    def resistance_ohm(self) -> float:
        """R₀ at half charge and 25 °C."""
        return float(self.ohm[0, HALF])

    def curve_soc(self, soc: Floats) -> Floats:
        """Return what the lasting error of the circuit is, read as charge off the curve.

        It comes back where the charge does, so no filter averages it out, however often it passes.

        Args:
            soc: Any shape (n,).

        Returns:
            Standard deviation of a state of charge, shape (n,).
        """
        below, above = np.maximum(soc - NEAR, 0.0), np.minimum(soc + NEAR, 1.0)
        rise_v = on_grid(self.curve_v, above) - on_grid(self.curve_v, below)
        return UNSEEN * self.error_v * (above - below) / rise_v


def arrhenius(activation_j_mol: Floats, celsius: Floats) -> Floats:
    """Return how much larger resistances are at ``celsius`` than at 25 °C: Arrhenius' law.

    Args:
        activation_j_mol: Shape (k,).
        celsius: Shape (n,).

    Returns:
        Shape (k, n).
    """
    return exponential(
        activation_j_mol[:, None]
        * ((1.0 / (celsius + ZERO_C_K) - 1.0 / REFERENCE_K) / GAS_CONSTANT)
    )


def resistances(cell: Equivalent, soc: Floats, celsius: Floats) -> Floats:
    """Return R₀, R₁, R₂, ohm, where cells stand: shape (3, batteries).

    Args:
        cell: The circuit.
        soc: Shape (batteries,).
        celsius: Likewise.
    """
    return on_grid(cell.ohm, soc) * arrhenius(cell.activation_j_mol, celsius)
