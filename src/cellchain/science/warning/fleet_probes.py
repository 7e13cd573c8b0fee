r"""The temperature probes of a simulated car, and what a leak warms.

$$ T_p = T_{day} + \bar k_p + o_p + u(t) + R_{th} \, \kappa_p \, V^2 / R $$

k is what the places of the probe's cells differ by, o an offset, u what use warms the pack by, the
last term the heat of a leak: from the cell to the pack through a thermal resistance, and the share
of it that is felt at the probe. A cell of 150 Ah, 2.5 kg, 1 kJ/(kg K) that cools within 1.5 h has
2 K/W, so 100 ohm warm it by 0.3 K.

Sources: Maleki, Al Hallaj, Selman, Dinwiddie and Wang, J. Electrochem. Soc. 146 (1999) 947 (heat
capacity of a cell); Feng, Weng, Ouyang and Sun, Applied Energy 161 (2016) 168 (heat as a sign of an
internal short). Time, shares, offsets and the resolution of 1 K are ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cellchain.science.portable import Floats

HEAT_K_W = 2.0
BESIDE = 0.3
"""Of the warming of a cell, at a probe that sits on another one of its group."""
OFFSET_K, NOISE_K, USE_K = 0.4, 0.1, 3.0
RESOLUTION_K = 1.0


def probed(
    warmth_k: Floats, heat_w: Floats, used: Floats, probes: int, rng: np.random.Generator
) -> Floats:
    """Return what probes show, degrees Celsius, shape [rows, probes].

    Args:
        warmth_k: Of each cell in each row, kelvin, shape [rows, cells].
        heat_w: What leaks give off in the cells, likewise.
        used: From 0 to 1, by how much use has warmed the pack, shape [rows].
        probes: How many; each sits on one cell of its group of neighbours.
        rng: Draws the places and what probes differ by.
    """
    groups = np.array_split(np.arange(warmth_k.shape[1]), probes)
    sits = [int(rng.choice(group)) for group in groups]
    place_k = np.column_stack([warmth_k[:, group].mean(axis=1) for group in groups])
    leak_w = [(1 - BESIDE) * heat_w[:, cell] + BESIDE * heat_w[:, group].sum(axis=1)
              for cell, group in zip(sits, groups, strict=True)]  # fmt: skip
    shown_k = place_k + HEAT_K_W * np.column_stack(leak_w) + USE_K * used[:, None]
    shown_k = shown_k + OFFSET_K * rng.standard_normal(probes)
    shown_k = shown_k + NOISE_K * rng.standard_normal(shown_k.shape)
    rounded: Floats = RESOLUTION_K * np.round((shown_k - 273.15) / RESOLUTION_K)
    return rounded
