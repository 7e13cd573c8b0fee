"""Every page in every state, light and dark, on a phone and a desk: readable, and nothing astray.

Each page that is found must be listed here with an example of each of its states; one that is not
fails the test. The page that only a form leads to, on which its messages are signed, is looked at
in `test_signing_in_a_browser`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cellchain.web.pages import discover_pages
from tests.e2e.looking import looked_over

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PACK = "01/09506000134628/21/{pack}"
STATES: dict[str, tuple[str, ...]] = {
    "/": ("/",),
    "/01/{gtin}": ("/01/09506000134628",),
    "/01/{gtin}/21/{serial}": (f"/{PACK}", f"/{PACK}?lang=de", f"/{PACK}?lang=ja"),
    "/api": ("/api",),
    "/approvals": ("/approvals",),
    "/batteries": ("/batteries", "/batteries?text=nothing+like+it", "/batteries?sort=pack"),
    "/batteries/01/{gtin}/21/{serial}": (
        f"/batteries/{PACK}",
        "/batteries/01/09506000134628/21/NONE",
    ),
    "/batteries/compare": ("/batteries/compare", f"/batteries/compare?b={PACK}"),
    "/devices": ("/devices",),
    "/documents": ("/documents",),
    "/documents/{document}": ("/documents/CONFORMITY-DECLARATION", "/documents/NONE"),
    "/fragments/head": (),
    "/invitation": ("/invitation?token=x",),
    "/jobs": ("/jobs",),
    "/jobs/{job}": ("/jobs/none",),
    "/lab": ("/lab",),
    "/lab/circle": ("/lab/circle",),
    "/lab/runs/{run}": ("/lab/runs/none",),
    "/lab/{question}": ("/lab/twin.soh", "/lab/twin.train", "/lab/none"),
    "/labels/01/{gtin}/21/{serial}": (f"/labels/{PACK}",),
    "/governance": ("/governance",),
    "/ledger": ("/ledger",),
    "/ledger/blocks/{height}": ("/ledger/blocks/5", "/ledger/blocks/999999"),
    "/ledger/events": ("/ledger/events", "/ledger/events?kind=custody."),
    "/ledger/events/{position}": ("/ledger/events/70",),
    "/ledger/transactions/{transaction}": (f"/ledger/transactions/{'0' * 64}",),
    "/lots": ("/lots", "/lots?text=nothing+like+it"),
    "/lots/{lot}": ("/lots/NI-ORE-1", "/lots/NONE"),
    "/organisation": ("/organisation",),
    "/organisation/webhooks/{webhook}": ("/organisation/webhooks/none",),
    "/parties": ("/parties",),
    "/parties/{party}": ("/parties/dynamo-packs", "/parties/none"),
    "/runs/{run}": ("/runs/MILL-NI-1",),
    "/scheme": ("/scheme",),
    "/search": ("/search", "/search?q=nickel", "/search?q=nothing+like+it"),
    "/sign-in": ("/sign-in",),
    "/sign-in/provider": ("/sign-in/provider",),
    "/system": ("/system",),  # which says to a member of another party that it is not for it
    "/tour": ("/tour",),
    "/verify": ("/verify",),
}
"""Path of a page → what to open to see each of its states."""


def test_every_page_is_listed_here() -> None:
    assert {page.path for page in discover_pages()} == set(STATES)


def looked_at(page: Page, url: str) -> list[str]:
    """Open ``url`` and return what is wrong with it, in both schemes and widths."""
    astray: list[str] = []
    host = url.split("/")[2]
    page.on("request", lambda r: None if host in r.url else astray.append(f"asks {r.url}"))
    page.on("pageerror", lambda error: astray.append(f"script: {error}"))
    page.on("console", lambda m: astray.append(m.text) if "Content Security" in m.text else None)
    page.goto(url, wait_until="load")
    astray += looked_over(page)
    return astray


@pytest.mark.parametrize("url", [url for urls in STATES.values() for url in urls])
def test_a_page_is_readable_in_both_schemes_and_widths(
    site: str, member: BrowserContext, pack: str, url: str
) -> None:
    page = member.new_page()
    try:
        assert looked_at(page, site + url.format(pack=pack)) == []
    finally:
        page.close()


FOR_VISITORS = (
    "/", "/sign-in", "/verify", f"/{PACK}", "/ledger", "/batteries", "/ledger/blocks/5",
    "/ledger/events", "/ledger/events/1", "/ledger/events/70", "/parties/dynamo-packs",
    "/search?q=dynamo",
)  # fmt: skip
"""Among them an event that is open and one that is for members."""


@pytest.mark.parametrize("url", FOR_VISITORS)
def test_a_visitor_finds_everything_readable_too(
    site: str, chromium: Browser, pack: str, url: str
) -> None:
    context = chromium.new_context(reduced_motion="reduce")
    try:
        assert looked_at(context.new_page(), site + url.format(pack=pack)) == []
    finally:
        context.close()


def test_the_operator_finds_the_system_readable(site: str, chromium: Browser) -> None:
    page = signed_in(chromium, site, "ana@operator.example")
    assert looked_at(page, f"{site}/system") == []
    assert "What was looked at" in page.content()
    page.context.close()


def test_a_visitor_checks_a_block_without_what_is_in_it(site: str, chromium: Browser) -> None:
    context = chromium.new_context(reduced_motion="reduce")
    page = context.new_page()
    raw = context.request.get(f"{site}/api/v1/blocks/5/raw").json()
    assert None in raw["transactions"]
    page.goto(f"{site}/ledger/blocks/5")
    page.click("#check")
    page.wait_for_selector("#steps li:nth-child(5)")
    assert page.locator("#steps li").count() == 5
    assert page.locator("#steps .bad").count() == 0
    context.close()


def test_the_public_page_needs_no_script_and_little_to_load(
    site: str, chromium: Browser, pack: str
) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="fr-FR")
    page = context.new_page()
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())))

    page.goto(site + "/" + PACK.format(pack=pack))

    assert page.locator("html").get_attribute("lang") == "fr"
    assert page.locator("script").count() == 0
    assert sum(sizes) < 200_000
    context.close()


def test_the_keyboard_alone_reaches_everything(site: str, member: BrowserContext) -> None:
    page = member.new_page()
    page.goto(f"{site}/batteries")
    page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true })")
    wanted = page.locator("a[href], button, input:not([type=hidden]), summary").count()
    seen = set()
    for _ in range(wanted + 40):
        page.keyboard.press("Tab")
        seen.add(
            page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)")
        )
    reached = page.evaluate(
        """seen => {
          const all = [...document.querySelectorAll('*')];
          const wanted = 'a[href], button, input:not([type=hidden]), summary';
          return [...document.querySelectorAll(wanted)]
            .filter(e => e.checkVisibility() && !seen.includes(all.indexOf(e)))
            .map(e => e.outerHTML.slice(0, 80));
        }""",
        list(seen),
    )
    page.close()
    assert reached == []


def test_a_battery_is_handed_over_by_two_people(
    site: str, chromium: Browser, member: BrowserContext
) -> None:
    found = member.request.get(f"{site}/api/v1/batteries?holder=halflife-storage&sort=vehicle")
    battery = found.json()["rows"][0]["battery"]
    page = signed_in(chromium, site, "ana@halflife-storage.example")
    page.goto(f"{site}/batteries/{battery}")
    page.click("summary:has-text('Hand it over')")
    page.fill("#receiver", "indigo-recycler")
    with page.expect_navigation():
        page.click("button:has-text('Offer it')")
    assert "offers it to Indigo Recycler" in page.inner_text("#custody")

    taker = signed_in(chromium, site, "ana@indigo-recycler.example")
    taker.goto(f"{site}/batteries/{battery}")
    with taker.expect_navigation():
        taker.click("button:has-text('Accept it')")

    assert "Indigo Recycler" in taker.inner_text("#custody table")
    page.context.close()
    taker.context.close()


def signed_in(chromium: Browser, site: str, member: str) -> Page:
    page = chromium.new_context(reduced_motion="reduce").new_page()
    page.goto(f"{site}/sign-in")
    with page.expect_navigation():
        page.click(f'button[value="{member}"]')
    return page
