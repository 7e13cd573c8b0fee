"""What an evaluation found, to be read: paragraphs and tables of figures; as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cellchain.services.analysis.shapes import Picture


@dataclass(frozen=True, slots=True)
class Figures:
    """One table of a report; cells are written as they are told."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A title, what the protocol was, and what it found."""

    title: str
    parts: tuple[str | Figures, ...]
    """Paragraphs and tables, in order."""
    picture: Picture
    """The figure that counts, beside that of naive answers."""


def markdown(report: Report) -> str:
    """Return a report as Markdown."""
    parts = [_plain(one) if isinstance(one, str) else _table(one) for one in report.parts]
    return "\n\n".join([f"# {_plain(report.title)}", *parts]) + "\n"


def _table(figures: Figures) -> str:
    rows = [figures.columns, ("---",) * len(figures.columns), *figures.rows]
    lines = [
        "| " + " | ".join(_plain(cell).replace("|", "\\|") for cell in row) + " |" for row in rows
    ]
    parts = [f"## {_plain(figures.title)}", "\n".join(lines), _plain(figures.note)]
    return "\n\n".join(filter(None, parts))


def _plain(text: str) -> str:
    """Return a text, which may come from a file of data, as one line without HTML in it."""
    return " ".join(text.split()).replace("<", "&lt;")
