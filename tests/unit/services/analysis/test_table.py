"""Columns of numbers and of text: what is asked for is there, or the row is named that is wrong."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.services.analysis.mapping import parse_mapping
from cellchain.services.analysis.table import Table, Texts, only_numbers, spelled

CELLS = st.lists(st.none() | st.text(min_size=1))


@given(CELLS)
def test_text_comes_back_as_it_was(cells):
    assert Texts.of(cells).cells() == cells


@given(st.lists(st.floats(allow_infinity=False)))
def test_a_number_reads_back_from_its_spelling(numbers):
    read = only_numbers(Texts.of(map(spelled, numbers)))
    assert np.array_equal(read, np.array(numbers), equal_nan=True)


def test_whole_numbers_are_spelled_without_a_point():
    assert [spelled(x) for x in (3.0, -2.0, 0.5, 1e300, math.nan)] == [
        "3", "-2", "0.5", "1e+300", None,
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", ["1,234.5", "1_000", "n/a", "0x1F", "--"])
def test_what_is_no_number_is_named_with_its_row(wrong):
    table = Table({"voltage_v": Texts.of(["3.7", None, wrong])})
    with pytest.raises(Refused) as refused:
        table.numbers("voltage_v")
    assert refused.value.code == "table.not_a_number"
    assert f"{wrong!a} in row 3" in refused.value.text


def test_a_column_that_is_not_there_is_refused_with_one_that_may_be_meant():
    with pytest.raises(Refused, match="'voltage_v' is one") as refused:
        Table({"voltage_v": np.zeros(1)}).numbers("voltage")
    assert refused.value.code == "table.column"


def test_columns_are_of_one_length():
    with pytest.raises(Refused) as refused:
        Table({"a": np.zeros(2), "b": Texts.of(["x"])})
    assert refused.value.code == "table.lengths"


def test_rows_are_taken_in_any_order():
    table = Table({"a": np.array([1.0, 2.0, 3.0]), "b": Texts.of(["x", None, "z"])})
    taken = table.taken(np.array([2, 0]))
    assert taken.numbers("a").tolist() == [3.0, 1.0]
    assert taken.texts("b").cells() == ["z", "x"]
    assert (taken.rows, Table({}).rows) == (2, 0)


# -- other people's names, units and signs ------------------------------------------------------

MAPPING = b"""[columns]
voltage_v = {from = "U_mV", factor = 0.001}
current_a = {from = "I", factor = -1}
temperature_c = {from = "T_F", factor = 0.5555555555555556, offset = -17.77777777777778}
cell = {from = "Zelle"}
"""


def test_a_mapping_gives_our_names_units_and_signs():
    theirs = Table(
        {
            "Zelle": Texts.of(["007"]), "U_mV": np.array([3700.0]), "I": np.array([2.0]),
            "T_F": np.array([77.0]), "note": Texts.of(["kept"]),
        }
    )  # fmt: skip
    ours = parse_mapping(MAPPING).applied(theirs)
    assert set(ours.names) == {"voltage_v", "current_a", "temperature_c", "cell", "note"}
    assert ours.numbers("voltage_v").tolist() == [3.7]
    assert ours.numbers("current_a").tolist() == [-2.0]
    assert ours.numbers("temperature_c") == pytest.approx([25.0])
    assert ours.texts("cell").cells() == ["007"]


@pytest.mark.parametrize(
    ("toml", "code"),
    [
        (b"[columns", "mapping.malformed"),
        (b"[columns]\na = {source = 'x'}", "mapping.malformed"),
        (b"[columns]\na = {from = 'x', factor = 0}", "mapping.malformed"),
        (b"[columns]\na = {from = 'x', factor = inf}", "mapping.malformed"),
        (b"[columns]\na = {from = 'y'}", "table.column"),
        (b"[columns]\nb = {from = 'x'}", "mapping.twice"),
        (b"\xff", "mapping.malformed"),
    ],
)
def test_a_mapping_that_cannot_be_applied_is_refused(toml, code):
    table = Table({"x": np.zeros(1), "b": np.zeros(1)})
    with pytest.raises(Refused) as refused:
        parse_mapping(toml).applied(table)
    assert refused.value.code == code
