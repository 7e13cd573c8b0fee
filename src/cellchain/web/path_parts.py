"""What a path and a query say, without characters that no name and no value here has.

A control character is in nothing that is kept, PostgreSQL takes no NUL, and whoever sends one is
told so before anything is looked up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import category
from urllib.parse import unquote

from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request


def path_parts(request: Request) -> dict[str, str]:
    """Return the named parts of a path, decoded.

    Raises:
        Refused: ``web.query``: a control character.
    """
    parts = {name: unquote(value) for name, value in request.path_params.items()}
    refuse_controls(parts.items())
    return parts


def refuse_controls(pairs: Iterable[tuple[str, str]]) -> None:
    """Refuse names and values with a control character in them (Unicode category Cc).

    Raises:
        Refused: ``web.query``.
    """
    for name, value in pairs:
        for character in name + value:
            if category(character) == "Cc":
                raise Refused(
                    "web.query",
                    f"there is a control character, {character!a}, in {ascii(name)[:60]}",
                    remedy="leave it out",
                )
