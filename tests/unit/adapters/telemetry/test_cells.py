"""Cells become whole counts exactly, the fast way and the slow way alike."""

from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.adapters.telemetry.cells import (
    CellError,
    count,
    counts_of,
    fast_type,
    has_exponent,
    slow_counts,
)
from cellchain.core.readings import Channel
from cellchain.services.gateway.format import ChannelRule
from cellchain.services.gateway.plan import PlannedColumn


def column(unit="V", smallest="mV", width_bytes=4, **more):
    rule = ChannelRule(
        column="v", name="v", unit=unit, smallest=smallest, width_bytes=width_bytes, **more
    )
    channel = Channel(name="v", unit=smallest, width_bytes=width_bytes)
    return PlannedColumn(column="v", channel=channel, rule=rule)


VOLT, CELSIUS = column(), column("degC", "mK")


@pytest.mark.parametrize(
    ("found", "cell", "expected"),
    [
        (VOLT, "3.658", 3658),
        (VOLT, "66.535", 66535),
        (VOLT, "-0.001", -1),
        (VOLT, "4.100000", 4100),
        (VOLT, "1e-3", 1),
        (VOLT, "0" * 50 + "1.5", 1500),
        (CELSIUS, "28.875", 302_025),
        (CELSIUS, "-273.15", 0),
        (column("degC", "mK", offset="-40"), "65.0", 298_150),
        (column("A", "mA", sign=-1), "12.5", -12_500),
        (column("%", "ppm"), "42.3", 423_000),
        (column("km/h", "m/h"), "55.5", 55_500),
        (column("J", "mWh", width_bytes=8), "18", 5),
        (column("kWh", "mWh", width_bytes=8), "75.5", 75_500_000),
        (column(round=True), "3.667218750000001", 3667),
        (column(round=True), "0.0005", 0),
        (column(round=True), "0.0015", 2),
    ],
)
def test_exact_counts(found, cell, expected):
    assert count(found, cell) == expected
    assert slow_counts(found, [cell], [""])[0].tolist() == [expected]


@pytest.mark.parametrize(
    ("found", "cell", "reason"),
    [
        (VOLT, "3.6585", "not a whole number of mV"),
        (VOLT, "3.6580000000000001", "not a whole number of mV"),
        (VOLT, "2147483.648", "does not fit 4 bytes"),
        (VOLT, "0.7e-38", "not a whole number of mV"),
        (column(round=True), "5" * 20, "does not fit 4 bytes"),
        (VOLT, "nan", "not a number"),
        (VOLT, "3,658", "not a number"),
        (VOLT, "0x1", "not a number"),
        (VOLT, "1e999", "not a number"),
        (VOLT, "٣", "not a number"),
        (column("J", "mWh"), "1", "not a whole number of mWh"),
    ],
)
def test_other_cells_are_rejected_with_the_reason(found, cell, reason):
    reasons = slow_counts(found, ["18", cell, ""], [""])[2]
    assert list(reasons) == [1]
    assert reason in reasons[1]


def test_missing_stays_missing():
    counts, present, reasons = slow_counts(VOLT, ["1", "NA", "0"], ["", "NA"])
    assert (counts.tolist(), present.tolist(), reasons) == ([1000, 0, 0], [True, False, True], {})


cells = st.one_of(
    st.decimals(-(10**7), 10**7, allow_nan=False, places=3).map(str),
    st.decimals(allow_nan=True).map(str),
    st.floats().map(repr),
    st.from_regex(r"[0-9]{0,45}\.[0-9]{0,45}", fullmatch=True),
    st.text("0123456789.+-eE _", max_size=12),
)
columns = st.sampled_from(
    [VOLT, CELSIUS, column(sign=-1), column("%", "ppm"), column(width_bytes=8), column(round=True),
     column("degC", "mK", offset="-40", round=True)]
)  # fmt: skip


@settings(max_examples=1000)
@given(columns, cells)
def test_what_the_fast_way_accepts_is_what_exact_fractions_give(found, cell):
    if has_exponent(cell.encode()):
        return
    try:
        read = pa.array([cell], pa.string()).cast(fast_type(found))
        fast = int(counts_of(found, read)[0][0])
    except (pa.ArrowInvalid, CellError):
        return
    assert count(found, cell) == fast
    exact = Fraction(cell.strip()) * found.rule.factor + found.rule.zero
    assert fast == (round(exact) if found.rule.round else exact)
