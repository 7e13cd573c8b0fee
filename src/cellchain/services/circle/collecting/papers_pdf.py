"""A stop list on paper: one PDF, the same bytes for the same plan."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from cellchain.science.extra import extra_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.services.circle.collecting.stop_list import Row

MARGIN = 28.0
"""Points."""
WIDTHS = 24, 70, 46, 46, 62, 104, 150, 60, 58, 160
COLUMNS = "No", "What", "Arrives", "Leaves", "Window", "Goods", "Name", "Class", "Packing", "Note"


def check_installed() -> None:
    """Refuse where no paper could be made.

    Raises:
        Refused: ``papers.no_reportlab``: the extra is not installed.
    """
    extra_part("reportlab", "papers.no_reportlab", extra="circle")


def sheet_pdf(title: str, summary: str, rows: Sequence[Row], notes: Sequence[str]) -> bytes:
    """Return a stop list as PDF, A4 across.

    Letters beyond Latin 1 show as question marks: the fonts of every reader know no others.

    Raises:
        Refused: ``papers.no_reportlab``: the extra is not installed.
    """
    page, styles, flow = (
        extra_part(f"reportlab.{name}", "papers.no_reportlab", extra="circle")
        for name in ("lib.pagesizes", "lib.styles", "platypus")
    )
    sheet = styles.getSampleStyleSheet()
    small = styles.ParagraphStyle("small", parent=sheet["Normal"], fontSize=7, leading=8.5)

    def text(told: str, style: Any = small) -> Any:
        return flow.Paragraph(escape(told.encode("latin-1", "replace").decode("latin-1")), style)

    table = flow.Table(
        [list(map(text, COLUMNS)), *(list(map(text, _cells(row))) for row in rows)],
        colWidths=WIDTHS, repeatRows=1,
        style=[("GRID", (0, 0), (-1, -1), 0.4, "#888888"),
               ("BACKGROUND", (0, 0), (-1, 0), "#e6e6e6"),
               ("VALIGN", (0, 0), (-1, -1), "TOP"),
               ("LEFTPADDING", (0, 0), (-1, -1), 2), ("RIGHTPADDING", (0, 0), (-1, -1), 2)],
    )  # fmt: skip
    out = io.BytesIO()
    paper = flow.SimpleDocTemplate(
        out, pagesize=page.landscape(page.A4), title=title, invariant=1, lang="en",
        leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
    )  # fmt: skip
    story = [text(title, sheet["Heading2"]), text(summary, sheet["Normal"]),
             flow.Spacer(1, 6), table, flow.Spacer(1, 8),
             *(text(note, sheet["Normal"]) for note in notes)]  # fmt: skip
    paper.build(story)
    return out.getvalue()


def _cells(row: Row) -> tuple[str, ...]:
    goods = f"{row.kg} kg, {row.pallets} pallets, {row.kwh} kWh, {row.packs} packs"
    is_stop = row.what == "load"
    return (
        row.order,
        f"{row.what}: {row.where}",
        row.arrives or row.begins,
        row.leaves,
        f"{row.opens} to {row.closes}" if row.closes else f"from {row.opens}" * bool(row.opens),
        goods if is_stop else "",
        f"{row.un_number} {row.proper_shipping_name}, 9, {row.tunnel_code}" if is_stop else "",
        row.damage_class,
        f"{row.provision}, {row.packing}" if is_stop else "",
        row.note,
    )
