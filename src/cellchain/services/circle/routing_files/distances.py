"""Distances between the places of a file, as its ``EDGE_WEIGHT_TYPE`` wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cellchain.services.circle.routing_files.rounding import Floats

_EXACT = 1_000


def euclidean(coordinates: Floats) -> Floats:
    """Return the distance of each place to each, shape [places, places]."""
    x, y = coordinates.T
    found: Floats = np.sqrt((x[:, None] - x) ** 2 + (y[:, None] - y) ** 2)
    return found


_PLANE: dict[str, Callable[[Floats], Floats]] = {
    "EUC_2D": lambda found: found,
    "FLOOR_2D": np.floor,
    "CEIL_2D": np.ceil,
    "EXACT_2D": lambda found: np.rint(_EXACT * found),
}


def plane_distances(kind: str, coordinates: Floats) -> Floats:
    """Return distances by coordinates.

    Raises:
        Refused: ``route.distances``: that kind of distance is not known.
    """
    if kind not in _PLANE:
        raise Refused(
            "route.distances",
            f"EDGE_WEIGHT_TYPE {shown(kind)!a} is not known",
            remedy=f"give {', '.join(_PLANE)} with coordinates, or EXPLICIT distances",
        )
    return _PLANE[kind](euclidean(coordinates))


def explicit_distances(form: str, rows: Sequence[Sequence[float]], places: int) -> Floats:
    """Return the distances that stand in a file, in whatever lines.

    Raises:
        Refused: ``route.distances``: the format is not known, or they are too few, too many or
            below 0.
    """
    shapes = {
        "FULL_MATRIX": places**2,
        "LOWER_ROW": places * (places - 1) // 2,
        "UPPER_ROW": places * (places - 1) // 2,
        "LOWER_DIAG_ROW": places * (places + 1) // 2,
        "UPPER_DIAG_ROW": places * (places + 1) // 2,
    }
    if form not in shapes:
        told = f"EDGE_WEIGHT_FORMAT {shown(form)!a} is not known"
        raise Refused("route.distances", told, remedy=f"give one of {', '.join(shapes)}")
    values = np.array([one for row in rows for one in row], np.float64)
    if len(values) != shapes[form]:
        raise Refused(
            "route.distances",
            f"{form} of {places} places has {shapes[form]} distances, the file {len(values)}",
        )
    if (values < 0).any():
        raise Refused("route.distances", f"a distance is {values.min():g}", remedy="give 0 or more")
    if form == "FULL_MATRIX":
        found = values.reshape(places, places)
    else:
        off = 0 if "DIAG" in form else 1
        corner = (np.tril_indices(places, -off) if form.startswith("LOWER")
                  else np.triu_indices(places, off))  # fmt: skip
        found = np.zeros((places, places))
        found[corner] = values
        found = np.maximum(found, found.T)
    np.fill_diagonal(found, 0.0)
    return found
