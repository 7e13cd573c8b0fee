"""Meters, grid and operations of a night in which the clocks are put forward; what clashes."""

from __future__ import annotations

import numpy as np
import pytest

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.footprint.hourly import split

DAY = "2026-03-29T"
NUMBERS = ("kwh", "g_per_kwh")
OPERATIONS = {
    "machine": ["coater", "coater", "oven"],
    "product": ["B2", "B1", "B1"],
    "start": ["2026-03-29T00:30+01:00", "2026-03-29T00:10:00+01:00", "2026-03-29T00:00Z"],
    "end": ["2026-03-29T03:15+02:00", "2026-03-29T00:50:00+01:00", "2026-03-29T00:20Z"],
}
METERS = {
    "machine": ["coater", "coater", "coater", "oven"],
    "hour": ["2026-03-28T23:00Z", f"{DAY}01:00+01:00", f"{DAY}01:00Z", f"{DAY}00:00Z"],
    "kwh": [1.5, 2.0005, 1.1, 7],
}  # fmt: skip
GRID = {
    "hour": ["2026-03-28T23:00Z", "2026-03-29T00:00Z", "2026-03-29T01:00Z"],
    "g_per_kwh": [381, 382, 100],
}

STARTS, METERED = OPERATIONS["start"][1:], METERS["hour"][:3]


def table(columns):
    return Table(
        {
            name: np.array(cells, float) if name in NUMBERS else Texts.of(cells)
            for name, cells in columns.items()
        }
    )


def answered(operations=None, meters=None, grid=None):
    found = split(
        table({**OPERATIONS, **(operations or {})}),
        table({**METERS, **(meters or {})}),
        table({**GRID, **(grid or {})}),
    )
    return dict(zip(found.texts("product").cells(), found.numbers("mg_co2e").tolist(), strict=True))


def test_each_hour_is_shared_by_minutes():
    first, second, third, oven = 571_500, 764_191, 110_000, 2_674_000
    b1 = first * 40 // 70 + oven  # B2 has the larger remainder
    assert answered() == {"B1": b1, "B2": first - first * 40 // 70 + second + third, "overhead": 0}


def test_an_hour_without_a_product_is_overhead():
    assert answered({one: cells[:2] for one, cells in OPERATIONS.items()})["overhead"] == 2_674_000


@pytest.mark.parametrize(
    ("kwh", "grams", "mg"),
    [
        (0.0005, 1, 0), (0.0015, 1, 2), (0.0025, 1, 2),
        (0.1, 0.005, 0), (0.3, 0.005, 2), (0.7, 0.005, 4),
    ],
)  # fmt: skip
def test_half_a_milligram_goes_to_even_in_decimals(kwh, grams, mg):
    found = answered(
        {
            one: ["x"] if one in ("machine", "product") else cells[:1]
            for one, cells in OPERATIONS.items()
        }
        | {"start": ["2026-01-01T00:00Z"], "end": ["2026-01-01T01:00Z"]},
        {"machine": ["x"], "hour": ["2026-01-01T00:00Z"], "kwh": [kwh]},
        {"hour": ["2026-01-01T00:00Z"], "g_per_kwh": [grams]},
    )
    assert found == {"x": mg, "overhead": 0}


def plant(machines, kwh, grams):
    names = [f"m{n}" for n in range(machines)]
    hour = ["2026-01-01T00:00Z"]
    return answered(
        {one: cells[:0] for one, cells in OPERATIONS.items()},
        {"machine": names, "hour": hour * machines, "kwh": [kwh] * machines},
        {"hour": hour, "g_per_kwh": [grams]},
    )


def test_more_than_floats_can_count_is_counted():
    hour = Texts.of(["2026-01-01T00:00Z"])
    found = split(
        Table({one: Texts.of(()) for one in OPERATIONS}),
        Table({"machine": Texts.of(["m"]), "hour": hour, "kwh": np.array([9_999_999.999999])}),
        Table({"hour": hour, "g_per_kwh": np.array([999_999.999999])}),
    )
    assert found.texts("mg_co2e").cells() == [str(9_999_999_999_999 * 999_999_999_999 // 10**9)]


def test_a_double_rounding_is_none():
    found = plant(1, 1.00000000000001, 0.001499999999999985)
    assert found == {"overhead": 1}


@pytest.mark.parametrize(
    ("operations", "meters", "grid", "code"),
    [
        ({"start": ["2026-03-29 00:30", *STARTS]}, {}, {}, "footprint.time"),
        ({"start": ["soon", *STARTS]}, {}, {}, "footprint.time"),
        ({"start": [None, *STARTS]}, {}, {}, "footprint.time"),
        ({"start": [f"{DAY}00:30:00.0001Z", *STARTS]}, {}, {}, "footprint.time"),
        ({"start": [f"{DAY}02:30Z", *STARTS]}, {}, {}, "footprint.order"),
        ({"end": ["2026-03-30T00:30Z", *OPERATIONS["end"][1:]]}, {}, {}, "footprint.no_factor"),
        ({"start": ["2026-03-28T00:30Z", *STARTS]}, {}, {}, "footprint.no_factor"),
        ({"end": [*OPERATIONS["end"][:2], f"{DAY}01:01Z"]}, {}, {}, "footprint.no_meter"),
        ({"machine": ["press", "coater", "oven"]}, {}, {}, "footprint.no_meter"),
        ({"machine": [None, "coater", "oven"]}, {}, {}, "footprint.key"),
        ({"product": ["overhead", "B1", "B1"]}, {}, {}, "footprint.product"),
        ({"product": [None, "B1", "B1"]}, {}, {}, "footprint.key"),
        ({}, {"kwh": [1, -1, 1, 1]}, {}, "footprint.amount"),
        ({}, {"kwh": [1, np.nan, 1, 1]}, {}, "footprint.amount"),
        ({}, {"kwh": [1, np.inf, 1, 1]}, {}, "footprint.amount"),
        ({}, {"kwh": [1e9, 1, 1, 1]}, {"g_per_kwh": [1e9, 1, 1]}, "footprint.amount"),
        ({}, {"hour": [*METERED[:2], f"{DAY}00:00Z", METERS["hour"][3]]}, {}, "footprint.twice"),
        ({}, {"hour": [*METERED, f"{DAY}00:30Z"]}, {}, "footprint.hour"),
        ({}, {"hour": [*METERED, f"{DAY}09:00Z"]}, {}, "footprint.no_factor"),
        ({}, {}, {"hour": [*GRID["hour"][:2], f"{DAY}02:00Z"]}, "footprint.no_factor"),
        ({}, {}, {"hour": [*GRID["hour"][:2], f"{DAY}00:00Z"]}, "footprint.twice"),
        ({}, {}, {"hour": [*GRID["hour"][:2], "2226-03-29T00:00Z"]}, "footprint.hours"),
        ({}, {}, {"hour": [], "g_per_kwh": []}, "footprint.no_factor"),
        ({}, {}, {"g_per_kwh": [381, -1, 100]}, "footprint.amount"),
    ],
)  # fmt: skip
def test_what_clashes_is_named(operations, meters, grid, code):
    with pytest.raises(Refused) as refused:
        answered(operations, meters, grid)
    assert refused.value.code == code
