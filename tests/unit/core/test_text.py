from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core.text import is_plain_text


@pytest.mark.parametrize("text", ["", "plain", "a\tb\r\n", "é", "电池", "बैटरी", "배터리", "m²·K"])
def test_living_scripts_are_plain(text: str):
    assert is_plain_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "\0",
        "\x1b[2J",
        "\x9b2J",
        "e\u0301",
        "\U0001f50b",
        "\ue000",
        "\ud800",
        "\u212b",
        "\ufffe",
        "\u0378",
    ],
)
def test_other_spellings_and_unassigned_characters_are_not(text: str):
    assert not is_plain_text(text)


def test_every_plain_character_is_in_the_form_of_this_python_too():
    plain = (chr(code) for code in range(sys.maxunicode + 1) if is_plain_text(chr(code)))
    assert all(unicodedata.is_normalized("NFC", character) for character in plain)


@given(st.text())
def test_plain_text_is_in_the_form_of_this_python_too(text: str):
    assert not is_plain_text(text) or unicodedata.normalize("NFC", text) == text
