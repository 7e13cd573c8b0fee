"""Counts, gates, lots and sets of an allocation: by hand, certified, and refused for every lie."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.circle.allocation import allocated
from cellchain.services.circle.certificate import Branch, parse_certificate
from cellchain.services.circle.certifying import check_certified
from cellchain.services.circle.offered_packs import packs_of
from cellchain.services.circle.offers import offers_of_arrays, offers_of_table, room_of
from cellchain.services.circle.slot_gates import gated

TEXTS = ("battery", "slot", "chemistry", "region")
EMPTY = float("nan")


def table(**columns):
    return Table(
        {
            name: Texts.of(cells) if name in TEXTS else np.array(cells, float)
            for name, cells in columns.items()
        }
    )


def offered(values, room, packs=None):
    """Return what is offered by columns of three files."""
    found = offers_of_table(table(**values), room_of(table(**room)))
    known = None if packs is None else packs_of(table(**packs), found.batteries)
    return gated(found, known)


def every(batteries, slots, cents):
    """Return the columns of all pairs."""
    return {
        "battery": [one for one in batteries for _ in slots],
        "slot": [one for _ in batteries for one in slots],
        "value_cents": [one for row in cents for one in row],
    }


def rows(plan):
    """Return the cells of a plan, row by row."""
    return [tuple(one.values()) for one in plan.plain(0, plan.rows)]


def test_batteries_that_are_alike_stand_once():
    values = every(["leaf", "zoe"], ["store", "melt"], [[900, 100], [700, 200]])
    values["count"] = [3, 3, 2, 2]
    offers = offered(values, {"slot": ["store", "melt"], "capacity": [2, 9]})
    plan, claimed = allocated(offers)
    # a place in the store earns 800 more of a leaf, 500 more of a zoe: two leaves go there
    assert rows(plan) == [
        ("leaf", "store", 900, 2), ("leaf", "melt", 100, 1), ("zoe", "melt", 200, 2),
    ]  # fmt: skip
    assert claimed.value_cents == 2 * 900 + 100 + 2 * 200
    assert claimed.prices == {"store": 800, "melt": 0}
    assert claimed.proved
    check_certified(plan, parse_certificate(claimed.to_bytes()), offers)


def test_counts_of_packs_and_of_arrays_say_the_same():
    values = every(["leaf", "zoe"], ["store", "melt"], [[900, 100], [700, 200]])
    room = {"slot": ["store", "melt"], "capacity": [2, 9]}
    packs = {"battery": ["zoe", "leaf"], "count": [2, 3]}
    plan, claimed = allocated(offered(values, room, packs))
    arrays = {"values": np.array([[900, 100], [700, 200]]), "slots": np.array(["store", "melt"]),
              "batteries": np.array(["leaf", "zoe"]), "count": np.array([3, 2])}  # fmt: skip
    other, again = allocated(offers_of_arrays(arrays, room_of(table(**room))))
    assert claimed == again
    assert rows(plan) == rows(other)


GATES = {
    "slot": ["bus", "store", "melt"],
    "capacity": [5, 5, 5],
    "chemistry": ["LFP|NMC", None, None],
    "region": [None, "EU", None],
    "soh_ppm_min": [800_000, EMPTY, EMPTY],
}
KNOWN = {
    "battery": ["A", "B", "C"],
    "chemistry": ["LFP", "NCA", "NMC"],
    "region": ["EU", "EU", "US"],
    "soh_ppm": [900_000, 950_000, 700_000],
}
OPEN = every("ABC", ["bus", "store", "melt"], [[9, 5, 1]] * 3)


def test_a_gate_closes_a_pair_by_chemistry_region_or_health():
    plan, claimed = allocated(offered(OPEN, GATES, KNOWN))
    assert rows(plan) == [("A", "bus", 9), ("B", "store", 5), ("C", "melt", 1)]
    assert claimed.proved


def test_who_has_no_slot_left_is_told_every_gate():
    barred = {name: [one for n, one in enumerate(cells) if n % 3 < 2]
              for name, cells in OPEN.items()}  # fmt: skip
    with pytest.raises(Refused, match="allocate.gated") as refused:
        offered(barred, GATES, KNOWN)
    told = str(refused.value)
    assert "battery C may go to no slot" in told
    assert "bus (soh_ppm 700000 is below soh_ppm_min 800000)" in told
    assert "store (region US is not EU)" in told
    assert "melt (no value)" in told


@pytest.mark.parametrize(
    ("room", "packs", "code"),
    [
        ({"lot_min": [9, 0, 0]}, {}, "allocate.lot"),
        ({"lot_min": [-1, 0, 0]}, {}, "allocate.term"),
        ({"lot_min": [1.5, 0, 0]}, {}, "allocate.term"),
        ({"soh_ppm_min": [1e9, 0, 0]}, {}, "allocate.term"),
        ({"soh_ppm_min": [80, 0, 0]}, {}, "allocate.term"),
        ({"lot_mim": [2, 0, 0]}, {}, "table.misspelt"),
        ({}, {"cuont": [1, 1, 1]}, "table.misspelt"),
        ({"alike": [2, EMPTY, EMPTY]}, {}, "allocate.alike"),
        ({"soh_spread_ppm": [2, EMPTY, EMPTY]}, {}, "allocate.alike"),
        ({"alike": [4, 0, 0], "soh_spread_ppm": [0, EMPTY, EMPTY], "lot_min": [5, 0, 0]}, {},
         "allocate.lot"),  # two sets of four are eight, and it takes five
        ({"chemistry": ["LFP||NMC", None, None]}, {}, "allocate.term"),
        ({}, {"battery": ["A", "B", "D"]}, "allocate.battery"),
        ({}, {"battery": ["A", "B", None]}, "allocate.battery"),
        ({}, {"battery": ["A", "B", "B"]}, "allocate.twice"),
        ({}, {"soh_ppm": [-1, 0, 0]}, "allocate.soh"),
        ({}, {"soh_ppm": [9e9, 0, 0]}, "allocate.soh"),
        ({}, {"soh_ppm": [EMPTY, 0, 0]}, "allocate.untold"),
        ({}, {"chemistry": [None, "NCA", "NMC"]}, "allocate.untold"),
        ({}, {"count": [0, 1, 1]}, "allocate.count"),
        ({}, {"count": [1, 1.5, 1]}, "allocate.count"),
        ({}, {"count": [1, EMPTY, 1]}, "allocate.count"),
        ({}, {"count": [2**40, 1, 1]}, "allocate.count"),
        ({}, None, "allocate.untold"),
    ],
)  # fmt: skip
def test_terms_and_packs_that_are_none(room, packs, code):
    with pytest.raises(Refused) as refused:
        offered(OPEN, GATES | room, None if packs is None else KNOWN | packs)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("counts", "packs"), [([2, 2, 1], None), ([1, 1, 0], None), ([1, 1, 1], {"count": [1, 1]})]
)
def test_counts_that_clash(counts, packs):
    values = {"battery": ["A", "A", "B"], "slot": ["bus", "melt", "melt"]}
    values |= {"value_cents": [1, 2, 3], "count": counts}
    if counts == [2, 2, 1]:
        values["count"] = [2, 3, 1]
    room = {"slot": ["bus", "melt"], "capacity": [5, 5]}
    known = None if packs is None else {"battery": ["A", "B"]} | packs
    with pytest.raises(Refused, match="allocate.count"):
        offered(values, room, known)


LOTS = {"slot": ["bus", "store", "melt"], "capacity": [3, 2, 9], "lot_min": [3, 2, EMPTY]}
WANTED = every("ABC", ["bus", "store", "melt"], [[90, 80, 10], [20, 60, 10], [5, 5, 10]])


def test_a_lot_is_kept_and_proved_by_branches():
    offers = offered(WANTED, LOTS)
    plan, claimed = allocated(offers)
    # bus with its three: 115; store with its two: 80 + 60 + 10; both want more than there are
    assert rows(plan) == [("A", "store", 80), ("B", "store", 60), ("C", "melt", 10)]
    assert (claimed.value_cents, claimed.bound_cents, claimed.proved) == (150, 150, True)
    assert claimed.branches
    check_certified(plan, parse_certificate(claimed.to_bytes()), offers)


def test_lots_that_nobody_can_keep():
    room = LOTS | {"capacity": [3, 2, 0], "lot_min": [0, 2, EMPTY]}
    values = every("AB", ["bus", "store"], [[1, 2], [3, 4]])
    values = {name: cells[:3] for name, cells in values.items()}  # B to the bus alone
    values = {name: [*cells[1:2], *cells[2:]] for name, cells in values.items()}  # A to the store
    with pytest.raises(Refused, match=r"allocate\.no_lots.*store \(2\) there is none"):
        allocated(offered(values, room))


SETS = {
    "slot": ["grid", "melt"], "capacity": [5, 9], "alike": [2, EMPTY],
    "soh_spread_ppm": [20_000, EMPTY],
}  # fmt: skip
FIVE = every("ABCDE", ["grid", "melt"], [[90, 10], [80, 10], [70, 10], [60, 10], [50, 10]])
HEALTH = {
    "battery": list("ABCDE"), "chemistry": ["LFP"] * 4 + ["NMC"],
    "soh_ppm": [900_000, 880_000, 850_000, 840_000, 880_000],
}  # fmt: skip


def test_sets_are_told_by_number_and_certified_with_their_gap():
    offers = offered(FIVE, SETS, HEALTH)
    plan, claimed = allocated(offers)
    assert rows(plan) == [
        ("A", "grid", 90, 1), ("B", "grid", 80, 1), ("C", "grid", 70, 2), ("D", "grid", 60, 2),
        ("E", "melt", 10, None),
    ]  # fmt: skip
    assert claimed.proved  # no other of its chemistry: E is no part of the relaxation either
    check_certified(plan, claimed, offers)


def test_where_sets_cost_something_the_gap_says_how_much():
    health = HEALTH | {"soh_ppm": [900_000, 860_000, 850_000, 840_000, 880_000]}
    offers = offered(FIVE, SETS | {"capacity": [2, 9]}, health)
    plan, claimed = allocated(offers)
    # B and C: A is alike to nobody. No two that are alike earn more than 80 + 70.
    assert [one[0] for one in rows(plan) if one[1] == "grid"] == ["B", "C"]
    assert (claimed.value_cents, claimed.proved) == (80 + 70 + 30, True)
    far = health | {"soh_ppm": [870_000, 850_000, 830_000, 810_000, 880_000]}
    wide = SETS | {"capacity": [4, 9], "soh_spread_ppm": [20_000, EMPTY]}
    values = every("ABCDE", ["grid", "melt"], [[90, 10], [10, 10], [10, 10], [90, 10], [50, 10]])
    plan, claimed = allocated(offered(values, wide, far))
    assert claimed.value_cents == 90 + 10 + 10 + 90 + 10


def test_counted_batteries_make_sets_among_themselves():
    values = every(["leaf", "zoe"], ["grid", "melt"], [[90, 10], [80, 10]])
    packs = {"battery": ["leaf", "zoe"], "chemistry": ["NMC", "LFP"], "soh_ppm": [8e5, 8e5],
             "count": [5, 1]}  # fmt: skip
    offers = offered(values, SETS | {"capacity": [9, 9]}, packs)
    plan, claimed = allocated(offers)
    assert rows(plan) == [
        ("leaf", "grid", 90, 2, 1), ("leaf", "grid", 90, 2, 2), ("leaf", "melt", 10, 1, None),
        ("zoe", "melt", 10, 1, None),
    ]  # fmt: skip
    check_certified(plan, claimed, offers)
    assert claimed.gap_ppm == 210_527  # the relaxation has all five leaves in the grid: 460 to 380


def _lie(plan, **columns):
    return Table(dict(plan.columns) | dict(table(**columns).columns))


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        ({"group": [1, 2, 2, 1, EMPTY]}, "certificate.group"),  # too far apart
        ({"group": [1, 1, 2, EMPTY, EMPTY]}, "certificate.group"),
        ({"group": [1, 1, 1, 1, EMPTY]}, "certificate.group"),
        ({"group": [1, 1, 2, 2, 3]}, "certificate.group"),
        ({"slot": ["grid", "grid", "grid", "melt", "melt"],
          "value_cents": [90, 80, 70, 10, 10], "group": [1, 1, 2, EMPTY, EMPTY]},
         "certificate.group"),
        ({"slot": ["grid", "grid", "grid", "grid", "grid"], "value_cents": [90, 80, 70, 60, 50]},
         "certificate.place"),  # closed to E
    ],
)  # fmt: skip
def test_a_set_that_is_none_is_found(lie, code):
    offers = offered(FIVE, SETS, HEALTH)
    plan, claimed = allocated(offers)
    with pytest.raises(Refused) as refused:
        check_certified(_lie(plan, **lie), claimed, offers)
    assert refused.value.code == code


def _changed(claimed, **lie):
    return msgspec.structs.replace(claimed, **lie)


def test_a_lie_about_lots_is_found():
    offers = offered(WANTED, LOTS)
    plan, claimed = allocated(offers)
    first, *rest = claimed.branches
    wrong = {
        "certificate.branches": [
            {"branches": tuple(rest)},
            {"branches": (*claimed.branches, Branch(opened=("melt",)))},
            {"branches": (*claimed.branches, Branch(opened=("moon",)))},
        ],
        "certificate.prices": [
            {"branches": (*claimed.branches, Branch(prices={"melt": -1}))},
            {"branches": (*claimed.branches, Branch(prices={"moon": 1}))},
            {"branches": (*claimed.branches, Branch(prices={"bus": 1 << 60}))},
        ],
        "certificate.bound": [
            {"branches": (*claimed.branches, Branch())},
            {"bound_cents": 149},
        ],
    }
    for code, lies in wrong.items():
        for lie in lies:
            with pytest.raises(Refused) as refused:
                check_certified(plan, _changed(claimed, **lie), offers)
            assert refused.value.code == code, lie
    small = _lie(plan, slot=["store", "melt", "melt"], value_cents=[80, 10, 10])
    with pytest.raises(Refused, match=r"certificate\.lot.*at least 2, not 1"):
        check_certified(small, claimed, offers)
    assert first.prices != {}


def test_a_count_that_is_not_placed_is_found():
    values = every(["leaf"], ["store", "melt"], [[900, 100]]) | {"count": [3, 3]}
    offers = offered(values, {"slot": ["store", "melt"], "capacity": [2, 9]})
    plan, claimed = allocated(offers)
    for count in ([2, 2], [2, 0], [2, 0.5], [3, EMPTY]):
        with pytest.raises(Refused, match=r"certificate\.(battery|room)"):
            check_certified(_lie(plan, count=count), claimed, offers)


@given(st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_what_is_allocated_is_certified_and_never_above_its_bound(seed):
    rng = np.random.default_rng(seed)
    batteries, slots = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    names, places = [f"b{one}" for one in range(batteries)], [f"s{one}" for one in range(slots)]
    values = every(names, [*places, "melt"], rng.integers(0, 99, (batteries, slots + 1)).tolist())
    size = rng.choice([1, 2, 3], slots)
    room = {
        "slot": [*places, "melt"],
        "capacity": [*rng.integers(6, 12, slots).tolist(), 99],
        "lot_min": [*rng.integers(0, 4, slots).tolist(), 0],
        "alike": [*size.tolist(), EMPTY],
        "soh_spread_ppm": [*np.where(size > 1, 50_000.0, EMPTY).tolist(), EMPTY],
    }
    packs = {
        "battery": names,
        "chemistry": rng.choice(["LFP", "NMC"], batteries).tolist(),
        "soh_ppm": rng.integers(700_000, 900_000, batteries).tolist(),
        "count": rng.integers(1, 4, batteries).tolist(),
    }
    offers = offered(values, room, packs)
    plan, claimed = allocated(offers)
    assert claimed.value_cents <= claimed.bound_cents
    assert claimed.proved == (claimed.value_cents == claimed.bound_cents)
    check_certified(plan, parse_certificate(claimed.to_bytes()), offers)
