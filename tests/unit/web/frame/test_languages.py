"""Nine languages: which one is chosen, and that each says everything."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from starlette.requests import Request

from cellchain.web.frame.languages import LANGUAGES, NAMES, catalogue, preferred

FOLDER = files("cellchain.web.frame.languages")


def asked(query: str = "") -> Request:
    return Request({"type": "http", "query_string": query.encode(), "headers": []})


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("nl,pt-BR;q=0.7,en;q=0.3", "pt"),
        ("en;q=0.1,ko", "ko"),
        ("de;q=0", "en"),
        ("fr;q=much", "en"),
        ("*", "en"),
        ("zh-Hant-TW", "zh"),
        (",,;;q=,", "en"),
    ],
)
def test_the_browser_asks(header: str, language: str) -> None:
    assert preferred(header, asked()) == language


def test_the_reader_decides() -> None:
    assert preferred("de", asked("lang=ja")) == "ja"
    assert preferred("de", asked("lang=xx")) == "de"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_and_nothing_twice(language: str) -> None:
    own = json.loads(FOLDER.joinpath(f"{language}.json").read_text("utf-8"))
    assert own.keys() == catalogue("en").keys()
    assert all(text.strip() == text and text and "<" not in text for text in own.values())


def test_every_language_has_a_name() -> None:
    assert set(NAMES) == set(LANGUAGES)
