"""Lists, gathered page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cellchain.notebook.rows import Rows

if TYPE_CHECKING:
    from cellchain.notebook.question import Question
    from cellchain.notebook.source import Source

PAGE = 1_000
"""Rows of a page: as many as the API gives at once."""


def gathered(
    source: Source, question: Question, limit: int, name: str = "", **wanted: Any
) -> Rows[Any]:
    """Return the first ``limit`` rows of a list."""
    rows: list[Any] = []
    after, total = None, None
    while len(rows) < limit:
        size = min(PAGE, limit - len(rows))
        page = source.ask(question, name, after=after, limit=size, **wanted)
        rows += page.rows
        after, total = page.after, getattr(page, "total", None)
        if after is None:
            break
    return Rows(rows, total=total, more=after is not None)
