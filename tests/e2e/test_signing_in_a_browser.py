"""The browser as signer: a key that it keeps, what it signs, and what it refuses to sign."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cellchain.app import Cellchain
from tests.e2e.looking import looked_over
from tests.e2e.served import browser, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Route

GIVER, TAKER = "halflife-storage", "indigo-recycler"
PREPARE = "**/api/v1/messages/prepare"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("signed") / "demo"
    Cellchain().demo(folder, batteries=3, seed=1, listener=lambda _: None)
    with served(folder) as url:
        yield url


def signed_in(chromium: Browser, site: str, member: str) -> Page:
    page = chromium.new_context(reduced_motion="reduce").new_page()
    page.goto(f"{site}/sign-in")
    with page.expect_navigation():
        page.click(f'button[value="{member}"]')
    return page


def own_key(page: Page, site: str) -> str:
    """Make a key in the browser, enter it into the book, and revoke the server's."""
    page.goto(f"{site}/organisation")
    page.click("#make-browser-key")
    with page.expect_navigation():
        page.click("text=Enter it into the book")
    page.wait_for_selector("#browser-keys .chip.good")
    key = page.inner_text("#browser-keys-list code")
    assert len(bytes.fromhex(key)) == 32
    rows = page.request.get(f"{site}/organisation?format=json").json()["keys"]
    (former,) = [row["key"] for row in rows if row["key"] != key]
    row = page.locator("tr", has_text=former[:10])
    row.locator("summary").click()
    with page.expect_navigation():
        row.locator("button").click()
    page.wait_for_selector("#browser-keys .chip.good")
    return key


def battery_of(page: Page, site: str, holder: str) -> str:
    found = page.request.get(f"{site}/api/v1/batteries?holder={holder}&sort=vehicle")
    battery: str = found.json()["rows"][0]["battery"]
    return battery


def offer(page: Page, site: str, battery: str, receiver: str) -> None:
    """Fill in the form of an offer, as far as the page on which it is signed."""
    page.goto(f"{site}/batteries/{battery}")
    page.click("summary:has-text('Hand it over')")
    page.fill("#receiver", receiver)
    with page.expect_navigation():
        page.click("button:has-text('Offer it')")
    assert page.inner_text("h1") == "Sign it yourself"


@pytest.fixture(scope="module")
def giver(site: str, chromium: Browser) -> Iterator[Page]:
    """A signer whose organisation has no key but that in this browser."""
    page = signed_in(chromium, site, f"ana@{GIVER}.example")
    own_key(page, site)
    yield page
    page.context.close()


@pytest.fixture
def on_offer(giver: Page, site: str) -> Page:
    offer(giver, site, battery_of(giver, site, GIVER), TAKER)
    giver.wait_for_selector("#sign-now:visible")
    return giver


def chain(page: Page) -> str:
    return page.locator("#signing").get_attribute("data-chain") or ""


def other_messages(body: dict[str, Any]) -> str:
    body["messages"][0]["receiver"] = "everwheel-cars"
    return compact(body)


def one_more(body: dict[str, Any]) -> str:
    body["messages"].append(body["messages"][0])
    return compact(body)


def other_chain(body: dict[str, Any]) -> str:
    return compact(body | {"chain": "other"})


def other_key(body: dict[str, Any]) -> str:
    return compact(body | {"key": "0" * 64})


def something_besides(body: dict[str, Any]) -> str:
    return compact(body | {"memo": "x"})


def no_end(body: dict[str, Any]) -> str:
    del body["expires_ms"]
    return compact(body)


def good_for_long(body: dict[str, Any]) -> str:
    return compact(body | {"expires_ms": body["expires_ms"] + 30 * 86_400_000})


def said_twice(body: dict[str, Any]) -> str:
    text = compact(body)
    return text.replace('"messages":', '"messages":[],"messages":')


def no_json(_: dict[str, Any]) -> str:
    return "x"


def compact(body: dict[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"), sort_keys=True)


TAMPERED = (
    other_messages, one_more, other_chain, other_key, something_besides, no_end, said_twice,
    good_for_long, no_json,
)  # fmt: skip


@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda one: one.__name__)
def test_what_is_not_shown_is_not_signed(
    on_offer: Page, tamper: Callable[[dict[str, Any]], str]
) -> None:
    sent: list[str] = []

    def answer(route: Route) -> None:
        prepared = route.fetch().json()
        route.fulfill(json=prepared | {"body": tamper(json.loads(prepared["body"]))})

    on_offer.on("request", lambda one: sent.append(one.url))
    on_offer.route(PREPARE, answer)
    try:
        on_offer.click("#sign-now")
        on_offer.wait_for_selector("#signing-problem:visible")
    finally:
        on_offer.unroute(PREPARE)

    assert on_offer.inner_text("#signing-problem h3").startswith("Not signed: ")
    assert not [url for url in sent if url.endswith("/transactions")]
    assert on_offer.is_enabled("#sign-now")


def test_something_else_than_a_transaction_is_not_signed(on_offer: Page) -> None:
    def answer(route: Route) -> None:
        route.fulfill(json=route.fetch().json() | {"prefix": "cellchain/header/1\n"})

    on_offer.route(PREPARE, answer)
    on_offer.click("#sign-now")
    on_offer.wait_for_selector("#signing-problem:visible")
    on_offer.unroute(PREPARE)

    assert "no transaction" in on_offer.inner_text("#signing-problem")


def test_an_answer_that_does_not_come_is_no_promise(on_offer: Page) -> None:
    on_offer.route("**/api/v1/transactions", lambda route: route.abort())
    on_offer.click("#sign-now")
    on_offer.wait_for_selector("#signing-problem:visible")
    on_offer.unroute("**/api/v1/transactions")

    assert "look before you sign it again" in on_offer.inner_text("#signing-problem")


def test_what_a_rule_refuses_is_said_with_its_code(giver: Page, site: str) -> None:
    offer(giver, site, battery_of(giver, site, GIVER), "nobody-known")
    giver.click("#sign-now")
    giver.wait_for_selector("#signing-problem:visible")

    assert giver.inner_text("#signing-problem code") == "membership.unknown_party"


def test_a_battery_is_handed_over_with_a_key_in_the_browser(
    on_offer: Page, site: str, chromium: Browser
) -> None:
    battery = battery_of(on_offer, site, GIVER)
    with on_offer.expect_navigation(url=f"{site}/batteries/{battery}#custody"):
        on_offer.click("#sign-now")
    assert "offers it to Indigo Recycler" in on_offer.inner_text("#custody")

    taker = signed_in(chromium, site, f"ana@{TAKER}.example")
    taker.goto(f"{site}/batteries/{battery}")
    with taker.expect_navigation():
        taker.click("button:has-text('Accept it')")
    assert "Indigo Recycler" in taker.inner_text("#custody table")

    taker.click("summary:has-text('Hand it over')")
    taker.fill("#receiver", GIVER)
    with taker.expect_navigation():
        taker.click("button:has-text('Offer it')")
    taker.context.close()
    on_offer.goto(f"{site}/batteries/{battery}")
    with on_offer.expect_navigation():
        on_offer.click("button:has-text('Accept it')")
    with on_offer.expect_navigation(url=f"{site}/batteries/{battery}#custody"):
        on_offer.click("#sign-now")
    assert "Halflife Storage" in on_offer.inner_text("#custody table")


def test_a_second_key_is_entered_by_the_first_and_forgotten(giver: Page, site: str) -> None:
    giver.goto(f"{site}/organisation")
    giver.wait_for_selector("#browser-keys-list li")
    before = giver.locator("#browser-keys-list code").all_inner_texts()
    giver.click("#make-browser-key")
    giver.wait_for_selector(f"#browser-keys-list li >> nth={len(before)}")
    newest = giver.locator("#browser-keys-list li").first
    assert newest.locator(".chip").inner_text() == "not in the book"
    with giver.expect_navigation():
        newest.locator("form button").click()
    assert giver.inner_text("h1") == "Sign it yourself"
    with giver.expect_navigation(url=f"{site}/organisation#browser-keys"):
        giver.click("#sign-now")
    giver.wait_for_selector(f"#browser-keys-list li >> nth={len(before)}")
    assert newest.locator(".chip").inner_text() == "in the book"

    newest.locator("summary").click()
    newest.locator("button", has_text="Forget").click()
    giver.wait_for_selector(f"#browser-keys-list li >> nth={len(before)}", state="detached")
    giver.reload()
    giver.wait_for_selector("#browser-keys-list li")
    assert giver.locator("#browser-keys-list code").all_inner_texts() == before


def test_a_key_of_a_browser_cannot_be_read_by_any_script(giver: Page, site: str) -> None:
    giver.goto(f"{site}/organisation")
    giver.wait_for_selector("#browser-keys-list li")
    told = giver.evaluate(
        """async () => {
          const open = indexedDB.open("cellchain", 1);
          const store = await new Promise(done => { open.onsuccess = () => done(open.result); });
          const all = store.transaction("keys").objectStore("keys").getAll();
          const [kept] = await new Promise(done => { all.onsuccess = () => done(all.result); });
          const formats = ["raw", "pkcs8", "jwk"];
          const tries = formats.map(one => crypto.subtle.exportKey(one, kept.secret));
          const got = await Promise.allSettled(tries);
          store.close();
          return [kept.secret.extractable, ...got.map(one => one.status)];
        }"""
    )
    assert told == [False, "rejected", "rejected", "rejected"]


WITHOUT = {
    "too old": "crypto.subtle.generateKey = () => Promise.reject(new Error())",
    "did not come by https": "Object.defineProperty(window, 'isSecureContext', {value: false})",
    "has no IndexedDB": "Object.defineProperty(window, 'indexedDB', {value: undefined})",
    "refuses to keep": "indexedDB.open = () => { throw new Error(); }",
}


@pytest.mark.parametrize("said", WITHOUT)
def test_a_browser_that_cannot_sign_says_why(giver: Page, site: str, said: str) -> None:
    page = giver.context.new_page()
    page.add_init_script(WITHOUT[said])
    page.goto(f"{site}/organisation")
    assert_said(page, "#browser-keys-state", said)
    assert not page.is_visible("#make-browser-key")
    offer(page, site, battery_of(page, site, GIVER), TAKER)
    assert_said(page, "#signing-state", said)
    assert not page.is_visible("#sign-now")
    assert page.inner_text("#signing-elsewhere pre").startswith("cellchain send custody.offer")
    page.close()


def assert_said(page: Page, place: str, said: str) -> None:
    page.wait_for_selector(f"{place}:has-text('{said}')")


def test_another_browser_of_the_party_says_how_to_get_a_key(
    giver: Page, site: str, chromium: Browser
) -> None:
    page = signed_in(chromium, site, f"bo@{GIVER}.example")
    offer(page, site, battery_of(page, site, GIVER), TAKER)
    page.wait_for_selector("#signing-no-key:visible")
    assert looked_over(page) == []
    page.context.close()


def test_every_state_is_readable(giver: Page, site: str) -> None:
    offer(giver, site, battery_of(giver, site, GIVER), TAKER)
    giver.wait_for_selector("#sign-now:visible")
    assert looked_over(giver) == []
    for summary in giver.locator("main summary").all():
        summary.click()
    giver.route(PREPARE, lambda route: route.fulfill(json={"prefix": "x", "body": "{}"}))
    giver.click("#sign-now")
    giver.wait_for_selector("#signing-problem:visible")
    giver.unroute(PREPARE)
    assert looked_over(giver) == []
    giver.goto(f"{site}/organisation")
    giver.click("#make-browser-key")
    giver.wait_for_selector("#browser-keys-list .chip.watch")
    for summary in giver.locator("#browser-keys-list summary, #keys ~ * summary").all():
        summary.click()
    assert looked_over(giver) == []


def test_a_key_that_cannot_be_made_is_said_and_tried_again(giver: Page, site: str) -> None:
    giver.goto(f"{site}/organisation")
    button = giver.locator("#make-browser-key")
    button.wait_for()
    giver.evaluate(
        "() => { const make = crypto.subtle.generateKey; crypto.subtle.generateKey = () => {"
        " crypto.subtle.generateKey = make; throw new Error('no entropy'); }; }"
    )
    button.click()
    assert_said(giver, "#browser-keys-state", "No entropy")
    assert button.is_enabled()
