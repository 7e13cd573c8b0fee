"""Where a run ended, for the next one: arrays of NumPy with a version and the names of things."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


def packed(version: int, names: Sequence[str], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return a file that `unpacked` reads."""
    sink = io.BytesIO()
    kept = {"version": np.array([version]), "names": np.array(names), **arrays}
    np.savez(sink, allow_pickle=False, **kept)
    return sink.getvalue()


def unpacked(data: bytes) -> tuple[int, tuple[str, ...], dict[str, NDArray[Any]]]:
    """Return version, names and arrays; of broken bytes it raises what stands in `BROKEN`."""
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    version = int(arrays.pop("version")[0])
    return version, tuple(map(str, arrays.pop("names").tolist())), arrays
