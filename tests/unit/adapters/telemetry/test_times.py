"""Times of a table become UTC by the rules of their zone; what is uncertain is rejected."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.adapters.telemetry.times import Times
from cellchain.core.errors import Refused
from cellchain.core.time import parse_time

NOW_MS = parse_time("2026-01-01T00:00:00Z")


def read(form, cell, zone="", *others):
    times, reasons = Times(form, zone, now_ms=NOW_MS).read(pa.array([cell, *others]))
    return reasons.get(0) or int(times[0])


@pytest.mark.parametrize(
    ("form", "zone", "cell", "expected"),
    [
        ("local", "Asia/Shanghai", "2021-05-05 09:10:00", "2021-05-05T09:10:00+08:00"),
        ("local", "Asia/Shanghai", "2021-05-05T09:10:00.25", "2021-05-05T09:10:00.250+08:00"),
        ("local", "Europe/Berlin", "2021-07-01 00:30:00", "2021-06-30T22:30:00Z"),
        ("local", "Europe/Berlin", "2021-01-01 00:30:00", "2020-12-31T23:30:00Z"),
        ("rfc3339", "", "2021-05-05T09:10:00+08:00", "2021-05-05T01:10:00Z"),
        ("unix_ms", "", "1620177000123", "2021-05-05T01:10:00.123Z"),
        ("unix_s", "", "1620177000.5", "2021-05-05T01:10:00.500Z"),
        ("%d.%m.%Y %H:%M", "Asia/Shanghai", "05.05.2021 09:10", "2021-05-05T01:10:00Z"),
    ],
)
def test_times(form, zone, cell, expected):
    assert read(form, cell, zone) == parse_time(expected)
    assert read(form, cell, zone, "nonsense") == parse_time(expected)


@pytest.mark.parametrize(
    ("form", "zone", "cell", "reason"),
    [
        ("local", "Europe/Berlin", "2021-10-31 02:30:00", "uncertain"),
        ("local", "Europe/Berlin", "2021-03-28 02:30:00", "uncertain"),
        ("local", "Asia/Shanghai", "2021-02-30 00:00:00", "not a time"),
        ("local", "Asia/Shanghai", "2021-02-01", "not a time"),
        ("local", "Asia/Shanghai", "", "not a time"),
        ("rfc3339", "", "2021-05-05T09:10:00", "not a time"),
        ("unix_ms", "", "-1", "not a time"),
        ("unix_ms", "", str(NOW_MS + 300_001), "future"),
        ("unix_s", "", "99999999999999", "not a time"),
        ("local", "Asia/Shanghai", "1970-01-01 07:59:59", "before 1970"),
        ("%d.%m.%Y", "Asia/Shanghai", "32.01.2021", "not a time"),
    ],
)
def test_what_is_no_time_is_rejected(form, zone, cell, reason):
    assert reason in read(form, cell, zone)


@given(st.integers(40_000_000, 1_700_000_000).map(lambda s: datetime.fromtimestamp(s, UTC)))
def test_a_certain_local_time_is_what_python_says(moment):
    zone = ZoneInfo("Europe/Berlin")
    moment = moment.replace(tzinfo=None)
    found = read("local", str(moment), "Europe/Berlin")
    both = {moment.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}
    if len(both) == 1:
        assert found == int(moment.replace(tzinfo=zone).timestamp()) * 1000
    else:
        assert "uncertain" in found


@pytest.mark.parametrize("zone", ["", "Moon/Crater", "../../etc/passwd", "/etc", "Europe"])
def test_a_zone_must_be_one(zone):
    with pytest.raises(Refused, match=r"format\.zone"):
        Times("local", zone, now_ms=NOW_MS)
