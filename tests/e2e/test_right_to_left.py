"""Pages that run from right to left, and names that would turn the rest of a line around."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

PACK = "01/09506000134628/21/{pack}"
PAGES = (
    "/",
    "/batteries",
    f"/batteries/{PACK}",
    f"/batteries/compare?b={PACK}",
    "/devices",
    "/documents",
    "/documents/CONFORMITY-DECLARATION",
    f"/{PACK}",
    f"/labels/{PACK}",
    "/ledger",
    "/ledger/blocks/5",
    "/ledger/events",
    "/ledger/events/70",
    "/lots",
    "/lots/NI-ORE-1",
    "/organisation",
    "/parties",
    "/parties/dynamo-packs",
    "/runs/MILL-NI-1",
    "/search?q=nickel",
    "/sign-in",
    "/system",
    "/verify",
)
WIDTHS = (390, 1024, 1280)
NAMES = {
    "Dynamo Packs": "חבילות דינמו",
    "Acme Mine": "منجم أكمي",
    "Everwheel Cars": "\u202eEverwheel Cars",
    "Halflife Storage": "\u2067Halflife Storage",
    "Cellulon Cells": "\u202bCellulon Cells",
    "CONFORMITY-DECLARATION<": "\u202eהצהרה<",
    "CYCLE-LIFE-TEST<": "\u202eCYCLE-LIFE-TEST<",
    "nickel sulphide ore<": "\u202eniccolum<",
    "north pit, Finland<": "\u202eמכרה<",
    "pack works, Poland<": "\u202eמפעל<",
}
"""A text of the demo → what somebody else might have called it."""
TURNED = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const turned = [];
  for (let node; (node = walker.nextNode()); ) {
    const around = node.parentElement;
    if (!around.checkVisibility() || around.closest('bdi, svg, script, .hide, option')) continue;
    for (const found of node.data.matchAll(/[A-Za-z]{2,}/g)) {
      const range = document.createRange();
      range.setStart(node, found.index);
      range.setEnd(node, found.index + 1);
      const first = range.getBoundingClientRect();
      range.setStart(node, found.index + 1);
      range.setEnd(node, found.index + 2);
      const second = range.getBoundingClientRect();
      if (first.width && Math.abs(first.top - second.top) < 4 && second.left < first.left - 1)
        turned.push(node.data.trim().slice(0, 60));
    }
  }
  return turned;
}"""
"""Words of ours whose second letter stands to the left of the first."""


@pytest.mark.parametrize("url", PAGES)
def test_a_page_can_run_from_right_to_left(
    site: str, member: BrowserContext, pack: str, url: str
) -> None:
    page = member.new_page()
    try:
        page.goto(site + url.format(pack=pack), wait_until="load")
        page.evaluate("document.documentElement.dir = 'rtl'")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate("document.querySelectorAll('.menu').forEach(e => { e.open = true })")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            brand = page.locator(".brand").bounding_box()
            assert brand
            assert brand["x"] > width / 2
    finally:
        page.close()


@pytest.mark.parametrize("url", PAGES)
def test_a_name_turns_nothing_but_itself(
    site: str, member: BrowserContext, pack: str, url: str
) -> None:
    page = renamed(member.new_page())
    try:
        page.goto(site + url.format(pack=pack), wait_until="load")
        assert page.evaluate(TURNED) == []
    finally:
        page.close()


def test_what_is_refused_may_name_what_turns_a_line(site: str, chromium: Browser) -> None:
    context = chromium.new_context()
    page = context.new_page()

    page.goto(f"{site}/parties/%E2%80%AEdrow-tsal")

    assert "\u202e" not in page.inner_text("main")
    assert page.evaluate(TURNED) == []
    context.close()


def renamed(page: Page) -> Page:
    """Let everybody on the pages be called something else."""

    def answer(route: Route) -> None:
        found = route.fetch()
        text = found.text()
        for name, other in NAMES.items():
            text = text.replace(name, other)
        route.fulfill(response=found, body=text)

    # fragments come later, and may come while the page is closed
    others = "/assets/", "/api/", "/fragments/"
    page.route(lambda url: not any(one in url for one in others), answer)
    return page
