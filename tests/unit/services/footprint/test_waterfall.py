"""A footprint as a waterfall: it ends where the product's kilograms are."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.services.analysis.table import Table, Texts
from cellchain.services.footprint.product import footprints
from cellchain.services.footprint.waterfall import STEPS_MAX, waterfall


def drawn(flows, factors):
    """Flows by product, input and amount; factors by input."""
    columns = ("product", "input", "amount", "unit", "evidence")
    rows = [(product, one, str(amount), "kg", "") for product, one, amount in flows]
    known = [(one, "kg", str(kg), "s", "2026", "22222") for one, kg in factors.items()]
    names = ("input", "unit", "kg_co2e_per_unit", "source", "date", "quality")
    tables = (
        Table({name: Texts.of(cells) for name, cells in zip(head, zip(*body, strict=True),
                                                            strict=True)})
        for head, body in ((columns, rows), (names, known))
    )  # fmt: skip
    return waterfall(*footprints(*tables, 0.9))


@given(st.lists(st.floats(0.01, 1e4), min_size=1, max_size=30))
def test_steps_lead_from_zero_to_the_total(amounts):
    flows = [("pack", f"i{n}", amount) for n, amount in enumerate(amounts)]
    *parts, total = drawn(flows, {f"i{n}": 2.0 for n in range(len(amounts))}).steps
    assert len(parts) <= STEPS_MAX
    assert (parts[0].since, total.since, total.total) == (0.0, 0.0, True)
    for before, after in pairwise(parts):
        assert after.since == before.until
    assert parts[-1].until == pytest.approx(total.until, rel=1e-9)
    assert total.until == pytest.approx(2.0 * sum(amounts), rel=1e-9)
    assert total.lo <= total.until <= total.hi


def test_the_product_that_no_other_takes_is_drawn_and_said():
    # 2 cells of 100 kg and a housing of 30: 230 kg a pack; a cell emits less than that
    flows = [("cell", "cathode", 10), ("pack", "cell", 2), ("pack", "housing", 3)]
    found = drawn(flows, {"cathode": 10.0, "housing": 10.0})
    assert [(one.name, one.until - one.since) for one in found.steps] == [
        ("cell", 200), ("housing", 30), ("total", 230),
    ]  # fmt: skip
    assert "A unit of pack emits 230 kg CO2e" in found.said
    assert "most by cell 200, housing 30" in found.said


def test_names_of_strangers_are_cut():
    found = drawn([("<b>" + "p" * 9_999, "i" * 9_999, 1)], {"i" * 9_999: 1.0})
    assert max(len(one.name) for one in found.steps) <= 40
    assert len(found.said) < 300
