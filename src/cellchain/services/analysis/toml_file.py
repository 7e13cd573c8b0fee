"""A file in TOML from somebody else, read as what it shall be, whatever it holds.

The reader of the standard library recurses into brackets, and keeps every beginning of a dotted
key: a file of some hundred kilobytes may take all memory. Whole numbers may be greater than any
float. So what no file of ours needs is refused before it is read.
"""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from typing import TypeVar

import msgspec

from cellchain.services.analysis.table import shown

T = TypeVar("T")
BYTES_MAX = 200_000
DEPTH_MAX = 16
"""Of brackets, and of the parts of a key."""
TOLD_MAX = 200
_TEXTS = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL
)
_LONG_KEY = re.compile(rf"(?<![\w-])(?:[\w-]+[ \t]*\.[ \t]*){{{DEPTH_MAX}}}")
_LONG_NUMBER = re.compile(r"(?:\d_?){19}")
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}


def decoded(data: bytes, kind: type[T]) -> T:
    """Return what is in a file.

    Args:
        data: The file, a byte more than `BYTES_MAX` where it has more.
        kind: What it shall be.

    Raises:
        ValueError: It is not, with the reason.
    """
    if len(data) > BYTES_MAX:
        raise ValueError(f"more than {BYTES_MAX} bytes")
    _check_bounds(data.decode())
    try:
        return msgspec.toml.decode(data, type=kind)
    except (msgspec.MsgspecError, ValueError) as error:  # of numbers with too many digits as well
        raise ValueError(shown(str(error), TOLD_MAX)) from error


def decoded_exactly(data: bytes, kind: type[T]) -> T:
    """Return what is in a file, its numbers as they are written: for fields that are `Decimal`.

    Args:
        data: The file, a byte more than `BYTES_MAX` where it has more.
        kind: What it shall be.

    Raises:
        ValueError: It is not, with the reason.
    """
    if len(data) > BYTES_MAX:
        raise ValueError(f"more than {BYTES_MAX} bytes")
    text = data.decode()
    _check_bounds(text)
    try:
        return msgspec.convert(tomllib.loads(text, parse_float=Decimal), kind)
    except (msgspec.MsgspecError, ValueError, ArithmeticError) as error:
        raise ValueError(shown(str(error), TOLD_MAX)) from error


def _check_bounds(text: str) -> None:
    bare = _TEXTS.sub("_", text)
    if _LONG_KEY.search(bare):
        raise ValueError(f"a key of more than {DEPTH_MAX} parts")
    if _LONG_NUMBER.search(bare):
        raise ValueError("a number of more than 18 digits")
    depth = 0
    for sign in re.findall(r"[\[\]{}]", bare):
        depth += _STEPS[sign]
        if depth > DEPTH_MAX:
            raise ValueError(f"brackets within more than {DEPTH_MAX} others")
