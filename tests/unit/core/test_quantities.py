from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core.canonical import INTEGER_MAX
from cellchain.core.errors import Refused
from cellchain.core.quantities import (
    PPM,
    UNITS,
    format_quantity,
    parse_quantity,
    share_down,
    share_up,
)

PAIRS = [(small, unit) for small, units in UNITS.items() for unit in units]
DECIMAL_PAIRS = [pair for pair in PAIRS if pair not in {("ms", "min"), ("ms", "h")}]
counts = st.integers(-INTEGER_MAX, INTEGER_MAX)
positive = st.integers(0, INTEGER_MAX)


def test_kilograms_to_milligrams_without_a_float():
    assert parse_quantity("1200.5", "kg", smallest="mg") == 1_200_500_000
    assert parse_quantity("0.1", "kg", smallest="mg") + parse_quantity(
        "0.2", "kg", smallest="mg"
    ) == parse_quantity("0.3", "kg", smallest="mg")


@pytest.mark.parametrize(
    ("number", "unit", "smallest", "count"),
    [
        ("3.6", "J", "mWh", 1),
        ("3600", "J", "mWh", 1000),
        ("3.6", "C", "mAh", 1),
        ("1.5", "h", "ms", 5_400_000),
        ("-40.5", "A", "mA", -40_500),
        ("91.2", "%", "ppm", 912_000),
        ("298.15", "K", "mK", 298_150),
        ("0", "t", "mg", 0),
        ("-0.000", "g", "mg", 0),
    ],
)
def test_known_conversions(number: str, unit: str, smallest: str, count: int):
    assert parse_quantity(number, unit, smallest=smallest) == count


@given(counts, st.sampled_from(DECIMAL_PAIRS))
def test_what_is_shown_is_read_back(count: int, pair: tuple[str, str]):
    smallest, unit = pair
    shown = format_quantity(count, unit, smallest=smallest)
    assert parse_quantity(shown, unit, smallest=smallest) == count


@given(counts)
def test_a_thousandth_is_shown_exactly(count: int):
    assert Decimal(format_quantity(count, "V", smallest="mV")) * 1000 == count


def test_a_third_is_not_shown():
    with pytest.raises(Refused, match=r"quantity\.inexact"):
        format_quantity(1, "h", smallest="ms")


REFUSED = {
    "empty": ("", "kg", "quantity.malformed"),
    "an exponent": ("1e3", "kg", "quantity.malformed"),
    "a comma": ("1,5", "kg", "quantity.malformed"),
    "a plus": ("+1", "kg", "quantity.malformed"),
    "no digit before the point": (".5", "kg", "quantity.malformed"),
    "no digit after the point": ("1.", "kg", "quantity.malformed"),
    "a fraction": ("1/3", "kg", "quantity.malformed"),
    "other digits": ("٣", "kg", "quantity.malformed"),
    "underscores": ("1_000", "kg", "quantity.malformed"),
    "not a number": ("nan", "kg", "quantity.malformed"),
    "a newline": ("1\n", "kg", "quantity.malformed"),
    "31 digits": ("1" * 31, "kg", "quantity.malformed"),
    "half of the smallest": ("0.0000005", "kg", "quantity.inexact"),
    "an unknown unit": ("1", "lb", "quantity.unit"),
    "a unit of another kind": ("1", "V", "quantity.unit"),
    "beyond exact integers": ("9007199.254740992", "t", "quantity.range"),
    "out of range": ("9007200000", "t", "quantity.range"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_held_exactly_is_refused(name: str):
    number, unit, code = REFUSED[name]
    with pytest.raises(Refused) as refusal:
        parse_quantity(number, unit, smallest="mg")
    assert refusal.value.code == code


def test_the_largest_integer_is_held_and_one_more_is_not():
    assert parse_quantity(str(INTEGER_MAX), "mg", smallest="mg") == INTEGER_MAX
    with pytest.raises(Refused, match=r"quantity\.range"):
        parse_quantity(str(INTEGER_MAX + 1), "mg", smallest="mg")


@given(positive, st.integers(0, PPM))
def test_shares_never_make_more_than_the_whole(total: int, ppm: int):
    assert share_down(total, ppm) + share_up(total, PPM - ppm) == total
    assert 0 <= share_up(total, ppm) - share_down(total, ppm) <= 1
