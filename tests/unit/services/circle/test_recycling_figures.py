"""Every figure of a kilogram of cell against workings that are kept in the documentation."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from cellchain.services.circle.recycling_figures import (
    disagreement,
    figures,
    reported,
    spoken,
)
from cellchain.services.circle.recycling_prices import product_prices

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "recycling_examples.md"
HEAD = re.compile(r"## (\w+), (\w+), prices (\d+), grid ([\d.]+)")
ROW = re.compile(r"\| ([\w ]+?) \| (\w*) ?\| ([-0-9.()+×÷− ]+) \| (\S+) \|")
WORKING = re.compile(r"[-0-9.()+*/ ]+")


def examples():
    head = None
    for line in PAGE.read_text("utf-8").splitlines():
        found = HEAD.fullmatch(line)
        if found:
            head = found.groups()
        row = ROW.fullmatch(line)
        if head and row:
            yield pytest.param(*head, *row.groups(), id="-".join((*head, row[1], row[2])))


EXAMPLES = list(examples())


def worked_out(working):
    plain = working.replace("×", "*").replace("÷", "/").replace("−", "-")
    assert WORKING.fullmatch(plain)
    exact = re.sub(r"[0-9.]+", lambda number: f"Decimal('{number[0]}')", plain)
    return eval(exact, {"Decimal": Decimal})


def table(prices, grid):
    found = figures(product_prices(prices), float(grid))
    return {
        (row["chemistry"], row["route"], row["line"], row["item"] or ""): row
        for row in found.plain(0, found.rows)
    }


def test_the_page_has_what_it_promises():
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    assert len(EXAMPLES) == len(rows) - 4  # the head of each table
    assert len({example.values[:2] for example in EXAMPLES}) == 4


@pytest.mark.parametrize(
    ("chemistry", "route", "prices", "grid", "line", "item", "working", "value"), EXAMPLES
)
def test_each_line_is_what_its_working_gives(
    chemistry, route, prices, grid, line, item, working, value
):
    exact = worked_out(working)
    assert float(exact) == pytest.approx(float(value), rel=1e-8)
    found = table(prices, grid)[chemistry, route, line, item]["value"]
    assert found == pytest.approx(float(exact), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("chemistry", ["NMC111", "NMC811"])
def test_an_example_leaves_no_line_out(chemistry):
    route = {"NMC111": "pyro", "NMC811": "hydro"}[chemistry]
    told = {one.values[4:6] for one in EXAMPLES if one.values[:2] == (chemistry, route)}
    lines = {key[2:] for key in table("2019", "466.5") if key[:2] == (chemistry, route)}
    assert {one for one in lines if not one[0].startswith(("total", "share", "gate_fee"))} <= told


def test_a_value_is_amount_times_rate_and_lines_add_up():
    found = table("2023", "370")
    sums = {}
    for (chemistry, route, line, _), row in found.items():
        if row["rate"] is not None:
            assert row["value"] == row["amount"] * row["rate"]
            sums[chemistry, route, line] = sums.get((chemistry, route, line), 0) + row["value"]
    assert len({key[:2] for key in found}) == 21
    for (chemistry, route, line, _), row in found.items():
        if line in {"total revenue", "total reagent", "total recovered"}:
            expected = sums[chemistry, route, line.removeprefix("total ")]
            assert row["value"] == pytest.approx(expected, rel=1e-12)


def test_figures_are_spoken_with_their_working_and_opinions_with_their_source():
    text = "\n".join(spoken(figures(product_prices("2019"), 466.5)))
    assert "NMC111 pyro, per kg of cell" in text
    assert "0.157 × 0.9 = 0.1413 kg" in text
    assert all(one["source"] for one in disagreement())
    assert {"above 0.98", "0.85", "0.90"} <= {one["says"] for one in disagreement()}


def test_what_others_report_stands_beside_and_is_counted_nowhere():
    bands = {(one["route"], one["item"]): one for one in reported()}
    lithium = bands["hydro", "Li"]
    assert (lithium["least"], lithium["counted"], lithium["most"]) == (0.85, 0.9, 1.0)
    assert len(lithium["sources"]) == 3
    assert all(0 < one["least"] <= one["most"] <= 1 for one in bands.values())
    assert "counted nowhere" in lithium["status"]
    found = figures(product_prices("2019"), 466.5)
    (line,) = {one for one in spoken(found) if "[reported: 0.85 to 1]" in one and "0.854264" in one}
    assert line.strip().startswith("share recovered Li")
    assert not any("[reported" in one for one in spoken(found) if "direct" in one)
