"""Flows and factors to footprints and a tree; what clashes."""

from __future__ import annotations

import numpy as np
import pytest

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.footprint.product import footprints

NUMBERS = ("amount", "kg_co2e_per_unit")
FLOWS = {
    "product": ["cell", "cell", "pack", "pack"],
    "input": ["cathode", "power", "cell", "power"],
    "amount": [2, 1, 100, 5],
    "unit": ["kg", "kWh", "piece", "kWh"],
    "evidence": ["a3f0", None, "77aa", "0c11"],
}
FACTORS = {
    "input": ["cathode", "power"],
    "unit": ["kg", "kWh"],
    "kg_co2e_per_unit": [10, 0.4],
    "source": ["maker's declaration", "national mix"],
    "date": ["2026", "2025"],
    "quality": ["21312", "3"],
}


RACK = {
    "product": ["cell", "pack", "pack", "rack"],
    "input": ["cathode", "cell", "power", "cell"],
    "unit": ["kg", "piece", "kWh", "kg"],
}
CIRCLE = {
    "input": ["cathode", "pack", "cell", "power"],
    "unit": ["kg", "piece", "piece", "kWh"],
}


def table(columns):
    return Table(
        {
            name: np.array(cells, float) if name in NUMBERS else Texts.of(cells)
            for name, cells in columns.items()
        }
    )


def answered(flows=None, factors=None, level=0.9):
    return footprints(
        table({**FLOWS, **(flows or {})}), table({**FACTORS, **(factors or {})}), level
    )


def test_products_and_the_branches_of_their_trees():
    found, tree = answered()
    assert found.texts("product").cells() == ["cell", "pack"]
    assert found.numbers("kg_co2e").tolist() == pytest.approx([20.4, 2042.0])
    assert found.numbers("primary_share").tolist() == pytest.approx([20 / 20.4, 2002 / 2042])
    assert tree.numbers("kg_co2e").tolist() == pytest.approx([20, 0.4, 2040, 2])
    assert tree.numbers("share")[2] == pytest.approx(2040 / 2042)
    assert tree.texts("source").cells() == [
        "maker's declaration", "national mix", None, "national mix",
    ]  # fmt: skip


def test_spaces_are_no_evidence():
    found, _ = answered({"evidence": [" ", None, "77aa", "0c11"]})
    assert found.numbers("primary_share").tolist() == pytest.approx([0, 2 / 2042])


def test_the_circle_that_is_wrong_is_named_and_no_other():
    flows = {
        "product": ["a", "a", "b", "c", "c", "d"],
        "input": ["b", "power", "a", "d", "power", "c"],
        "amount": [0.3, 1, 3.4, 0.1, 1, 0.1],
        "unit": ["piece", "kWh", "piece", "piece", "kWh", "piece"],
        "evidence": [None] * 6,
    }
    with pytest.raises(Refused, match=r"footprint\.circle.*: a, b$"):
        answered(flows)


@pytest.mark.parametrize("steps", [19, 24])
def test_amounts_that_multiply_beyond_all_numbers(steps):
    names = [f"p{n}" for n in range(steps)]
    flows = {
        "product": names,
        "input": ["power", *names[:-1]],
        "amount": [1e15] * steps,
        "unit": ["kWh", *["piece"] * (steps - 1)],
        "evidence": [None] * steps,
    }
    with pytest.raises(Refused, match=r"footprint\.amount"):
        answered(flows, {"kg_co2e_per_unit": [1, 1e15]})


def test_a_higher_level_is_wider():
    narrow, wide = (answered(level=one)[0] for one in (0.5, 0.99))
    assert (wide.numbers("lo") < narrow.numbers("lo")).all()
    assert (wide.numbers("hi") > narrow.numbers("hi")).all()


@pytest.mark.parametrize(
    ("flows", "factors", "code"),
    [
        ({"amount": [2, -1, 100, 5]}, {}, "footprint.amount"),
        ({"amount": [2, np.nan, 100, 5]}, {}, "footprint.amount"),
        ({}, {"kg_co2e_per_unit": [np.inf, 1]}, "footprint.amount"),
        ({"unit": ["g", "kWh", "piece", "kWh"]}, {}, "footprint.unit"),
        ({"unit": ["kg", "kWh", None, "kWh"]}, {}, "footprint.unit"),
        (RACK, {}, "footprint.unit"),
        ({"input": ["cathode", "power", "cell", "steel"]}, {}, "footprint.no_factor"),
        ({"input": ["cathode", "power", None, "power"]}, {}, "footprint.key"),
        ({"product": ["cell", None, "pack", "pack"]}, {}, "footprint.key"),
        ({}, {"input": ["cathode", "cell"]}, "footprint.twofold"),
        ({}, {"input": ["power", "power"]}, "footprint.twice"),
        ({}, {"quality": ["21312", None]}, "footprint.quality"),
        ({}, {"quality": ["21316", "3"]}, "footprint.quality"),
        ({}, {"quality": ["213", "3"]}, "footprint.quality"),
        (CIRCLE, {}, "footprint.circle"),
    ],
)  # fmt: skip
def test_what_clashes_is_named(flows, factors, code):
    with pytest.raises(Refused) as refused:
        answered(flows, factors)
    assert refused.value.code == code


@pytest.mark.parametrize("level", [0.0, 1.0, np.nan])
def test_a_level_that_is_none(level):
    with pytest.raises(Refused, match=r"interval\.level"):
        answered(level=level)
