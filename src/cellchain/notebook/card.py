"""Cards: how things look in a notebook. Small tables, escaped, without style or script."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TEXT_MAX = 80


def fact_card(title: str, facts: Mapping[str, Any]) -> str:
    """Return a title over names and values; what is empty is left out."""
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{_cell(value)}</td></tr>'
        for name, value in facts.items()
        if value not in (None, "", (), [], {})
    )
    return f"<table><caption>{escape(title)}</caption><tbody>{rows}</tbody></table>"


def table_card(rows: Sequence[Mapping[str, Any]], count: int) -> str:
    """Return the first of ``count`` rows as a table."""
    names = list(rows[0]) if rows else []
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = "".join(
        f"<tr>{''.join(f'<td>{_cell(row.get(name))}</td>' for name in names)}</tr>" for row in rows
    )
    told = f"{count:,} rows" if count == len(rows) else f"{len(rows)} of {count:,} rows"
    return (
        f"<table><caption>{told}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return escape(text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 1] + "…")
