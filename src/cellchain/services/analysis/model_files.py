"""Models in files: JSON with a kind and a version, no code inside, the same bytes each time.

The models that ship lie in `models`, with the licences of the data that they were learnt from.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import numpy as np

from cellchain.core.errors import Corrupt, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

M = TypeVar("M")
LARGEST = 1e30
"""Of a number in a model: its square, and sums of those, are numbers still."""


def model_bytes(kind: str, model: object) -> bytes:
    """Return the file of a model.

    Args:
        kind: With its version: ``life/1``.
        model: A dataclass of numbers and arrays.
    """
    return msgspec.json.encode({"kind": kind, "model": model}, enc_hook=_listed) + b"\n"


def parse_model(data: bytes, kind: str, form: type[M]) -> M:
    """Return the model in a file.

    Raises:
        Refused: ``model.malformed``: it is none of ``kind``.
    """
    try:
        plain = msgspec.json.decode(data, type=dict[str, Any])
        if plain.get("kind") != kind:
            raise _malformed(f"it is of the kind {plain.get('kind')!r}, not {kind!r}")
        return msgspec.convert(plain.get("model"), form, dec_hook=_array)
    except (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise _malformed(str(error)) from error


def check_model(holds: bool, why: str) -> None:
    """Refuse a model whose numbers no training gives.

    Raises:
        Refused: ``model.malformed``.
    """
    if not holds:
        raise _malformed(why)


@contextmanager
def used_model() -> Iterator[None]:
    """Refuse a model that has the right form and still cannot be used: a singular matrix.

    Raises:
        Refused: ``model.malformed``.
    """
    try:
        yield
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise _malformed(f"it cannot be used: {error}") from error


def shipped_model(name: str, kind: str, form: type[M]) -> M:
    """Return a model that comes with the package.

    Raises:
        Corrupt: ``model.missing``: the package is not whole.
    """
    try:
        data = files(f"{__package__}.models").joinpath(f"{name}.json").read_bytes()
        return parse_model(data, kind, form)
    except (OSError, Refused) as error:
        raise Corrupt("model.missing", f"{name}: {error}", remedy="install it anew") from error


def _listed(value: object) -> object:
    assert isinstance(value, np.ndarray), type(value)
    return value.tolist()


def _array(_: type, value: object) -> object:
    array = np.array(value, dtype=np.float64)
    if not (np.abs(array) <= LARGEST).all():
        raise ValueError(f"a number beyond {LARGEST:g}")
    return array


def _malformed(why: str) -> Refused:
    return Refused("model.malformed", why, remedy="make it anew: cellchain twin train")
