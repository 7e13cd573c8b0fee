"""Many choices at once beside each alone; growth, draws and the ends of ranges."""

from __future__ import annotations

import numpy as np
import pytest

from cellchain.science.stock.projection import (
    BATTERY_FIGURES,
    MATERIAL_FIGURES,
    QUANTILES,
    Choices,
    Projection,
    bands,
    batteries_and_materials,
    drawn,
    one_at_a_time,
)

ONE = Projection(
    known_kwh=np.array([[10.0, 30.0], [20.0, 60.0]]),
    shares=np.array([[0.5, 0.5], [0.25, 0.75], [0.25, 0.75]]),
    growth_from=(0, 1),
    distributions=("weibull", "fixed"),
    forms=(3.0, 1.0),
    kg_per_kwh=np.array([[0.1, 0.2], [0.0, 0.4]]),
    second_years=1,
)
RANGES = [(0.0, 0.5, 1.0), (0, 0.1, 0.2), (1, 2, 4), (1, 2, 3), (0.5, 0.8, 0.9), (0.5, 0.6, 0.7),
          (0.9, 0.9, 0.9), (0, 0.1, 0.5)]  # fmt: skip


def chosen(values):
    growth, mean, collection, recovery, second = np.split(values, [2, 4, 5, 7])
    return Choices(growth, mean, collection[0], recovery, second[0])


def figures(values):
    found = list(batteries_and_materials(ONE, chosen(values)))
    assert [one.place for one in found] == [0, 1, 0, 1]
    assert tuple(found[0].by_name) == BATTERY_FIGURES
    assert tuple(found[2].by_name) == MATERIAL_FIGURES
    return [one.by_name for one in found]


def test_inflow_grows_from_the_known_and_is_split():
    first, second, *_ = figures(one_at_a_time(RANGES)[:, :1])
    total = np.array([80 * 1.5, 80 * 1.5 * 1.1, 80 * 1.5 * 1.1**2])
    assert first["inflow_kwh"][:, 0] == pytest.approx([10, 20, *(total * [0.5, 0.25, 0.25])])
    assert second["inflow_kwh"][:, 0] == pytest.approx([30, 60, *(total * [0.5, 0.75, 0.75])])
    assert second["outflow_kwh"][:, 0] == pytest.approx([0, 0, 30, 60, total[0] / 2])


def test_materials_are_what_their_batteries_hold():
    first, second, light, heavy = figures(drawn(RANGES, 5, 3))
    pairs = (("demand_kg", "inflow_kwh"), ("in_stock_kg", "stock_kwh"),
             ("end_of_life_kg", "outflow_kwh"))  # fmt: skip
    for kg, kwh in pairs:
        np.testing.assert_allclose(light[kg], 0.1 * first[kwh] + 0.2 * second[kwh])
        np.testing.assert_allclose(heavy[kg], 0.4 * second[kwh])
    np.testing.assert_allclose(heavy["share_of_demand"], heavy["recovered_kg"] / heavy["demand_kg"])


def test_each_choice_is_as_it_is_alone():
    values = drawn(RANGES, 7, 11)
    together = figures(values)
    for column in range(7):
        for whole, alone in zip(together, figures(values[:, [column]]), strict=True):
            for name, found in alone.items():
                assert whole[name][:, column].tolist() == found[:, 0].tolist()


def test_draws_are_the_same_each_time_and_within_their_range():
    values = drawn(RANGES, 20_000, 4)
    assert values.tolist() == drawn(RANGES, 20_000, 4).tolist()
    assert values[:-1].tolist() != drawn(RANGES, 20_000, 5)[:-1].tolist()
    for (low, mode, high), found in zip(RANGES, values, strict=True):
        assert low <= found.min() <= found.max() <= high
        assert found.mean() == pytest.approx(
            (low + mode + high) / 3, abs=0.02 * (high - low + 1e-9)
        )


def test_one_value_at_a_time_is_at_its_end():
    found = one_at_a_time(RANGES[:2])
    assert found.tolist() == [[0.5, 0.0, 0.5, 1.0, 0.5], [0.1, 0.1, 0, 0.1, 0.2]]


@pytest.mark.parametrize("draws", [1, 2, 10, 1001])
def test_bands_are_those_of_each_year(draws):
    values = np.random.default_rng(0).random((3, draws))
    assert bands(values) == pytest.approx(np.quantile(values, QUANTILES, axis=1), rel=1e-13)


def test_a_year_with_a_draw_without_a_value_has_no_band():
    assert (
        np.isnan(bands(np.array([[1.0, np.nan, 2.0], [1, 1, 1]]))).tolist() == [[True, False]] * 3
    )
