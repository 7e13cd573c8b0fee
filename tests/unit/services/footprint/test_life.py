"""Footprints over a life: the workings of the manual, exactness, what is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.services.footprint.exact import rounded
from cellchain.services.footprint.life import lives
from cellchain.services.footprint.life_file import (
    example,
    parse_batteries,
    parse_method,
    shipped,
)
from tests.unit.services.footprint.worked import file_of, rows_of

EXAMPLE = example().decode()
METHOD = """
name = "own"
version = "1"
source = "assumption"
date = 2026-11-30
draft = false
stages = ["making", "end"]
credits = ["end"]
default_years = 5
decimals = 3
cycles_per_year = {M1 = 60}
"""


def answered(data, method=None):
    method = method or shipped()
    found = lives(parse_batteries(data, method), method)
    return {(row["model"], row["plant"], row["stage"]): row for row in found.plain(0, found.rows)}


ANSWER = answered(file_of("Life"))


@pytest.mark.parametrize(("battery", "figure", "exact", "value"), rows_of("Life"))
def test_each_line_is_what_its_working_gives(battery, figure, exact, value):
    assert rounded(exact, 6) == rounded(Fraction(value), 6)
    (plant,) = {key[1] for key in ANSWER if key[0] == battery}
    stage, column = (
        ("total", figure) if figure in {"years", "energy_kwh"} else (figure, "kg_co2e_per_kwh")
    )
    assert ANSWER[battery, plant, stage][column] == rounded(exact, 6)


def test_what_years_are_by_is_said():
    by = {key[0]: row["years_by"] for key, row in ANSWER.items()}
    assert by == {"car": "warranty years", "van": "warranty km", "scooter": "default",
                  "bus": "warranty km"}  # fmt: skip


def test_each_row_names_a_dated_draft():
    for row in ANSWER.values():
        assert (row["method"], row["version"], row["method_date"], row["draft"]) == (
            "CFB-EV", "Ares(2024)3131389", "2024-04-29", "1",
        )  # fmt: skip


@given(st.fractions(-1000, 1000), st.integers(0, 12))
def test_rounding_is_half_to_even(value, decimals):
    told = Fraction(rounded(value, decimals))
    assert abs(told - value) * 2 * 10**decimals <= 1
    if abs(told - value) * 2 * 10**decimals == 1:
        assert int(told * 10**decimals) % 2 == 0
    assert not rounded(Fraction(-1, 10**15), decimals).startswith("-")


def test_a_method_of_ones_own_has_its_stages_and_places():
    battery = (
        EXAMPLE.split("[[batteries]]")[0]
        + """
[[batteries]]
model = "m"
plant = "p"
category = "M1"
usable_kwh = 0.1
source = "assumption"
warranty = {none = true}
kg_co2e = {making = 1.1, end = -0.2}
"""
    )
    found = answered(battery.encode(), parse_method(METHOD.encode()))
    assert found["m", "p", "making"]["kg_co2e"] == "1.100"
    assert found["m", "p", "total"]["kg_co2e_per_kwh"] == "0.030"
    assert found["m", "p", "total"]["draft"] == "0"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("usable_kwh = 60", "usable_kwh = 0", "batteries"),
        ("usable_kwh = 60", "usable_kwh = nan", "batteries"),
        ("usable_kwh = 60", "usable_kwh = inf", "batteries"),
        ("usable_kwh = 60", "usable_kwh = -60", "batteries"),
        ("usable_kwh = 60", "usable_kwh = 1e999999999", "batteries"),
        ("usable_kwh = 60", "usable_kwh = 1.2345678901234567890123", "batteries"),
        ("usable_kwh = 60", "usable_kwh = true", "batteries"),
        ("usable_kwh = 60", "usable_wh = 60", "batteries"),
        ("usable_kwh = 60", "", "batteries"),
        ('category = "M1"', 'category = "M9"', "category"),
        ('category = "M1"', 'category = "m1"', "category"),
        ("distribution = 60", "", "stages"),
        ("distribution = 60", "distribution = 60\nuse = 4", "stages"),
        ("distribution = 60", "distribution = -60", "batteries"),
        ("end_of_life = -120", "end_of_life = 1e-999999999", "batteries"),
        ("distribution = 60", "distribution = 0e-99999", "batteries"),
        ("years = 8", "years = 0", "batteries"),
        ("years = 8\nkm", "years = 8\nnone = true\nkm", "batteries"),
        ("km_per_year = 16000", "", "batteries"),
        ("km_per_year = 16000", "km_per_year = 0", "batteries"),
        ('km_source = "assumption"', "", "batteries"),
        ('source = "assumption"', 'source = " "', "batteries"),
        ('plant = "South"', 'plant = "North"', "batteries"),
        ("[[batteries]]", "[[battery]]", "batteries"),
        ('title = "example"', "title = ", "batteries"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named(old, new, code):
    plain = "\n".join(line.partition("#")[0].rstrip() for line in EXAMPLE.splitlines())
    assert old in plain
    with pytest.raises(Refused) as refused:
        answered(plain.replace(old, new, 1).encode())
    assert refused.value.code == f"life.{code}"
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("default_years = 5", "default_years = 0"),
        ("decimals = 3", "decimals = 13"),
        ("decimals = 3", "decimals = 2.5"),
        ("M1 = 60", "M1 = nan"),
        ("{M1 = 60}", "{}"),
        ('"making", "end"]', '"making", "making", "end"]'),
        ('"making", "end"]', '"total", "end"]'),
        ('credits = ["end"]', 'credits = ["use"]'),
        ("2026-11-30", '"tomorrow"'),
        ("draft = false", ""),
        ('source = "assumption"', 'source = ""'),
    ],
)
def test_a_method_that_cannot_be_is_named(old, new):
    assert old in METHOD
    with pytest.raises(Refused) as refused:
        parse_method(METHOD.replace(old, new).encode())
    assert refused.value.code == "life.method"


@pytest.mark.parametrize("data", [b"", b"\xff", b"[" * 1000, b"a" * 300_000, b"a = " + b"9" * 50])
def test_hostile_files_are_refused(data):
    with pytest.raises(Refused):
        parse_batteries(data, shipped())
    with pytest.raises(Refused):
        parse_method(data)
