"""A real browser to open pages in, from disk and without network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from html import unescape
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser() -> str:
    """Return Chromium, or skip; on a build machine its absence is a failure."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None and os.environ.get("CI") != "true":
        pytest.skip("no Chromium on this machine to open the page in")
    assert found, "Chromium is missing on the build machine"
    return found


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
