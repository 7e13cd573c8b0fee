"""A demo that is served, a browser, and somebody who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cellchain.app import Cellchain
from tests.e2e.served import browser, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served") / "demo"
    Cellchain().demo(folder, batteries=3, seed=1, listener=lambda _: None)
    # a browser asks for more in a minute than a visitor; what is asked too often has its own tests
    (folder / "cellchain.toml").write_text("[serve]\nrequests_per_minute = 0\n")
    return folder


@pytest.fixture(scope="module")
def site(home: Path, chromium: Browser) -> Iterator[str]:
    with served(home) as url:
        yield url


@pytest.fixture(scope="module")
def pack(site: str, member: BrowserContext) -> str:
    found = member.request.get(f"{site}/api/v1/batteries?sort=pack&limit=1").json()
    serial: str = found["rows"][0]["battery"].rpartition("/")[2]
    return serial


@pytest.fixture(scope="module")
def member(site: str, chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{site}/sign-in")
    with page.expect_navigation():
        page.click('button[value="ana@dynamo-packs.example"]')
    page.close()
    yield context
    context.close()
