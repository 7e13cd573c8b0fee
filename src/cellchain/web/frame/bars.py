"""Counts as bars: one row each, name before, number behind, so that no colour has to be told apart.

Two drawings are made, wide and narrow; the sheet shows one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from cellchain.web.frame.filters import number, words

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDE, NARROW = 640, 330
ROW, BAR = 28, 14
LABEL, COUNT = 104, 66


def bars_svg(counts: Mapping[str, int]) -> Markup:
    """Return the drawing of ``counts``, the most first; empty without any."""
    rows = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    if not rows:
        return Markup("")
    said = escape(", ".join(f"{number(count)} {words(name) or 'none'}" for name, count in rows))
    return Markup("").join(
        Markup(_drawing(rows, said, width, kind))  # noqa: S704  # texts are escaped
        for width, kind in ((WIDE, "wide"), (NARROW, "narrow"))
    )


def _drawing(rows: list[tuple[str, int]], said: str, width: int, kind: str) -> str:
    most = max(count for _, count in rows) or 1
    room = width - LABEL - COUNT
    parts = [
        f'<svg class="bars {kind}" role="img" aria-label="{said}" viewBox="0 0 {width}'
        f' {len(rows) * ROW}" width="{width}" height="{len(rows) * ROW}">'
    ]
    for place, (name, count) in enumerate(rows):
        y = place * ROW
        length = max(2, round(count / most * room))
        parts.append(
            f'<text x="0" y="{y + 18}">{escape(words(name) or "none")}</text>'
            f'<rect class="track" x="{LABEL}" y="{y + 7}" width="{room}" height="{BAR}" rx="4"/>'
            f'<rect class="fill" x="{LABEL}" y="{y + 7}" width="{length}" height="{BAR}" rx="4"/>'
            f'<text class="strong" x="{width}" y="{y + 18}" text-anchor="end">'
            f"{number(count)}</text>"
        )
    return "".join([*parts, "</svg>"])
