from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.core.time import TIME_MS_MAX, TIME_MS_MIN, format_time, parse_time


@pytest.mark.parametrize(
    ("text", "time_ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59.999Z", -1),
        ("2021-05-05T09:10:00+08:00", 1_620_177_000_000),
        ("2021-05-05t01:10:00z", 1_620_177_000_000),
        ("2021-05-05 01:10:00.1Z", 1_620_177_000_100),
        ("2021-05-05T01:10:00-00:00", 1_620_177_000_000),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ("0001-01-01T00:00:00Z", TIME_MS_MIN),
        ("9999-12-31T23:59:59.999Z", TIME_MS_MAX),
    ],
)
def test_known_times(text: str, time_ms: int):
    assert parse_time(text) == time_ms


@given(st.integers(TIME_MS_MIN, TIME_MS_MAX))
def test_what_is_shown_is_read_back(time_ms: int):
    assert parse_time(format_time(time_ms)) == time_ms


@given(st.integers(TIME_MS_MIN // 1000, TIME_MS_MAX // 1000))
def test_whole_seconds_show_no_decimals(time_s: int):
    assert "." not in format_time(time_s * 1000)


@pytest.mark.parametrize(
    "text",
    [
        *["", "2021-05-05", "2021-05-05T09:10:00", "2021-05-05T09:10Z", "20210505T091000Z"],
        *["2021-02-29T00:00:00Z", "2021-13-01T00:00:00Z", "0000-01-01T00:00:00Z"],
        *["2021-05-05T24:00:00Z", "2021-05-05T09:60:00Z", "2021-05-05T23:59:60Z"],
        *["2021-05-05T09:10:00+24:00", "2021-05-05T09:10:00+09:60", "2021-05-05T09:10:00+0800"],
        *["2021-05-05T09:10:00.1234Z", "2021-05-05T09:10:00.Z", "2021-05-05T09:10:00,1Z"],
        *["202\u0661-05-05T09:10:00Z", "2021-W18-3T00:00:00Z", "2021-05-05T09:10:00Z\n"],
        *["0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"],
    ],
)
def test_another_form_is_refused(text: str):
    with pytest.raises(Refused, match=r"time\.malformed"):
        parse_time(text)


@pytest.mark.parametrize("time_ms", [TIME_MS_MIN - 1, TIME_MS_MAX + 1, 2**53 - 1])
def test_a_time_outside_the_calendar_is_refused(time_ms: int):
    with pytest.raises(Refused, match=r"time\.range"):
        format_time(time_ms)
