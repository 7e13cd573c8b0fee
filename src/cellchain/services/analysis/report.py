"""What an evaluation found, to be read: figures in tables, as Markdown or as a page."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


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


def markdown(report: Report) -> str:
    """Return a report as Markdown."""
    parts = [one if isinstance(one, str) else _table(one) for one in report.parts]
    return "\n\n".join([f"# {report.title}", *parts]) + "\n"


def page(report: Report) -> str:
    """Return a report as one HTML page that needs nothing else."""
    parts = [
        f"<p>{escape(one)}</p>" if isinstance(one, str) else _html(one) for one in report.parts
    ]
    title = escape(report.title)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{_STYLE}</style><main><h1>{title}</h1>{''.join(parts)}</main></html>\n"
    )


_STYLE = (
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:2rem}"
    "main{max-width:60rem;margin:auto}div{overflow-x:auto}table{border-collapse:collapse}"
    "th,td{padding:.3rem .8rem;text-align:left;border-bottom:1px solid #8884}"
    "td+td{font-variant-numeric:tabular-nums}"
)


def _table(figures: Figures) -> str:
    rows = [figures.columns, ("---",) * len(figures.columns), *figures.rows]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n\n".join(filter(None, [f"## {figures.title}", "\n".join(lines), figures.note]))


def _html(figures: Figures) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in figures.columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in figures.rows
    )
    note = f"<p>{escape(figures.note)}</p>" if figures.note else ""
    title = f"<h2>{escape(figures.title)}</h2>"
    return f"{title}<div><table><tr>{head}</tr>{rows}</table></div>{note}"
