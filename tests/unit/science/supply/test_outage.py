"""Time to survive and impact, beside recursion, brute force and hand-worked chains."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cellchain.science.supply.outage import HORIZON_DAYS, Network, Outages, needs, tiers


def network(nodes, links):
    """Of rows (stock, capacity, demand) and (from, to, amount, kind)."""
    stock, capacity, demand = np.array(nodes, float).T
    begin, end, amount, kind = np.array(links, float).reshape(-1, 4).T
    return Network(stock, capacity, demand, begin.astype(int), end.astype(int), amount,
                   kind.astype(int))  # fmt: skip


def without(one, *down, shut=()):
    nodes = np.arange(len(one.stock))
    return np.where(np.isin(nodes, down), 0.0, 1.0), np.isin(nodes, shut)


def check(one, flows, left, shut):
    """Every law of the model, in the nodes' own units, by sums that the solver does not make."""
    slack = 1e-6 * (1 + np.abs(needs(one)) * max(flows.days, 1))
    served = one.demand * flows.days - flows.lost
    assert (served >= -slack).all()
    assert (flows.lost >= 0).all()
    assert (flows.made <= one.capacity * left * flows.days + slack).all()
    for node in range(len(one.stock)):
        out = flows.sent[one.source == node].sum() + served[node]
        rest = (0 if shut[node] else one.stock[node]) + flows.made[node] - out
        assert rest >= -slack[node]  # at the end, hence at any time of even flows
        for kind in set(one.kind[one.target == node].tolist()):
            mine = (one.target == node) & (one.kind == kind)
            assert (flows.sent[mine] / one.amount[mine]).sum() >= flows.made[node] - slack[node]


CHAIN = [(30, 10, 0), (20, 12, 0), (5, 11, 10)], [(0, 1, 1, 0), (1, 2, 1, 0)]


def test_a_chain_lasts_as_long_as_what_lies_below_the_outage():
    one = network(*CHAIN)
    outages = Outages(one)
    assert outages.survived(*without(one)).days == HORIZON_DAYS
    assert outages.survived(*without(one, 0)).days == pytest.approx(5.5)  # all stocks, 55 / 10
    assert outages.survived(*without(one, 1)).days == pytest.approx(2.5)
    assert outages.survived(*without(one, 2)).days == pytest.approx(0.5)
    assert outages.survived(*without(one, 2, shut=(2,))).days == 0
    lost = outages.impact(7.0, np.ones(3), *without(one, 1)).lost
    assert lost == pytest.approx([0, 0, 45])


def test_half_a_capacity_lasts_twice_as_long():
    one = network(*CHAIN)
    half = np.array([0.5, 1, 1])
    assert Outages(one).survived(half, np.zeros(3, bool)).days == pytest.approx(11)


def available(one, node, days, left):
    """Of a tree, whose nodes supply one other each: what a node can give, without optimising."""
    made = one.capacity[node] * left[node] * days
    for kind in set(one.kind[one.target == node].tolist()):
        mine = np.flatnonzero((one.target == node) & (one.kind == kind))
        given = (available(one, one.source[link], days, left) / one.amount[link] for link in mine)
        made = min(made, sum(given))
    return one.stock[node] + made


@st.composite
def trees(draw):
    count = draw(st.integers(2, 7))
    whole = st.integers(0, 20)
    nodes = [(draw(whole), draw(whole), 0) for _ in range(count - 1)]
    nodes.append((draw(whole), draw(whole), draw(st.integers(1, 10))))
    links = [
        (node, draw(st.integers(node + 1, count - 1)), draw(st.sampled_from([0.5, 1, 3])),
         draw(st.integers(0, 1)))
        for node in range(count - 1)
    ]  # fmt: skip
    return network(nodes, links), draw(st.integers(0, count - 1))


@settings(max_examples=80, deadline=None)
@given(trees())
def test_a_tree_lasts_as_recursion_says(given):
    one, down = given
    left, shut = without(one, down)
    outages, root = Outages(one), len(one.stock) - 1
    found = outages.survived(left, shut)
    check(one, found, left, shut)
    low, high = 0.0, HORIZON_DAYS
    for _ in range(60):
        days = (low + high) / 2
        meets = available(one, root, days, left) >= one.demand[root] * days
        low, high = (days, high) if meets else (low, days)
    assert found.days == pytest.approx(low, abs=1e-5)
    after = outages.impact(30.0, np.ones(len(left)), left, shut)
    check(one, after, left, shut)
    want = max(0.0, 30 * one.demand[root] - available(one, root, 30.0, left))
    assert after.lost[root] == pytest.approx(want, abs=1e-5)


@pytest.mark.parametrize("value", [(1.0, 1.0), (3.0, 1.0), (1.0, 5.0)])
def test_who_is_served_first_as_brute_force_says(value):
    """Two plants share a mine; the split of each of two inputs is tried in hundredths."""
    one = network(
        [(20, 6, 0), (8, 4, 0), (2, 9, 5), (1, 9, 4)],
        [(0, 2, 1, 0), (0, 3, 2, 0), (1, 2, 1, 1), (1, 3, 0.5, 1)],
    )
    days = 4.0
    left, shut = without(one, 0)
    flows = Outages(one).impact(days, np.array([0, 0, *value]), left, shut)
    check(one, flows, left, shut)
    ore, salt = 20.0, 8 + 4 * days
    best = np.inf
    for a, b in product(np.linspace(0, 1, 101), repeat=2):
        first = min(a * ore, b * salt, 9 * days) + 2
        second = min((1 - a) * ore / 2, (1 - b) * salt / 0.5, 9 * days) + 1
        lost = max(5 * days - first, 0), max(4 * days - second, 0)
        best = min(best, float(np.dot(value, lost)))
    assert np.dot(value, flows.lost[2:]) == pytest.approx(best, abs=0.2)
    assert np.dot(value, flows.lost[2:]) <= best + 1e-6


def test_units_of_any_size_are_the_same_days():
    nodes, links = CHAIN
    for size in (1e-9, 1e9):
        small = network([[size * each for each in row] for row in nodes], links)
        assert Outages(small).survived(*without(small, 0)).days == pytest.approx(5.5)


def test_what_nothing_needs_is_missed_by_nobody():
    one = network([*CHAIN[0], (0, 0, 0)], CHAIN[1])
    outages = Outages(one)
    assert outages.needed.tolist() == [10, 10, 10, 0]
    assert outages.survived(*without(one, 3)).days == HORIZON_DAYS


def test_tiers_stop_at_a_cycle():
    assert tiers(np.array([0, 1]), np.array([1, 2]), 3) == [0, 1, 2]
    assert tiers(np.array([0, 1, 2]), np.array([1, 2, 1]), 3) == [0]


def test_many_tiers_of_many_alternatives_keep_their_scale():
    """Eight tiers of six that each supply six: what one is asked for stays what there is."""
    width, depth = 6, 8
    nodes = [(1, 2, 0)] * (width * depth) + [(0, 10, 10)]
    links = [
        (tier * width + a, (tier + 1) * width + b, 1, 0)
        for tier in range(depth - 1) for a in range(width) for b in range(width)
    ] + [((depth - 1) * width + a, width * depth, 1, 0) for a in range(width)]  # fmt: skip
    one = network(nodes, links)
    assert needs(one).max() == 12
    first = range(2)  # of the first tier: 8 of 10 a day are left, 48 in stock help with 2
    found = Outages(one).survived(*without(one, *first))
    assert found.days == pytest.approx(48 / 2)


@st.composite
def graphs(draw):
    """Any graph without a cycle, with numbers far apart."""
    count = draw(st.integers(2, 6))
    size = st.sampled_from([0.0, 1e-6, 1.0, 3.0, 50.0, 1e6])
    nodes = [(draw(size), draw(size), draw(st.sampled_from([0.0, 2.0, 1e3]))) for _ in range(count)]
    pairs = [(a, b) for b in range(count) for a in range(b)]
    links = [(a, b, draw(st.sampled_from([1e-3, 1.0, 40.0])), draw(st.integers(0, 1)))
             for a, b in draw(st.lists(st.sampled_from(pairs), unique=True))]  # fmt: skip
    return network(nodes, links), draw(st.integers(0, count - 1))


@settings(max_examples=80, deadline=None)
@given(graphs(), st.booleans())
def test_flows_of_any_graph_conserve_and_longer_outages_lose_more(given, closed):
    one, down = given
    assume((one.demand >= 1e-6 * needs(one))[one.demand > 0].all())
    left, shut = without(one, down, shut=(down,) if closed else ())
    outages, value = Outages(one), np.ones(len(one.stock))
    found = outages.survived(left, shut)
    check(one, found, left, shut)
    assert found.days <= outages.survived(np.ones_like(left), np.zeros_like(shut)).days + 1e-5
    lost = []
    for days in (found.days, found.days + 10, found.days + 20):
        after = outages.impact(days, value, left, shut)
        check(one, after, left, shut)
        lost.append(after.lost.sum())
    whole = one.demand.sum() * (found.days + 20) + 1
    assert lost[0] <= 1e-6 * whole
    assert lost[0] <= lost[1] + 1e-6 * whole <= lost[2] + 2e-6 * whole
