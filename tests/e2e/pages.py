"""A real browser to open pages in, from disk and without network."""

from __future__ import annotations

import re
import subprocess
from html import unescape
from typing import TYPE_CHECKING

from tests.machine import require

if TYPE_CHECKING:
    from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser() -> str:
    """Return Chromium, or skip."""
    return require(*BROWSERS, purpose="to open the page in")


def run_browser(page: Path, *options: str) -> str:
    """Open ``page`` and return what it has become."""
    command = [browser(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += ["--proxy-server=127.0.0.1:1", f"--user-data-dir={page.parent / 'profile'}"]
    command += ["--virtual-time-budget=20000", *options, page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout


def text_of(dom: str, identifier: str) -> str:
    """Return the text of the element with ``identifier``."""
    found = re.search(rf'<(\w+)[^>]* id="{identifier}"[^>]*>(.*?)</\1>', dom, re.DOTALL)
    found = found or re.search(rf'<(\w+) id="{identifier}"[^>]*>(.*?)</\1>', dom, re.DOTALL)
    assert found, f"no element {identifier} in the page"
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", found[2]))).strip()
