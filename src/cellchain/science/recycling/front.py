"""Which of several ways are worth weighing: those that no other one beats in everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def dominating(goals: NDArray[np.float64], allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    r"""Return which way beats which.

    Way $a$ beats $b$ if it is allowed, at least as good in every goal, and better in one:
    $g_a \ge g_b$ and $g_a \ne g_b$.

    Args:
        goals: Of each thing and way, what is to be large, shape (n, ways, goals).
        allowed: Ways that may be gone, shape (n, ways).

    Returns:
        Shape (n, ways, ways): [:, a, b] where a beats b. An allowed way that none beats is on the
        Pareto front; ways that are equal in everything beat each other not, and share it.
    """
    first, second = goals[:, :, None, :], goals[:, None, :, :]
    better = (first >= second).all(axis=-1) & (first > second).any(axis=-1)
    found: NDArray[np.bool_] = better & allowed[:, :, None]
    return found
