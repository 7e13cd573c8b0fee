"""The station against formulas of queues, and what must hold of any station."""

from __future__ import annotations

from dataclasses import replace
from math import exp, factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.science.swapping.demand import Demand, Triangle, arrivals
from cellchain.science.swapping.measures import (
    busy_until,
    greatest_overlap,
    mean_interval,
    share_interval,
)
from cellchain.science.swapping.station import Place, Station, simulated

PLENTY = Station(
    bays=3, chargers=400, packs=400, queue_limit=10**9, capacity_kwh=60.0, power_kw=60.0,
    efficiency=1.0, ready_soc=0.9, dispatch="longest_ready",
)  # fmt: skip
RATE, SERVICE = 0.5, 5.0  # a minute; minutes


def exponential(seed, cars):
    rng = np.random.default_rng(seed)
    return Demand(
        arrival_min=np.cumsum(rng.exponential(1 / RATE, cars)), soc=np.full(cars, 0.9),
        swap_min=rng.exponential(SERVICE, cars), pick=rng.random(cars), warm_min=0.0,
        end_min=np.inf,
    )  # fmt: skip


def drawn(seed, cars=200, gap=3.0):
    rng = np.random.default_rng(seed)
    return Demand(
        arrival_min=np.cumsum(rng.exponential(gap, cars)), soc=rng.uniform(0, 0.6, cars),
        swap_min=rng.uniform(3, 7, cars), pick=rng.random(cars), warm_min=0.0, end_min=np.inf,
    )  # fmt: skip


def erlang_b(servers, load):
    terms = [load**k / factorial(k) for k in range(servers + 1)]
    return terms[-1] / sum(terms)


def erlang_c(servers, load):
    blocked = erlang_b(servers, load)
    return blocked / (1 - load / servers * (1 - blocked))


def test_waits_are_those_of_erlang_c():
    load = RATE * SERVICE
    shares = {0.0: [], 5.0: []}
    means = []
    for seed in range(10):
        seen = simulated(PLENTY, exponential(seed, 4_000), np.ones(2_400))
        wait = seen.wait_min[500:]
        means.append(wait.mean())
        for limit, found in shares.items():
            found.append(np.mean(wait > limit + 1e-9))
    for limit, found in shares.items():
        fair = erlang_c(3, load) * exp(-(3 / SERVICE - RATE) * limit)
        interval = mean_interval(found, 0.999)
        assert interval.lo <= fair <= interval.hi
        assert interval.hi - interval.lo < 0.25
    fair = erlang_c(3, load) / (3 / SERVICE - RATE)
    interval = mean_interval(means, 0.999)
    assert interval.lo <= fair <= interval.hi


def test_who_may_not_wait_leaves_as_erlang_b_says():
    station = replace(PLENTY, queue_limit=0)
    left = [
        np.isnan(simulated(station, exponential(seed, 4_000), np.ones(2_400)).wait_min).mean()
        for seed in range(8)
    ]
    interval = mean_interval(left, 0.999)
    assert interval.lo <= erlang_b(3, RATE * SERVICE) <= interval.hi
    assert interval.hi - interval.lo < 0.05


def test_the_mean_queue_is_arrivals_by_mean_wait():
    demand = exponential(3, 8_000)
    seen = simulated(PLENTY, demand, np.ones(2_400))
    start, end = demand.arrival_min[[500, -500]]
    waiting = np.stack([demand.arrival_min, demand.arrival_min + seen.wait_min], axis=1)
    queue = np.diff(busy_until(waiting, np.array([start, end])))[0] / (end - start)
    inside = (demand.arrival_min >= start) & (demand.arrival_min < end)
    rate = inside.sum() / (end - start)
    assert queue == pytest.approx(rate * seen.wait_min[inside].mean(), rel=0.01)


stations = st.builds(
    Station,
    bays=st.integers(1, 3), chargers=st.integers(1, 6), packs=st.integers(1, 12),
    queue_limit=st.integers(0, 6), capacity_kwh=st.just(60.0), power_kw=st.floats(20, 200),
    efficiency=st.just(0.9), ready_soc=st.floats(0.3, 1),
    dispatch=st.sampled_from(["healthiest", "fewest_uses", "longest_ready"]),
)  # fmt: skip


@settings(max_examples=60)
@given(stations, st.integers(0, 99), st.integers(1, 60))
def test_every_battery_is_in_one_place_and_no_stock_is_below_nothing(station, seed, fleet):
    demand = drawn(seed)
    soh = np.random.default_rng(seed).uniform(0.7, 1, fleet + station.packs)
    seen = simulated(station, demand, soh)
    served = int((~np.isnan(seen.wait_min)).sum())
    assert len(seen.swaps) == len(seen.charges) == seen.uses.sum() == served
    counts = np.bincount(seen.places, minlength=len(Place))
    assert counts[Place.READY] == station.packs
    assert counts[Place.ROAD] == fleet
    assert (seen.wait_min[~np.isnan(seen.wait_min)] >= 0).all()
    # ready = at the beginning + charged − given out, at every moment
    taken, charged = np.sort(seen.swaps[:, 0]), np.sort(seen.charges[:, 1])
    ready = station.packs + np.searchsorted(charged, taken, "right") - np.arange(1, served + 1)
    assert (ready >= 0).all()
    assert greatest_overlap(seen.swaps, 0, np.inf) <= station.bays
    assert greatest_overlap(seen.charges, 0, np.inf) <= station.chargers


@given(st.integers(0, 20))
def test_the_same_cars_give_the_same_bits(seed):
    station = replace(PLENTY, packs=4, chargers=2, bays=1, queue_limit=5)
    first, second = (simulated(station, drawn(seed), np.ones(60)) for _ in range(2))
    assert first.wait_min.tobytes() == second.wait_min.tobytes()
    assert first.charges.tobytes() == second.charges.tobytes()


def test_more_of_anything_makes_nobody_wait_longer_on_the_whole():
    small = replace(PLENTY, packs=5, chargers=3, bays=1, queue_limit=10**9, power_kw=40.0)
    soh = np.full(400, 0.9)  # so that it does not matter which battery a car brings
    before = simulated(small, drawn(5, gap=12.0), soh[: 300 + 5]).wait_min
    for more in ({"packs": 9}, {"chargers": 5}, {"bays": 2}, {"power_kw": 80.0}):
        station = replace(small, **more)
        after = simulated(station, drawn(5, gap=12.0), soh[: 300 + station.packs]).wait_min
        assert after.mean() <= before.mean()
        if station.bays == 1:  # with two, one battery may overtake another on its way to a charger
            assert (after <= before + 1e-9).all()


def test_dispatch_by_health_and_by_use():
    soh = np.random.default_rng(8).uniform(0.7, 1, 60)
    seen = {
        how: simulated(
            replace(PLENTY, packs=20, chargers=20, dispatch=how),
            drawn(8, cars=1_000, gap=20.0),
            soh,
        )
        for how in ("healthiest", "fewest_uses", "longest_ready")
    }
    spread = {how: np.ptp(one.uses) for how, one in seen.items()}
    assert seen["healthiest"].given_soh.mean() > seen["fewest_uses"].given_soh.mean() + 0.01
    assert spread["fewest_uses"] < spread["healthiest"]


def test_a_charge_by_hand():
    station = replace(PLENTY, efficiency=0.8, power_kw=50.0)
    assert station.charge_min(0.9, 0.4) == pytest.approx(60 * 0.9 * 0.5 / (0.8 * 50) * 60)
    assert station.charge_min(0.9, 0.95) == 0


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0, 20)), min_size=1, max_size=20))
def test_spans_against_counting(given_spans):
    spans = np.array([(a, a + length) for a, length in given_spans])
    edges = np.linspace(0, 80, 9)
    fair = [np.clip(edge - spans[:, 0], 0, spans[:, 1] - spans[:, 0]).sum() for edge in edges]
    assert busy_until(spans, edges) == pytest.approx(np.array(fair), abs=1e-9)
    held = [int(((spans[:, 0] <= at) & (spans[:, 1] > at)).sum()) for at in spans[:, 0]]
    assert greatest_overlap(spans, 0, 100) == max(held)


def test_a_share_is_never_too_sure():
    none = share_interval(np.zeros(10), np.full(10, 50.0), 0.95)
    assert (none.value, none.lo) == (0, 0)
    assert 3 / 500 < none.hi < 5 / 500
    assert share_interval(np.full(4, 9.0), np.full(4, 9.0), 0.95).hi == 1
    torn = share_interval(np.array([0.0, 50.0]), np.full(2, 50.0), 0.95)
    assert (torn.lo, torn.hi) == (0, 1)
    one = share_interval(np.array([5.0]), np.array([50.0]), 0.95)
    assert one.lo < 0.1 < one.hi


def test_a_mean_has_the_interval_of_student():
    found = mean_interval([1.0, 2.0, 3.0, 4.0, np.nan], 0.95)
    assert found.value == 2.5
    assert found.hi - found.value == pytest.approx(3.182446 * np.std([1, 2, 3, 4], ddof=1) / 2)
    assert np.isnan(mean_interval([1.0], 0.95).lo)
    assert np.isnan(mean_interval([], 0.95).value)


def test_triangles_and_arrivals():
    shares = (np.arange(20_000) + 0.5) / 20_000
    for one in (Triangle(1, 2, 6), Triangle(1, 1, 6), Triangle(1, 6, 6), Triangle(4, 4, 4)):
        found = one.at(shares)
        assert found.mean() == pytest.approx((one.low + one.mode + one.high) / 3, rel=1e-3)
        assert (np.diff(found) >= 0).all()
        assert found.min() >= one.low
        assert found.max() <= one.high
    at = arrivals(np.random.default_rng(1), [10, 0, 30], 3_000)
    by_hour = np.bincount((at // 60 % 3).astype(int), minlength=3) / 1_000
    assert by_hour == pytest.approx([10, 0, 30], rel=0.05)
    assert (np.diff(at) >= 0).all()
