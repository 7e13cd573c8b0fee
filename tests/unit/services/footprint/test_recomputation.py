"""Footprints computed anew in decimals: the solver's grams, in circles as well; every lie."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.footprint.product import footprints
from cellchain.services.footprint.recomputation import (
    Factor,
    Flow,
    Recomputation,
    check_recomputed,
    parse_recomputation,
    recomputation,
)

PRODUCTS, INPUTS = ("a", "b", "c", "d"), ("x", "y")
FACTORS = Table(
    {
        "input": Texts.of(INPUTS),
        "unit": Texts.of(("kg", "kg")),
        "kg_co2e_per_unit": np.array([12.34, 0.1]),
        "source": Texts.of(("s", "s")),
        "date": Texts.of(("2026", "2026")),
        "quality": Texts.of(("1", "2")),
    }
)
SMALL = {
    "format": "cellchain.footprint/1",
    "flows": [Flow("a", "x", "2", "kg", ""), Flow("b", "a", "1.5", "piece", "e")],
    "factors": [Factor("x", "kg", "3", "s", "2026")],
    "grams": {"a": 6_000, "b": 9_000},
}


@st.composite
def flows(draw):
    """Each product takes little enough of products, itself among them."""
    part = st.tuples(st.sampled_from(PRODUCTS), st.sampled_from((*PRODUCTS, *INPUTS)))
    rows = draw(st.lists(part, min_size=1, max_size=9))
    rows = [*rows, *((one, "x") for one in PRODUCTS)]
    amounts = [draw(st.integers(0, 99)) / (300 if one in PRODUCTS else 7) for _, one in rows]
    product, source = zip(*rows, strict=True)
    units = Texts.of(["kg"] * len(rows))
    named = {"product": Texts.of(product), "input": Texts.of(source), "unit": units}
    return Table({**named, "amount": np.array(amounts), "evidence": Texts.of([None] * len(rows))})


@given(flows())
@settings(max_examples=100, deadline=None)
def test_what_the_solver_says_follows(asked):
    answer, _ = footprints(asked, FACTORS, 0.9)
    claimed = parse_recomputation(recomputation(asked, FACTORS, answer).to_bytes())
    found = check_recomputed(claimed)
    np.testing.assert_allclose(found.numbers("kg_co2e"), answer.numbers("kg_co2e"), rtol=1e-12)


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        ({"grams": {"a": 6_001, "b": 9_000}}, "recomputation.grams"),
        ({"grams": {"a": 6_000}}, "recomputation.product"),
        ({"grams": {**SMALL["grams"], "c": 1}}, "recomputation.product"),
        ({"factors": []}, "recomputation.input"),
        ({"factors": [Factor("x", "g", "3", "s", "2026")]}, "recomputation.unit"),
        ({"factors": [Factor("x", "kg", "-3", "s", "2026")]}, "recomputation.amount"),
        ({"factors": [Factor("x", "kg", "NaN", "s", "2026")]}, "recomputation.amount"),
        ({"factors": [Factor("x", "kg", "many", "s", "2026")]}, "recomputation.amount"),
        ({"factors": [Factor("x", "kg", "1_0", "s", "")]}, "recomputation.amount"),
        ({"factors": [Factor("x", "kg", "\u0663", "s", "")]}, "recomputation.amount"),
        ({"factors": [*SMALL["factors"], Factor("x", "kg", "3", "s", "")]}, "recomputation.twice"),
        ({"factors": [*SMALL["factors"], Factor("a", "piece", "0", "s", "")]},
         "recomputation.twice"),
        ({"flows": [*SMALL["flows"], Flow("b", "a", "0", "t", "")]}, "recomputation.unit"),
        ({"flows": [Flow("a", "a", "1", "piece", ""), *SMALL["flows"]]}, "recomputation.circle"),
        ({"flows": [Flow("a", "a", "0." + "9" * 30, "piece", ""), *SMALL["flows"]]},
         "recomputation.circle"),
        ({"flows": [Flow("a", "a", "1", "piece", ""), Flow("a", "x", "1e-21", "kg", "")],
          "grams": {"a": 0}}, "recomputation.circle"),
        ({"flows": [*SMALL["flows"], Flow("b", "c", "2", "t", ""), Flow("c", "b", "2", "t", "")],
          "grams": {**SMALL["grams"], "c": 0}}, "recomputation.circle"),
        ({"flows": [Flow("a", "a", "1e15", "piece", ""), *SMALL["flows"]]}, "recomputation.circle"),
        ({"flows": [Flow("a", "x", "1e16", "kg", "")]}, "recomputation.amount"),
    ],
)  # fmt: skip
def test_what_does_not_follow(lie, code):
    check_recomputed(Recomputation(**SMALL))
    with pytest.raises(Refused) as refused:
        check_recomputed(Recomputation(**{**SMALL, **lie}))
    assert refused.value.code == code


def test_a_gram_is_rounded_once():
    half = {**SMALL, "factors": [Factor("x", "kg", "0.00025", "s", "2026")]}  # a emits half a gram
    for grams in (0, 1):
        check_recomputed(Recomputation(**{**half, "grams": {"a": grams, "b": 1}}))
    with pytest.raises(Refused, match=r"recomputation\.grams"):
        check_recomputed(Recomputation(**{**half, "grams": {"a": 2, "b": 1}}))


def test_what_a_circle_makes_little_of_is_computed_too():
    circle = [Flow("a", "a", "0.997", "piece", ""), Flow("a", "x", "1", "kg", "")]
    found = check_recomputed(Recomputation(**{**SMALL, "flows": circle, "grams": {"a": 1_000_000}}))
    assert found.numbers("kg_co2e").tolist() == [pytest.approx(1_000)]


def test_a_long_chain_of_large_amounts_is_no_circle():
    chain = [Flow(f"p{n + 1}", f"p{n}", "1e15", "piece", "") for n in range(20)]
    flows = [Flow("p0", "x", "1", "kg", ""), *chain]
    grams = {f"p{n}": 3_000 * 10 ** (15 * n) for n in range(21)}
    check_recomputed(Recomputation(**{**SMALL, "flows": flows, "grams": grams}))


@pytest.mark.parametrize("data", [
    b"", b"{}", b"[]", b"\xff", b'{"format": "other"}',
    b'{"format": "cellchain.footprint/1", "flows": [], "factors": [], "grams": {}}',
    b'{"format": "cellchain.footprint/1", "flows": [["a", "x", "1", "kg", "", "more"]],'
    b' "factors": [], "grams": {"a": 1}}',
])  # fmt: skip
def test_a_file_that_is_none(data):
    with pytest.raises(Refused, match=r"recomputation\.malformed"):
        parse_recomputation(data)


def test_a_name_that_stands_twice():
    for data in (b'{"grams": {"a": 1, "a": 2}}', b'{"flows": [], "flows": []}'):
        with pytest.raises(Refused, match=r"json\.malformed"):
            parse_recomputation(data)


def test_what_is_in_it_is_what_was_read():
    asked = Table(
        {
            "product": Texts.of(("a",)), "input": Texts.of(("x",)), "amount": np.array([0.1]),
            "unit": Texts.of(("kg",)), "evidence": Texts.of(("e",)),
        }
    )  # fmt: skip
    claimed = recomputation(asked, FACTORS, footprints(asked, FACTORS, 0.9)[0])
    assert msgspec.structs.astuple(claimed.flows[0]) == ("a", "x", "0.1", "kg", "e")
    assert Decimal(claimed.factors[0].kg_co2e_per_unit) == Decimal("12.34")
    assert claimed.grams == {"a": 1_234}
