"""Numbers, times, masses and names, written for people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.web.frame.filters import (
    bytes_of,
    cell,
    isolated,
    mass,
    moment,
    number,
    percent,
    segment,
    shown_value,
    words,
)

SPACE = "\u202f"


@pytest.mark.parametrize(
    ("value_mg", "text"),
    [
        (None, "—"),
        (0, "0 kg"),
        (999, "999 mg"),
        (1500, "1.5 g"),
        (128_000_000, "128 kg"),
        (182_920_883_553, "182.92 t"),
    ],
)
def test_a_mass_has_the_unit_that_gives_it_few_digits(value_mg: int | None, text: str) -> None:
    assert mass(value_mg) == text.replace(" ", SPACE)


@pytest.mark.parametrize(
    ("value", "attribute", "text"),
    [
        ("60000", "capacity", "60 Ah"),
        ("765855", "health_capacity", "76.5855 %"),
        ("128000000", "weight", "128 kg"),
        ("true", "renewable_content", "yes"),
        ('"LFP"', "chemistry", "<bdi>LFP</bdi>"),
        ('["<b>"]', "part_numbers", "<bdi>&lt;b&gt;</bdi>"),
        ('{"<i>":1}', "safety_measures", "&lt;i&gt;: 1"),
    ],
)
def test_a_value_of_an_attribute_is_read(value: str, attribute: str, text: str) -> None:
    assert str(shown_value(value, attribute)).replace(SPACE, " ") == text


def test_a_value_that_cannot_be_opened_says_so() -> None:
    assert "not for this home" in shown_value(None, "capacity")


def test_numbers_shares_and_sizes() -> None:
    assert number(1_234_567) == f"1{SPACE}234{SPACE}567"
    assert percent(125_000) == f"12.5{SPACE}%"
    assert bytes_of(1_500_000) == f"1.5{SPACE}MB"


def test_a_time_has_its_exact_form_for_machines() -> None:
    assert moment(0) == '<time datetime="1970-01-01T00:00:00Z">1970-01-01 00:00</time>'
    assert moment(None) == "—"


def test_our_names_become_words() -> None:
    assert words("legitimate-interest") == "legitimate interest"


@given(st.text())
def test_what_others_wrote_stays_one_text(text: str) -> None:
    shown = str(isolated(text))
    assert shown.startswith("<bdi>")
    assert shown.endswith("</bdi>")
    assert "<" not in shown[5:-6]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_name_is_one_segment_of_a_path(text: str) -> None:
    assert not set(segment(text)) & set("/?#<>\"' ")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.1 + 0.2, "0.3"),
        (-999.9996, "-1000"),
        (2036.0, "2036"),
        (1234.56, "1234.56"),
        (1643800.254, "1 643 800.25"),
        (1234567890.0, "1 234 567 890"),
        (-20_000.0, "-20 000"),
        (2e15, "2e+15"),
        (float("inf"), "inf"),
    ],
)
def test_a_number_of_a_table_keeps_its_cents(value, told):
    assert cell(value).replace("\u202f", " ") == told
