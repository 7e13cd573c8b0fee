"""What every drawing of an answer begins with: its widths, its words, texts and scales."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

from markupsafe import escape

if TYPE_CHECKING:
    from collections.abc import Callable

WIDTHS = (("wide", 1100), ("narrow", 340))
LETTER = 8.5
"""Width of one, about: fonts differ."""


def opened(title: str, said: str, kind: str, width: int, height: float) -> str:
    """Return the beginning of a drawing: who hears it, hears its title and what is said."""
    key = f"p{crc32(f'{title}/{said}'.encode(errors='replace')):08x}-{kind}"
    return (
        f'<svg class="{kind}" viewBox="0 0 {width} {height:g}" width="{width}" height="{height:g}"'
        f' role="img" aria-labelledby="{key} {key}-said"><title id="{key}">{escape(title)}</title>'
        f'<desc id="{key}-said">{escape(said)}</desc>'
    )


def text_at(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    """Return a text of a drawing."""
    of = f' class="{kind}"' if kind else ""
    return f'<text{of} x="{x}" y="{round(y, 1)}" text-anchor="{anchor}">{escape(text)}</text>'


def cut(text: str, letters: int) -> str:
    """Return the beginning of a text that has so much room."""
    return text if len(text) <= letters else text[: max(letters - 1, 1)] + "…"


def scaled(span: tuple[float, float], start: float, end: float) -> Callable[[float], float]:
    """Return where values of a span are drawn from ``start`` to ``end``."""
    least, most = span
    return lambda value: round(start + (value - least) / (most - least) * (end - start), 1)
