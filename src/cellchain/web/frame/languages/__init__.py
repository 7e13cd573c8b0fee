"""Languages: which of the nine a reader prefers, and what the public page says in it.

A tenth is a catalogue beside these, its code in ``LANGUAGES`` and its name in ``NAMES``. The
catalogue says how its script runs (``dir``: ``ltr`` or ``rtl``), how it writes a day and a number,
and every sentence; nothing else has to change for Arabic or Hebrew.
"""

from __future__ import annotations

import json
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "zh", "ja", "ko")
"""In the order in which they are offered."""
NAMES: Mapping[str, str] = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "it": "Italiano",
    "pt": "Português",
    "zh": "中文",
    "ja": "日本語",
    "ko": "한국어",
}
_FOLDER = Path(__file__).parent


def preferred(accept_language: str, request: Request) -> str:
    """Return the language to answer in: ``?lang=`` first, then what the browser asks for."""
    if b"lang=" in request.scope["query_string"]:
        wanted = request.query_params.get("lang", "")
        if wanted in LANGUAGES:
            return wanted
    return _of_header(accept_language[:200])


@lru_cache(maxsize=1024)
def _of_header(header: str) -> str:
    """Return the first of our languages by quality (RFC 9110, section 12.5.4)."""
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(header.split(",")):
        name, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            weight = 0.0
        wanted.append((-weight, place, name.partition("-")[0].lower()))
    return next((name for weight, _, name in sorted(wanted) if weight and name in LANGUAGES), "en")


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return what the public page says in a language; English where a sentence is missing."""
    english: dict[str, str] = json.loads((_FOLDER / "en.json").read_text("utf-8"))
    if language == "en":
        return english
    own: dict[str, str] = json.loads((_FOLDER / f"{language}.json").read_text("utf-8"))
    return {**english, **own}
