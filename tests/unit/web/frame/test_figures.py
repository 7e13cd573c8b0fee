"""Days, numbers and known words, in each of the nine languages."""

from __future__ import annotations

from datetime import date

import pytest

from cellchain.web.frame.filters import day, number, sentence, shown_value
from cellchain.web.frame.languages import LANGUAGES, catalogue
from cellchain.web.frame.languages.figures import category_in, day_in, number_in

SPACE = "\u202f"


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "17 May 2024"),
        ("de", "17. Mai 2024"),
        ("es", "17 de mayo de 2024"),
        ("ja", "2024年5月17日"),
        ("ko", "2024년 5월 17일"),
    ],
)
def test_a_day_is_written_as_in_the_language(language: str, told: str) -> None:
    assert day_in(date(2024, 5, 17), language) == told


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_writes_all_days_and_numbers(language: str) -> None:
    say = catalogue(language)
    assert len(say["months"].split(" ")) == 12
    assert say["dir"] in {"ltr", "rtl"}
    assert say["number"] == number_in("1,234.5", language)
    assert "2031" in day_in(date(2031, 12, 1), language)


def test_a_number_has_the_separators_of_the_language() -> None:
    assert number(1234.5, "fr") == f"1{SPACE}234,5"
    assert number(1_234_567, "zh") == "1,234,567"
    assert number(1_234_567) == f"1{SPACE}234{SPACE}567"


@pytest.mark.parametrize(
    ("value", "attribute", "told"),
    [
        ("355200", "nominal_voltage", "355,2 V"),
        ("1000", "expected_cycles", "1 000 Zyklen"),
        ("true", "renewable_content", "ja"),
        ('"electric vehicle battery"', "category", "<bdi>Elektrofahrzeugbatterie</bdi>"),
        ('"a category of their own"', "category", "<bdi>a category of their own</bdi>"),
        ('"2024-05-17"', "manufacturing_date", "<bdi>17. Mai 2024</bdi>"),
        ('"May 2024"', "manufacturing_date", "<bdi>May 2024</bdi>"),
        ('"dynamo-packs"', "passport_operator", "<bdi>Dynamo Packs</bdi>"),
        ("[1.5,2]", "power_limits", "1,5; 2"),
    ],
)
def test_a_value_is_read_in_the_language(value: str, attribute: str, told: str) -> None:
    shown = shown_value(value, attribute, "de", {"dynamo-packs": "Dynamo Packs"})
    assert str(shown).replace(SPACE, " ") == told


def test_a_day_on_our_own_pages_sorts() -> None:
    assert str(day(0)) == '<time datetime="1970-01-01">1970-01-01</time>'
    assert str(day(0, "de")) == '<time datetime="1970-01-01">1. Januar 1970</time>'


def test_a_category_that_is_known_is_translated() -> None:
    assert category_in("Industrial battery", "fr") == "batterie industrielle"


def test_a_sentence_keeps_no_mark_that_turns_it() -> None:
    assert sentence("no party '\u202edrow' is here") == "No party 'drow' is here"
