"""Given a stream, when a window comes, then it stands, or a code."""

import pytest

from cellchain.contracts.assembly import Assemble
from cellchain.contracts.custody import EVERYTHING, Accept, Offer
from cellchain.contracts.membership import Delegate, RegisterDevice
from cellchain.contracts.telemetry import FUTURE_MS_MAX, Stream, Window
from tests.given import NOON_MS
from tests.unit.contracts.consortium import hand_over as deliver
from tests.unit.contracts.consortium import unit, workshop_floor
from tests.unit.contracts.telemetry.given import (
    BATTERY,
    HASH,
    OTHER_BATTERY,
    gap,
    ledger,
    stream,
    supplement,
    window,
)


def test_windows_follow_each_other():
    book = ledger()
    book.must("maker", window())
    book.must("maker", window(first=11, last=12))
    assert stream(book) == Stream(battery=BATTERY, next=13)
    assert book.get(Window, "gw/b1/11").last == 12


def test_a_leap_is_missing_and_so_is_what_a_window_leaves_out():
    book = ledger()
    book.must("maker", window(first=3, last=10, missing=((5, 6),)))
    book.must("maker", window(first=12, last=20))
    assert stream(book).missing == ((1, 2), (5, 6), (11, 11))


def test_boots_are_streams_of_their_own():
    book = ledger()
    book.must("maker", window(), window(boot="b2"))
    assert stream(book, "b1").next == stream(book, "b2").next == 11


def test_the_device_speaks_for_itself():
    assert ledger().must("maker", window(), device="gw")


def hand_over(book, *changes):
    book.must("maker", Offer(battery=BATTERY, receiver="stranger", changes=changes))
    book.must("stranger", Accept(battery=BATTERY, changes=changes))


def spied(**fields):
    return window(device="spy", **fields)


@pytest.mark.parametrize("right", ["holder", "owner", "responsible"])
def test_whoever_has_a_right_to_a_battery_may_speak_of_it(right):
    book = ledger()
    assert book.code("stranger", spied()) == "telemetry.no_right"
    assert book.code("stranger", spied(), device="spy") == "telemetry.no_right"
    hand_over(book, right)
    assert book.code("stranger", spied()) == ""


def test_who_has_no_right_left_is_silent_and_by_mandate_heard_again():
    book = ledger()
    book.must("maker", window(missing=((4, 8),)))
    hand_over(book, *EVERYTHING)
    for message in (window(first=11, last=12), supplement(first=4, last=5), gap((4, 5))):
        assert book.code("maker", message) == "telemetry.no_right"
    mandate = Delegate(agent="maker", scope=("telemetry",), until_ms=NOON_MS + 1, mandate=HASH)
    book.must("stranger", mandate)
    book.must("maker", window(first=11, last=12), supplement(first=4, last=5), gap((6, 8)))


def test_of_a_part_speaks_who_has_a_right_to_the_whole():
    book = workshop_floor()
    bms = RegisterDevice(device="gw", key=HASH, battery=unit("P1"))
    book.must("cars", bms)
    of_pack = window(battery=unit("P1"))
    assert book.code("cars", of_pack) == "telemetry.no_right"
    deliver(book, unit("P1"), "packs", "cars", *EVERYTHING)
    book.must("cars", Assemble(whole=unit("V1"), parts=(unit("P1"),), time_ms=NOON_MS))
    assert book.code("cars", of_pack) == ""


@pytest.mark.parametrize(
    ("sender", "device", "fields", "code"),
    [
        pytest.param("stranger", None, {}, "telemetry.not_device", id="stranger"),
        pytest.param("maker", "other", {}, "telemetry.not_device", id="other-device"),
        pytest.param("maker", None, {"device": "x"}, "membership.unknown_device", id="unknown"),
        pytest.param("maker", None, {"boot": "a/b"}, "telemetry.boot", id="boot"),
        pytest.param("maker", None, {"boot": "a" * 65}, "telemetry.boot", id="long-boot"),
        pytest.param("maker", None, {"battery": "B1"}, "custody.unknown_custody", id="no-battery"),
        pytest.param("maker", None, {"first": 0}, "telemetry.sequence", id="zero"),
        pytest.param("maker", None, {"first": 11, "count": 0}, "telemetry.sequence", id="reversed"),
        pytest.param("maker", None, {"last": 2**53 - 1}, "telemetry.sequence", id="huge"),
        pytest.param("maker", None, {"count": 9}, "telemetry.count", id="count"),
        pytest.param("maker", None, {"missing": ((1, 2),)}, "telemetry.ranges", id="misses-first"),
        pytest.param("maker", None, {"missing": ((9, 10),)}, "telemetry.ranges", id="misses-last"),
        pytest.param("maker", None, {"missing": ((5, 4),)}, "telemetry.ranges", id="empty-range"),
        pytest.param(
            "maker", None, {"missing": ((5, 5), (6, 6))}, "telemetry.ranges", id="ranges-touch"
        ),
        pytest.param("maker", None, {"start_ms": NOON_MS + 1}, "telemetry.times", id="times"),
        pytest.param("maker", None, {"start_ms": -1}, "telemetry.times", id="before-1970"),
        pytest.param(
            "maker", None, {"end_ms": NOON_MS + FUTURE_MS_MAX + 1}, "telemetry.future", id="future"
        ),
        pytest.param("maker", None, {"root": "AB" * 32}, "name.digest", id="root"),
        pytest.param("maker", None, {"layout": ""}, "name.digest", id="layout"),
        pytest.param("maker", None, {"extremes": "x"}, "name.digest", id="extremes"),
        pytest.param(
            "maker",
            None,
            {"last": 131, "missing": tuple((2 * i, 2 * i) for i in range(1, 66))},
            "telemetry.gaps",
            id="too-many-gaps",
        ),
    ],
)
def test_refusals(sender, device, fields, code):
    assert ledger().code(sender, window(**fields), device=device) == code


def test_a_device_that_is_built_in_speaks_of_its_battery_only():
    book = ledger(battery=BATTERY)
    assert book.code("maker", window(battery=OTHER_BATTERY)) == "telemetry.other_battery"
    book.must("maker", window())


def test_a_stream_is_about_one_battery():
    book = ledger()
    book.must("maker", window())
    late = window(first=11, last=12, battery=OTHER_BATTERY)
    assert book.code("maker", late) == "telemetry.other_battery"


@pytest.mark.parametrize(("first", "last"), [(1, 10), (1, 3), (5, 20), (10, 10)])
def test_what_is_anchored_is_never_written_again(first, last):
    book = ledger()
    book.must("maker", window())
    outcome = book.send("maker", window(first=first, last=last))
    assert outcome.code == "telemetry.overlap"
    assert "expects 11" in outcome.text
