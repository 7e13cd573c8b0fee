"""Days, numbers and known words as a reader of one of the languages writes them.

A catalogue shows how: ``date`` is a pattern, ``months`` are twelve names, and ``number`` is the
number 1234.5 as it is written there, whose second and last but one characters are the separators.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from cellchain.web.frame.languages import catalogue

if TYPE_CHECKING:
    from datetime import date


@lru_cache(maxsize=4096)
def day_in(found: date, language: str) -> str:
    """Return a day, the month as a word where the language has it so."""
    say = catalogue(language)
    month = say["months"].split(" ")[found.month - 1]
    return say["date"].format(day=found.day, month=month, year=found.year)


def number_in(plain: str, language: str) -> str:
    """Return a number, written as ``1,234.5``, with the separators of the language."""
    return plain.translate(_separators(language))


def category_in(told: str, language: str) -> str:
    """Return a category of batteries that was stated in English; anything else as it was stated."""
    name = _categories().get(told.casefold())
    return told if name is None else catalogue(language)[name]


@cache
def _separators(language: str) -> dict[int, str]:
    sample = catalogue(language)["number"]
    return {ord(","): sample[1], ord("."): sample[-2]}


@cache
def _categories() -> dict[str, str]:
    return {text: name for name, text in catalogue("en").items() if name.startswith("category_")}
