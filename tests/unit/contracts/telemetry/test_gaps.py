"""What is missing may come late, or be recorded as lost; nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.contracts.telemetry import Stream, Window
from tests.unit.contracts.telemetry.given import (
    OTHER_BATTERY,
    gap,
    ledger,
    stream,
    supplement,
    window,
)


def missing_4_to_8():
    book = ledger()
    book.must("maker", window(first=1, last=10, missing=((4, 8),)))
    return book


@pytest.mark.parametrize(
    ("late", "left"),
    [
        pytest.param({"first": 4, "last": 8}, (), id="all"),
        pytest.param({"first": 4, "last": 5}, ((6, 8),), id="front"),
        pytest.param({"first": 7, "last": 8}, ((4, 6),), id="back"),
        pytest.param({"first": 6, "last": 6}, ((4, 5), (7, 8)), id="middle"),
        pytest.param({"first": 4, "last": 8, "missing": ((6, 6),)}, ((6, 6),), id="with-a-hole"),
    ],
)
def test_a_supplement_fills_what_is_missing(late, left):
    book = missing_4_to_8()
    book.must("maker", supplement(**late))
    assert stream(book).missing == left
    assert stream(book).next == 11
    assert book.get(Window, f"gw/b1/{late['first']}").last == late["last"]


def test_a_loss_is_counted_and_no_longer_awaited():
    book = missing_4_to_8()
    book.must("maker", gap((4, 4), (7, 8)))
    assert stream(book).missing == ((5, 6),)
    assert stream(book).lost == 3
    assert book.code("maker", supplement(first=4, last=4)) == "telemetry.overlap"


@pytest.mark.parametrize(
    ("sender", "message", "code"),
    [
        pytest.param("maker", supplement(first=3, last=5), "telemetry.overlap", id="anchored"),
        pytest.param("maker", supplement(first=4, last=9), "telemetry.overlap", id="too-long"),
        pytest.param("maker", supplement(first=11, last=11), "telemetry.overlap", id="not-yet"),
        pytest.param("maker", supplement(boot="b9"), "telemetry.unknown_stream", id="no-stream"),
        pytest.param("stranger", supplement(first=4), "telemetry.not_device", id="stranger"),
        pytest.param(
            "maker", supplement(first=4, last=5, count=1), "telemetry.count", id="miscounted"
        ),
        pytest.param(
            "maker",
            supplement(first=4, last=5, battery=OTHER_BATTERY),
            "telemetry.other_battery",
            id="other-battery",
        ),
        pytest.param(
            "maker",
            gap((4, 4), battery=OTHER_BATTERY),
            "telemetry.other_battery",
            id="gap-of-other-battery",
        ),
        pytest.param("maker", gap(), "telemetry.ranges", id="gap-of-nothing"),
        pytest.param("maker", gap((7, 8), (4, 4)), "telemetry.ranges", id="gap-out-of-order"),
        pytest.param("maker", gap((4, 11)), "telemetry.ranges", id="gap-beyond"),
        pytest.param("maker", gap((3, 4)), "telemetry.not_missing", id="gap-over-anchored"),
        pytest.param("maker", gap((4, 4), boot="b9"), "telemetry.unknown_stream", id="gap-nowhere"),
        pytest.param("stranger", gap((4, 4)), "telemetry.not_device", id="gap-by-stranger"),
    ],
)
def test_refusals(sender, message, code):
    assert missing_4_to_8().code(sender, message) == code


steps = st.lists(
    st.tuples(
        st.sampled_from(["anchor", "supplement", "gap"]),
        st.integers(1, 30),
        st.integers(0, 6),
        st.sets(st.integers(1, 5), max_size=2),
    ),
    max_size=25,
)


@given(steps)
def test_every_number_is_anchored_missing_or_lost_exactly_once(history):
    book, anchored, lost = ledger(), set(), set()
    for verb, first, more, holes in history:
        last = first + more
        inside = sorted(first + hole for hole in holes if first < first + hole < last)
        apart = tuple((n, n) for i, n in enumerate(inside) if not i or n > inside[i - 1] + 1)
        taken = set(range(first, last + 1)) - {n for n, _ in apart}
        if verb == "gap":
            if not book.code("maker", gap((first, last))):
                lost |= set(range(first, last + 1))
            continue
        make = window if verb == "anchor" else supplement
        if not book.code("maker", make(first=first, last=last, missing=apart)):
            assert not taken & (anchored | lost)
            anchored |= taken
    found = stream(book) or Stream(battery="", next=1)
    missing = {n for a, b in found.missing for n in range(a, b + 1)}
    assert anchored | missing | lost == set(range(1, found.next))
    assert not missing & (anchored | lost)
    assert found.lost == len(lost)
