"""The page of a report in a real browser: readable in both schemes and widths, and silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.services.analysis.report import Figures, Report
from cellchain.services.analysis.shapes import Picture
from cellchain.web.report_page import ROWS_OPEN, render
from tests.e2e.looking import looked_over

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

STRANGE = "<script>document.title = 'run'</script>"
COLUMNS = ("cell", *(f"{age} % of life" for age in range(10, 100, 10)))
ROWS = tuple((f"{STRANGE} {n}", *("12.34 / 56.78",) * 9) for n in range(ROWS_OPEN + 5))
REPORT = Report(
    "Remaining cycles",
    (
        "W" * 300,
        Figures("Few", COLUMNS, ROWS[:3], "A note."),
        Figures("Many", COLUMNS, ROWS),
        Figures("None", COLUMNS, ()),
    ),
    Picture("t", "x", ""),
)


def test_the_page_is_readable_in_both_schemes_and_widths(tmp_path: Path, chromium: Browser) -> None:
    file = tmp_path / "report.html"
    file.write_bytes(render(REPORT))
    page = chromium.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(file.as_uri())
    assert looked_over(page) == []
    page.locator("summary").click()
    assert looked_over(page) == []
    assert (page.title(), said) == ("Remaining cycles", [])
    assert page.locator("tbody tr").count() == 3 + len(ROWS)
    page.close()
