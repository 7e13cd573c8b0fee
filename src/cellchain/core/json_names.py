"""A name that stands twice in an object of JSON: readers differ on which of the two counts."""

from __future__ import annotations

import json
from typing import Any

from cellchain.core.errors import Refused


def check_names_once(data: bytes) -> None:
    """Refuse JSON in which an object has a name twice; what is no JSON is left to its reader.

    Raises:
        Refused: ``json.malformed``.
    """
    try:
        json.loads(data, object_pairs_hook=_once, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return


def _once(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise Refused("json.malformed", f"{name[:60]!a} stands twice in one object")
        seen.add(name)
