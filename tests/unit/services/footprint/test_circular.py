"""The circular footprint formula: the workings of the manual, its laws, what is refused."""

from __future__ import annotations

import csv
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.science.footprint.circular import TERMS
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.footprint.circular import COLUMNS_IN, EMISSIONS, HEATING, SHARES, ends
from cellchain.services.footprint.exact import rounded
from tests.unit.services.footprint.worked import file_of, rows_of

TITLE = "Circular footprint formula"
ROWS = list(csv.DictReader(file_of(TITLE).decode().splitlines()))
shares = st.fractions(0, 1, max_denominator=20)


def table(rows):
    return Table({name: Texts.of([row[name] or None for row in rows]) for name in COLUMNS_IN})


ANSWER = {
    (row["material"] or "all", row["term"]): row for row in ends(table(ROWS)).plain(0, 20)
}  # fmt: skip


@pytest.mark.parametrize(("material", "term", "exact", "value"), rows_of(TITLE))
def test_each_term_is_what_its_working_gives(material, term, exact, value):
    assert exact == Fraction(value)
    assert ANSWER[material, term]["kg_co2e"] == rounded(exact, 9)


def test_the_page_leaves_no_term_out():
    assert {row[:2] for row in rows_of(TITLE)} == set(ANSWER)


@given(st.fixed_dictionaries(dict.fromkeys((*SHARES, *EMISSIONS, HEATING), shares)))
def test_the_terms_add_up_to_the_formula_in_one_line(g):
    material = (
        (1 - g["r1"]) * g["e_v"]
        + g["r1"] * (g["a"] * g["e_recycled"] + (1 - g["a"]) * g["e_v"] * g["qs_in_per_qp"])
        + (1 - g["a"]) * g["r2"]
        * (g["e_recycling_eol"] - g["e_v_avoided"] * g["qs_out_per_qp"])
    )  # fmt: skip
    saved = (
        g["x_er_heat"] * g["e_se_heat_per_mj"] + g["x_er_elec"] * g["e_se_elec_per_mj"]
    )  # fmt: skip
    energy = (1 - g["b"]) * g["r3"] * (g["e_er"] - g["lhv_mj"] * saved)
    disposal = (1 - g["r2"] - g["r3"]) * g["e_d"]
    assert sum(one.value(g) for one in TERMS) == material + energy + disposal


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("a", "", "amount"), ("a", "1.1", "amount"), ("b", "-0.1", "amount"),
        ("r1", "nan", "amount"), ("e_v", "inf", "amount"), ("e_d", "1e-999999999", "amount"),
        ("e_d", "1_0", "amount"), ("e_d", "٣", "amount"), ("mass_kg", "40 kg", "amount"),
        ("lhv_mj", "35000", "amount"), ("r3", "0.2", "shares"), ("x_er_heat", "0.7", None),
        ("source", "", "key"), ("source", " ", "key"), ("product", "", "key"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named(column, cell, code):
    rows = [ROWS[0] | {column: cell}, ROWS[1]]
    if code is None:
        assert ends(table(rows)).rows == 20
        return
    with pytest.raises(Refused) as refused:
        ends(table(rows))
    assert refused.value.code == f"footprint.{code}"


def test_a_material_counts_once_and_a_file_has_one():
    with pytest.raises(Refused, match="rows 1 and 2 are both of aluminium of pack"):
        ends(table([ROWS[0], ROWS[0]]))
    with pytest.raises(Refused, match="0 rows"):
        ends(table([]))
