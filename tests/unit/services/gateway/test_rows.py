"""Rows by the thousand and the leaf codec agree to the byte; windows are cut where they must."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.core.readings import Channel, Reading, decode_leaf, encode_leaf, make_layout
from cellchain.core.time import DAY_MS
from cellchain.services.gateway.rows import Rows, extremes, joined, packed, unpacked
from cellchain.services.gateway.window import (
    MISSING_MAX,
    Cutter,
    StreamName,
    leaves_of,
    missing_in,
    seal,
)
from tests.unit.core.test_readings import leaves

ONE = make_layout([Channel(name="voltage_mv", unit="mV")])
STREAM = StreamName(device="gw", battery="01/09506000134352/21/CAR1", boot="b1")


def rows(sequences, times=None, layout=ONE):
    sequence = np.array(sequences, dtype=np.int64)
    times = sequence * 1000 if times is None else np.array(times, dtype=np.int64)
    return Rows(
        layout=layout, sequence=sequence, time_ms=times,
        values=(sequence.astype(np.int32),), present=(None,),
    )  # fmt: skip


@given(leaves())
def test_packing_is_the_leaf_codec(given_leaf):
    layout, readings = given_leaf
    if readings[-1].sequence >= 2**63:
        return
    data = encode_leaf(layout, readings)
    found = unpacked(layout, data)
    assert packed(found) == data
    whole = [list(r.values) for r in readings]
    by_channel = [
        [int(v) if m is None or m[i] else None for i, v in enumerate(column)]
        for column, m in zip(found.values, found.present, strict=True)
    ]
    assert by_channel == [list(column) for column in zip(*whole, strict=True)]
    half = [found.part(slice(0, 1)), found.part(slice(1, None))]
    assert packed(joined(half)) == data


@given(leaves(), st.data())
def test_unpacking_refuses_what_the_codec_refuses(given_leaf, data):
    layout, readings = given_leaf
    leaf = bytearray(encode_leaf(layout, readings))
    leaf[data.draw(st.integers(8, len(leaf) - 1))] ^= data.draw(st.integers(1, 255))
    assert (decoded(unpacked, layout, bytes(leaf)) == "") <= (
        decoded(decode_leaf, layout, bytes(leaf)) == ""
    )


def decoded(decode, layout, leaf):
    try:
        decode(layout, leaf)
    except Refused as refusal:
        return refusal.code
    return ""


def test_leaves_are_full_but_the_last():
    parts = leaves_of(rows(range(1, 400)))
    assert [len(decode_leaf(ONE, leaf)) for leaf in parts] == [170, 170, 59]


def test_extremes_are_by_channel_and_skip_what_is_missing():
    readings = [
        Reading(sequence=i, time_ms=0, values=(v, None)) for i, v in enumerate([3, None, -7], 1)
    ]
    layout = make_layout([Channel(name="a", unit="mV"), Channel(name="b", unit="mV")])
    assert extremes(unpacked(layout, encode_leaf(layout, readings))) == [(-7, 3), None]


def cut(parts, readings_max=100):
    cutter = Cutter(readings_max)
    whole = [window for part in parts for window in cutter.add(part)]
    return [*whole, *cutter.finish()]


@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=300),
    st.lists(st.integers(-1, 1), min_size=300, max_size=300),
    st.lists(st.integers(0, 300), max_size=5),
    st.integers(1, 50),
)
def test_windows_hold_every_row_once_within_the_bounds(steps, days, cuts, readings_max):
    sequence = np.cumsum(steps)
    times = (np.cumsum(days[: len(steps)]) + 400) * DAY_MS
    whole = rows(sequence, times)
    edges = sorted({0, len(steps), *(c for c in cuts if c < len(steps))})
    parts = [whole.part(slice(a, b)) for a, b in pairwise(edges)]
    windows = cut(parts, readings_max)
    assert [n for w in windows for n in w.sequence.tolist()] == sequence.tolist()
    for window in windows:
        assert len(window) <= readings_max
        assert len(set((window.time_ms // DAY_MS).tolist())) == 1
        assert len(missing_in(window)) <= MISSING_MAX
    together = cut([whole], readings_max)
    assert [w.sequence.tolist() for w in together] == [w.sequence.tolist() for w in windows]


def test_going_on_behind_a_window_cuts_the_same_windows():
    whole = rows(range(1, 1001))
    windows = cut([whole])
    behind = cut([whole.part(slice(300, None))])
    assert [w.sequence.tolist() for w in windows[3:]] == [w.sequence.tolist() for w in behind]


def test_what_was_rejected_is_recorded_as_lost():
    window = seal(STREAM, rows([3, 4, 7]), bytes(32), expected=1)
    assert (window.anchor.first, window.anchor.last, window.anchor.count) == (3, 7, 3)
    assert window.anchor.missing == ((5, 6),)
    assert window.gaps[0].ranges == ((1, 2), (5, 6))
    assert seal(STREAM, rows([3, 4]), bytes(32), expected=3).gaps == ()


def test_another_secret_gives_another_root_and_other_extremes():
    one, other = (seal(STREAM, rows([1]), bytes([i]) * 32, expected=1).anchor for i in (1, 2))
    assert one.root != other.root
    assert one.extremes != other.extremes
