"""Smallest units as people read them."""

from __future__ import annotations

from itertools import pairwise
from math import isfinite

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cellchain.web.frame.scale import SCALES, plain_name, scale_of, ticks

VALUES = st.floats(-1e9, 1e9)


@pytest.mark.parametrize(
    ("unit", "kept", "shown"),
    [
        ("mV", 355_200, "355.2 V"),
        ("mK", 298_150, "25 °C"),
        ("ppm", 700_000, "70 %"),
        ("x", 3, "3 x"),
    ],
)
def test_a_kept_value_is_read(unit: str, kept: float, shown: str) -> None:
    scale = scale_of(unit)
    assert f"{scale.shown(kept):.6g} {scale.unit}" == shown


@given(st.sampled_from([*SCALES]), VALUES)
def test_what_is_shown_leads_back_to_what_is_kept(unit: str, kept: float) -> None:
    assert scale_of(unit).kept(scale_of(unit).shown(kept)) == pytest.approx(kept, abs=1e-3)


@pytest.mark.parametrize(
    ("channel", "name"),
    [
        ("battery_voltage_mv", "Battery voltage"),
        ("soc_ppm", "State of charge"),
        ("mode", "Mode"),
        ("", ""),
    ],
)
def test_a_channel_is_called_without_its_unit(channel: str, name: str) -> None:
    assert plain_name(channel) == name


@given(VALUES, VALUES)
def test_ticks_lie_within_and_are_few(one: float, other: float) -> None:
    least, most = min(one, other), max(one, other)
    assume(most - least > 1e-6 * max(abs(least), abs(most), 1))
    found = list(ticks(least, most))
    slack = (most - least) * 1e-6
    assert all(least - slack <= tick <= most + slack for tick in found)
    assert all(before < after for before, after in pairwise(found))
    assert len(found) <= 5


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_ticks_of_any_span_are_few_and_numbers(one: float, other: float) -> None:
    found = list(ticks(min(one, other), max(one, other)))
    assert all(map(isfinite, found))
    assert len(found) <= 6


@pytest.mark.parametrize(
    ("least", "most"), [(-1e308, 1e308), (0.0, 5e-324), (3.0, 3.0), (0.0, float("inf"))]
)
def test_where_no_step_is_a_number_there_are_no_ticks(least: float, most: float) -> None:
    assert list(ticks(least, most)) == []
