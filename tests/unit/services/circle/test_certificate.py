"""A plan with its certificate: made, read again, and refused for every lie."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.circle.allocation import allocated
from cellchain.services.circle.certificate import gap_ppm, parse_certificate
from cellchain.services.circle.certifying import check_certified
from cellchain.services.circle.offers import offers_of_arrays, offers_of_table, room_of

LEAST = np.iinfo(np.int64).min


def table(**columns):
    return Table(
        {
            name: np.array(cells, float) if name in ("value_cents", "capacity") else Texts.of(cells)
            for name, cells in columns.items()
        }
    )


ROOM = room_of(table(slot=["store", "melt"], capacity=[1, 3]))
VALUES = table(
    battery=["A", "A", "B", "B", "C"],
    slot=["store", "melt", "store", "melt", "melt"],
    value_cents=[900, 100, 700, 200, -50],
)
OFFERS = offers_of_table(VALUES, ROOM)
PLAN, CLAIMED = allocated(OFFERS)


def test_the_best_plan_its_prices_and_its_proof():
    assert PLAN.texts("battery").cells() == ["A", "B", "C"]
    assert PLAN.texts("slot").cells() == ["store", "melt", "melt"]
    assert PLAN.numbers("value_cents").tolist() == [900, 200, -50]
    assert CLAIMED.prices == {"store": 500, "melt": 0}
    assert (CLAIMED.value_cents, CLAIMED.bound_cents, CLAIMED.gap_ppm) == (1050, 1050, 0)
    assert CLAIMED.proved
    check_certified(PLAN, parse_certificate(CLAIMED.to_bytes()), OFFERS)


def test_arrays_say_the_same_in_any_order_of_slots():
    values = np.array([[100, 900], [200, 700], [-50, LEAST]])
    names = {"batteries": np.array(["A", "B", "C"]), "slots": np.array(["melt", "store"])}
    plan, claimed = allocated(offers_of_arrays({"values": values, **names}, ROOM))
    assert claimed == CLAIMED
    assert plan.texts("slot").cells() == PLAN.texts("slot").cells()


def test_a_gap_is_rounded_up():
    assert gap_ppm(1_000_000, 1_000_000) == 0
    assert gap_ppm(2_000_001, 2_000_002) == 1
    assert gap_ppm(0, 1) == 1_000_000
    assert gap_ppm(-1_000_000, -999_998) == 2


CROWDED = {"slot": ["store", "store", "melt"], "value_cents": [900, 700, -50]}
WORSE = {"slot": ["melt", "store", "melt"], "value_cents": [100, 700, -50]}


def other_plan(**columns):
    kept = {"battery": ["A", "B", "C"], "slot": ["store", "melt", "melt"]}
    return table(**{**kept, "value_cents": [900, 200, -50], **columns})


@pytest.mark.parametrize(
    ("plan", "lie", "code"),
    [
        ({"battery": ["A", "B", "B"]}, {}, "certificate.battery"),
        ({"battery": ["A", "B", "D"]}, {}, "certificate.battery"),
        ({"slot": ["store", "melt", "moon"]}, {}, "certificate.place"),
        ({"slot": ["store", "melt", None]}, {}, "certificate.place"),
        ({"slot": ["store", "melt", "store"]}, {}, "certificate.place"),  # barred
        ({"value_cents": [901, 200, -50]}, {}, "certificate.place"),
        (CROWDED, {}, "certificate.room"),
        (WORSE, {}, "certificate.value"),
        ({}, {"value_cents": 1051}, "certificate.value"),
        ({}, {"bound_cents": 1051}, "certificate.bound"),
        ({}, {"prices": {"store": 400, "melt": 0}}, "certificate.bound"),
        ({}, {"prices": {"store": 500, "melt": -1}}, "certificate.prices"),
        ({}, {"prices": {"store": 500}}, "certificate.prices"),
        ({}, {"gap_ppm": 1}, "certificate.gap"),
        ({}, {"proved": False}, "certificate.proved"),
    ],
)  # fmt: skip
def test_a_lie_is_found(plan, lie, code):
    with pytest.raises(Refused) as refused:
        check_certified(other_plan(**plan), msgspec.structs.replace(CLAIMED, **lie), OFFERS)
    assert refused.value.code == code


def test_a_worse_plan_may_be_certified_with_its_honest_gap():
    honest = {"value_cents": 750, "gap_ppm": 400_000, "proved": False}
    check_certified(other_plan(**WORSE), msgspec.structs.replace(CLAIMED, **honest), OFFERS)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"prices": {"a": 1.5}}', b"\xff"])
def test_a_certificate_that_is_none(data):
    with pytest.raises(Refused, match=r"certificate\.malformed"):
        parse_certificate(data)


@pytest.mark.parametrize("name", [b"value_cents", b"store"])
def test_a_name_that_stands_twice_counts_for_nothing(name):
    twice = CLAIMED.to_bytes().replace(b'"%s"' % name, b'"%s": 0, "%s"' % (name, name))
    with pytest.raises(Refused, match=r"json\.malformed"):
        parse_certificate(twice)


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"capacity": [1, -1]}, "allocate.capacity"),
        ({"capacity": [1, 1.5]}, "allocate.capacity"),
        ({"capacity": [1, np.nan]}, "allocate.capacity"),
        ({"capacity": [1, np.inf]}, "allocate.capacity"),
        ({"slot": ["a", "a"]}, "allocate.twice"),
        ({"slot": ["a", None]}, "allocate.key"),
    ],
)
def test_room_that_is_none(columns, code):
    with pytest.raises(Refused) as refused:
        room_of(table(**{"slot": ["a", "b"], "capacity": [1, 2], **columns}))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"value_cents": [1, np.nan]}, "allocate.value"),
        ({"value_cents": [1, 0.5]}, "allocate.value"),
        ({"value_cents": [1, 1e13]}, "allocate.value"),
        ({"battery": ["A", "A"], "slot": ["store", "store"]}, "allocate.twice"),
        ({"battery": ["A", None]}, "allocate.key"),
        ({"slot": ["store", "moon"]}, "allocate.slot"),
        ({"slot": ["store", "store"]}, "allocate.no_room"),
        ({"battery": [], "slot": [], "value_cents": []}, "allocate.nothing"),
    ],
)
def test_values_that_are_none(columns, code):
    known = {"battery": ["A", "B"], "slot": ["store", "melt"], "value_cents": [1, 2], **columns}
    with pytest.raises(Refused) as refused:
        allocated(offers_of_table(table(**known), ROOM))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("arrays", "code"),
    [
        ({"values": np.empty(0)}, "allocate.axes"),
        ({"values": np.zeros((2, 2))}, "allocate.axes"),
        ({"values": np.zeros(2, np.int64)}, "allocate.axes"),
        ({"values": np.zeros((0, 2), np.int64)}, "allocate.nothing"),
        ({"values": np.zeros((2, 2), np.int64)}, "allocate.slot"),
        ({"slots": np.array(["store", "store"])}, "allocate.twice"),
        ({"slots": np.array(["store"])}, "allocate.axes"),
        ({"values": np.array([[1, LEAST], [LEAST, LEAST]])}, "allocate.barred"),
        ({"values": np.array([[1, 1], [10**13, 1]])}, "allocate.value"),
        ({"values": np.array([[1, 1], [LEAST + 1, 1]])}, "allocate.value"),
    ],
)
def test_arrays_that_are_none(arrays, code):
    named = {} if code == "allocate.slot" else {"slots": np.array(["store", "melt"])}
    with pytest.raises(Refused) as refused:
        offers_of_arrays({"values": np.zeros((2, 2), np.int64), **named, **arrays}, ROOM)
    assert refused.value.code == code


def test_who_blocks_is_named():
    tight = replace(OFFERS, room=room_of(table(slot=["store", "melt"], capacity=[3, 0])))
    with pytest.raises(Refused, match="1 batteries may go nowhere but to melt, .* room for 0"):
        allocated(tight)
