"""The live chart in a browser: what it does when something was missed, and on coming back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

SOURCES = """
window.sources = [];
window.EventSource = class extends EventTarget {
  constructor(url) { super(); this.url = url; this.open = true; window.sources.push(this); }
  close() { this.open = false; }
};
window.EventSource.prototype.tell = function (kind, data) {
  this.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(data) }));
};
"""
GONE = "dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))"
BACK = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"
NOTHING_NEW = "sources.at(-1).tell('message', [])"


@pytest.fixture
def page(site: str, chromium: Browser) -> Iterator[Page]:
    """The page of a pack, for who drives it; its streams are played by the test."""
    context = chromium.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.add_init_script(SOURCES)
    page.goto(f"{site}/sign-in")
    with page.expect_navigation():
        page.click('button[value="ana@everwheel-cars.example"]')
    found = context.request.get(
        f"{site}/api/v1/batteries?sort=pack&holder=everwheel-cars&limit=1"
    ).json()
    page.goto(f"{site}/batteries/{found['rows'][0]['battery']}")
    page.wait_for_selector("#live[data-live] canvas")
    yield page
    context.close()


def open_sources(page: Page) -> list[bool]:
    return page.evaluate("sources.map((source) => source.open)")  # type: ignore[no-any-return]


def test_what_was_missed_is_fetched_anew(page: Page) -> None:
    drawn = page.locator("#live canvas").count()
    with page.expect_response("**/readings?*") as answer:
        page.evaluate("sources[0].tell('missed', {})")
    assert answer.value.ok
    page.wait_for_function("document.querySelectorAll('#live canvas').length > 0")
    assert page.locator("#live canvas").count() == drawn


def test_who_comes_back_to_a_page_hears_again(page: Page) -> None:
    chip = page.locator("#live-state")
    page.evaluate(NOTHING_NEW)
    assert (open_sources(page), chip.inner_text()) == ([True], "live")
    page.evaluate(GONE)
    assert (open_sources(page), chip.inner_text()) == ([False], "not connected")
    with page.expect_response("**/readings?*"):
        page.evaluate(BACK)
    assert open_sources(page) == [False, True]
    page.evaluate(NOTHING_NEW)
    assert chip.inner_text() == "live"
