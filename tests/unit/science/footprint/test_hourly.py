"""Emissions of an hour among what was on the machine, to the milligram, beside plain arithmetic."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.science.footprint import hourly
from cellchain.science.footprint.hourly import HOUR_MS, Operations, hourly_split

MACHINES, HOURS, PRODUCTS = 2, 3, 4
QUARTER = HOUR_MS // 4


def plain(emitted_mg, operations):
    """Return what each product carries, hour by hour."""
    carried, overhead = Counter(), 0
    for machine, row in enumerate(emitted_mg.tolist()):
        for hour, whole in enumerate(row):
            times = Counter()
            for on, product, start, end in operations:
                inside = min(end, (hour + 1) * HOUR_MS) - max(start, hour * HOUR_MS)
                if on == machine and inside > 0:
                    times[product] += inside
            total = sum(times.values())
            shares = {one: whole * time // total for one, time in times.items()}
            by_rest = sorted(times, key=lambda one: (-(whole * times[one] % total), one))
            for one in by_rest[: whole - sum(shares.values())] if times else ():
                shares[one] += 1
            carried.update(shares)
            overhead += 0 if times else whole
    return [carried[one] for one in range(PRODUCTS)], overhead


def split(emitted_mg, operations):
    columns = np.array(operations, np.int64).reshape(-1, 4).T
    found = hourly_split(emitted_mg, Operations(*columns), PRODUCTS)
    return found.product_mg.tolist(), found.overhead_mg


@st.composite
def plants(draw):
    """Times on quarters of an hour, so that remainders tie, or anywhere."""
    unit = draw(st.sampled_from((QUARTER, 1)))
    most = draw(st.sampled_from((3, 1_000, 10**13)))
    cell = st.integers(0, most)
    emitted = draw(st.lists(cell, min_size=MACHINES * HOURS, max_size=MACHINES * HOURS))
    time = st.integers(0, HOURS * HOUR_MS // unit).map(lambda one: one * unit)
    span = st.tuples(time, time).map(sorted)
    operation = st.tuples(st.integers(0, MACHINES - 1), st.integers(0, PRODUCTS - 1), span)
    drawn = draw(st.lists(operation, max_size=9))
    return np.array(emitted).reshape(MACHINES, HOURS), [(m, p, *both) for m, p, both in drawn]


@given(plants())
@settings(max_examples=300, deadline=None)
def test_each_carries_its_part_and_nothing_is_lost(asked):
    emitted_mg, operations = asked
    product_mg, overhead_mg = split(emitted_mg, operations)
    assert (product_mg, overhead_mg) == plain(emitted_mg, operations)
    assert sum(product_mg) + overhead_mg == emitted_mg.sum()


@given(plants())
@settings(max_examples=100, deadline=None)
def test_numbers_too_large_for_a_word_and_groups_of_uneven_length_are_split_alike(asked):
    emitted_mg, operations = asked
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hourly, "WORD_BITS", 23)  # as if words were short
        patch.setattr(hourly, "_WORD_MAX", 1)
        patch.setattr(hourly, "_PADDED_MAX", 0)
        assert split(emitted_mg, operations) == plain(emitted_mg, operations)


def test_of_equal_remainders_the_first_product_carries_the_milligram():
    emitted_mg = np.array([[3, 0, 0], [0, 0, 5]])
    whole = (0, HOUR_MS)
    assert split(emitted_mg, [(0, 2, *whole), (0, 1, *whole)]) == ([0, 2, 1, 0], 5)


@given(st.lists(st.integers(0, 2**60), min_size=1), st.sampled_from((0, 4)))
def test_words_are_in_order_however_they_crowd(words, padded):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hourly, "_PADDED_MAX", padded)
        assert hourly._sorted(np.array(words)).tolist() == sorted(words)
