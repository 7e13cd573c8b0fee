"""What is wrong with a page as it stands: found by axe-core, in both schemes and widths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDTHS = (390, 1280)
SCHEMES = ("light", "dark")
DRAWN_AGAIN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def looked_over(page: Page) -> list[str]:
    """Return what is wrong with ``page``."""
    from axe_playwright_python.sync_playwright import Axe

    astray: list[str] = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate(DRAWN_AGAIN)  # charts follow a change of width a frame later
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                astray.append(f"{scheme} {width}: {wide} pixels wide")
            options: dict[str, Any] = {"runOnly": {"type": "tag", "values": STANDARDS}}
            found = Axe().run(page, options=options)
            astray += [
                f"{scheme} {width}: {v['id']} at {v['nodes'][0]['target']}"
                for v in found.response["violations"]
            ]
    return astray
