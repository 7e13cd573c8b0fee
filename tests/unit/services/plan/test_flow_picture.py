"""Streams of stock and flow: what enters a pool leaves it, or stays at an end."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.plan.flow_picture import battery_picture, material_pictures
from cellchain.services.plan.materials import SecondLife, material_flows
from cellchain.services.plan.stock import batteries, inflow_of

YEARS = 12


def table(**columns):
    return Table({name: Texts.of(map(str, cells)) for name, cells in columns.items()})


def answers(kwh, mean_years, shares, second=(0.0, 0)):
    inflow = inflow_of(table(year=range(2020, 2020 + YEARS), chemistry=["LFP"] * YEARS,
                             inflow_kwh=kwh))  # fmt: skip
    lives = table(chemistry=["LFP"], distribution=["weibull"], shape=[3], mean_years=[mean_years])
    found, survival = batteries(inflow, lives)
    contents = table(chemistry=["LFP"], material=["Li"], kg_per_kwh=[0.1])
    collected, recovered = shares
    recovery = table(material=["Li"], year=[2020], collection_share=[collected],
                     recovery_share=[recovered])  # fmt: skip
    flows = material_flows(inflow, survival, contents, recovery, SecondLife(*second))
    return found, flows


def sums(flow):
    enters, leaves = defaultdict(float), defaultdict(float)
    for one in flow.streams:
        leaves[one.source] += one.amount
        enters[one.target] += one.amount
    return enters, leaves


shares = st.floats(0.0, 1.0)


@given(
    st.lists(st.integers(0, 10**6), min_size=YEARS, max_size=YEARS), st.floats(1.0, 20.0),
    st.tuples(shares, shares), st.sampled_from([(0.0, 0), (0.4, 3), (1.0, 20)]),
    st.integers(2020, 2019 + YEARS),
)  # fmt: skip
def test_mass_is_conserved_in_every_pool(kwh, mean_years, share, second, until):
    found, flows = answers(kwh, mean_years, share, second)
    pictures = [*material_pictures(flows, until), battery_picture(found, until)]
    for picture in filter(None, pictures):
        enters, leaves = sums(picture.flow)
        most = max(one.amount for one in picture.flow.pools)
        for place, pool in enumerate(picture.flow.pools):
            for sizes in (enters, leaves):
                if place in sizes:
                    assert sizes[place] == pytest.approx(pool.amount, abs=1e-8 * most)
            assert place in enters or pool.column == 0


def test_the_materials_that_are_drawn_are_those_of_the_years_that_count():
    _, one = answers([100] + [0] * (YEARS - 1), 5.0, (0.5, 0.8))
    names, last = ("A", "B", "C", "late"), one.numbers("year") == 2019 + YEARS
    four = one.taken(np.tile(np.arange(one.rows), 4))
    demand = np.concatenate([np.tile(one.numbers("demand_kg"), 3), 1e9 * last])
    columns = {"material": Texts.of(np.repeat(names, one.rows).tolist()), "demand_kg": demand}
    drawn = material_pictures(Table(dict(four.columns) | columns), 2021)
    assert {one.title[0] for one in drawn} == {"A", "B", "C"}


def test_streams_worked_by_hand():
    # 100 kWh of 0.1 kg; Weibull 3 of mean 2 years leaves nothing after 12 years: 10 kg end,
    # half collected, of that 0.8 recovered: 4 kg, and 1 kg is lost
    _, flows = answers([100] + [0] * (YEARS - 1), 2.0, (0.5, 0.8))
    (picture,) = material_pictures(flows)
    pools = {one.name: one.amount for one in picture.flow.pools}
    assert pools == pytest.approx({
        "flows in": 10, "in use": 10, "end of life": 10, "collected": 5, "not collected": 5,
        "recovered": 4, "lost in recycling": 1,
    })  # fmt: skip
    assert picture.title == "Li, 2020 to 2031"
    for told in ("flows in 10 kg", "recovered 4 kg", "lost in recycling 1 kg"):
        assert told in picture.said


def test_a_year_that_is_not_there_is_refused():
    found, flows = answers([100] * YEARS, 5.0, (0.5, 0.8))
    for draw in (lambda: material_pictures(flows, 1999), lambda: battery_picture(found, 2050)):
        with pytest.raises(Refused, match=r"stock\.year"):
            draw()


def test_many_chemistries_are_a_few_streams():
    names = [f"<{n}>" + "x" * 100 for n in range(9)]
    columns = {"inflow_kwh": np.arange(1.0, 10.0), "stock_kwh": np.arange(1.0, 10.0),
               "outflow_kwh": np.zeros(9)}  # fmt: skip
    found = Table({"year": np.full(9, 2020.0), "chemistry": Texts.of(names), **columns})
    flow = battery_picture(found).flow
    first = [one for one in flow.pools if one.column == 0]
    assert [one.amount for one in first] == [9, 8, 7, 6, 5, 10]  # 4 + 3 + 2 + 1
    assert first[-1].name == "4 others"
    assert all(len(one.name) <= 40 for one in first)
