r"""The law of fade: a square root, a straight line and a knee, scaled to the life of a cell.

With u the fade as a share of what ends a life, and x the share of that life that has passed,

$$ u(x) = w_1 \sqrt x + w_2 x + w_3 \frac{k(x) - k(0)}{k(1) - k(0)}, \qquad
   k(x) = \log \big( 1 + e^{(x - x_k) / \gamma} \big), \qquad w_1 + w_2 + w_3 = 1 $$

so that u is 0 when a cell begins and 1 at its end. The slope of k passes at the knee $ x_k $ from
one value to another along the hyperbolic tangent of Bacon and Watts, Biometrika 58 (1971) 525, by
which Fermin-Cueto et al., Energy and AI 1 (2020) 100006, find knees of lithium-ion cells; k is its
integral, and so never falls. The square root is of a film that slows its own growth, the line of
use: Attia et al., J. Electrochem. Soc. 169 (2022) 060517, review all three.

A shape is $ (\log w_1 / w_2, \log w_3 / w_2, x_k) $; shapes lie on a lattice, on which a
population has its density (`population`). Valid until the end of a life, for fade that never
recovers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cellchain.science.portable import Floats

WIDTH = 0.08
r"""Of a life: $ \gamma $, how soft a knee is."""
_RATIOS = np.linspace(-3.0, 3.0, 5)
_KNEES = np.array([0.3, 0.5, 0.7, 0.8, 0.9])
SHAPES = np.stack(np.meshgrid(_RATIOS, _RATIOS, _KNEES, indexing="ij"), axis=-1).reshape(-1, 3)
"""Shape [shapes, 3]."""


def fade(x: Floats) -> Floats:
    """Return u of each shape, shape [..., shapes].

    Args:
        x: Share of a life, not negative; of any shape [...].
    """
    root, knee = np.exp(SHAPES[:, 0]), np.exp(SHAPES[:, 1])
    straight = np.sqrt(x)[..., np.newaxis] * root + x[..., np.newaxis]
    bent = np.tile(_bent(x), len(SHAPES) // len(_KNEES))
    said: Floats = (straight + bent * knee) / (1.0 + root + knee)
    return said


def _bent(x: Floats) -> Floats:
    """The knee alone, 0 at the beginning and 1 at the end, shape [..., knees]."""
    at, begins, ends = (
        np.logaddexp(0.0, (one - _KNEES) / WIDTH) for one in (x[..., np.newaxis], 0.0, 1.0)
    )
    said: Floats = (at - begins) / (ends - begins)
    return said
