"""One reading, one encoding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.core.readings import (
    CHANNELS_MAX,
    LEAF_BYTES,
    Channel,
    Reading,
    decode_leaf,
    encode_leaf,
    make_layout,
    parse_layout,
)

TWO = make_layout(
    [Channel(name="current_ma", unit="mA"), Channel(name="energy_mwh", unit="mWh", width_bytes=8)]
)
INT32 = st.integers(-(2**31), 2**31 - 1)
INT64 = st.integers(-(2**63), 2**63 - 1)


def reading(sequence=1, *values, time_ms=5):
    return Reading(sequence=sequence, time_ms=time_ms, values=values or (7, -9))


@st.composite
def leaves(draw):
    widths = draw(st.lists(st.sampled_from([4, 8]), min_size=1, max_size=70))
    layout = make_layout(
        Channel(name=f"c{i}", unit="mV", width_bytes=width) for i, width in enumerate(widths)
    )
    value = [st.none() | (INT32 if width == 4 else INT64) for width in widths]
    count = draw(st.integers(1, min(5, layout.readings_per_leaf)))
    numbers = draw(st.sets(st.integers(0, 2**63), min_size=count, max_size=count))
    return layout, [
        Reading(sequence=n, time_ms=draw(INT64), values=draw(st.tuples(*value)))
        for n in sorted(numbers)
    ]


@given(leaves())
def test_a_leaf_comes_back_and_has_one_encoding(given_leaf):
    layout, readings = given_leaf
    data = encode_leaf(layout, readings)
    assert len(data) == layout.reading_bytes * len(readings)
    assert list(decode_leaf(layout, data)) == readings
    assert parse_layout(layout.text) == layout


@given(leaves(), st.data())
def test_no_other_bytes_decode_to_the_same_readings(given_leaf, data):
    layout, readings = given_leaf
    leaf = bytearray(encode_leaf(layout, readings))
    at = data.draw(st.integers(0, len(leaf) - 1))
    leaf[at] ^= data.draw(st.integers(1, 255))
    try:
        found = decode_leaf(layout, bytes(leaf))
    except Refused:
        return
    assert list(found) != readings
    assert encode_leaf(layout, found) == bytes(leaf)


def test_the_bytes_are_as_documented():
    expected = "010000000000000005000000000000000300000007000000f7ffffffffffffff"
    assert encode_leaf(TWO, [reading()]).hex() == expected
    assert encode_leaf(TWO, [reading(1, None, 1)]).hex()[32:40] == "02000000"


def test_three_channels_make_a_reading_of_32_bytes_and_a_leaf_of_128():
    layout = make_layout(Channel(name=f"c{i}", unit="mV") for i in range(3))
    assert (layout.reading_bytes, layout.readings_per_leaf) == (32, 128)


def test_a_leaf_is_not_larger_than_it_may_be_unless_one_reading_is():
    wide = make_layout(Channel(name=f"c{i}", unit="mV", width_bytes=8) for i in range(CHANNELS_MAX))
    assert wide.reading_bytes > LEAF_BYTES
    assert wide.readings_per_leaf == 1
    assert TWO.readings_per_leaf * TWO.reading_bytes <= LEAF_BYTES


GOOD = encode_leaf(TWO, [reading()])


@pytest.mark.parametrize(
    ("leaf", "code"),
    [
        pytest.param(b"", "reading.length", id="empty"),
        pytest.param(GOOD[:-1], "reading.length", id="cut"),
        pytest.param(GOOD * (TWO.readings_per_leaf + 1), "reading.length", id="too-many"),
        pytest.param(GOOD + GOOD, "reading.order", id="twice"),
        pytest.param(GOOD[:16] + b"\x07" + GOOD[17:], "reading.not_canonical", id="third-channel"),
        pytest.param(GOOD[:16] + b"\x02" + GOOD[17:], "reading.not_canonical", id="hidden-value"),
    ],
)
def test_other_bytes_are_refused(leaf, code):
    with pytest.raises(Refused) as refusal:
        decode_leaf(TWO, leaf)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(reading(1, 2**31, 0), id="value"),
        pytest.param(reading(-1), id="sequence"),
        pytest.param(reading(1, time_ms=2**63), id="time"),
        pytest.param(reading(1, 1, 2, 3), id="one-too-many"),
    ],
)
def test_what_does_not_fit_is_refused(bad):
    with pytest.raises(Refused, match=r"reading\.width"):
        encode_leaf(TWO, [bad])


@pytest.mark.parametrize(
    "channels",
    [
        pytest.param([], id="none"),
        pytest.param([Channel(name="a", unit="mV")] * 2, id="twice"),
        pytest.param([Channel(name="Volt", unit="mV")], id="capital"),
        pytest.param([Channel(name="time_ms", unit="ms")], id="reserved"),
        pytest.param([Channel(name="a" * 65, unit="mV")], id="long"),
        pytest.param([Channel(name="a", unit="")], id="no-unit"),
        pytest.param([Channel(name=f"c{i}", unit="mV") for i in range(513)], id="too-many"),
    ],
)
def test_bad_layouts_are_refused(channels):
    with pytest.raises(Refused, match=r"reading\.layout"):
        make_layout(channels)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"{}", id="nothing"),
        pytest.param(TWO.text.replace(b'"mA"', b'"mA","width_bytes":4'), id="default"),
        pytest.param(TWO.text.replace(b'"width_bytes":8', b'"width_bytes":2'), id="width"),
        pytest.param(TWO.text + b" ", id="space"),
    ],
)
def test_other_texts_of_a_layout_are_refused(text):
    with pytest.raises(Refused):
        parse_layout(text)
