"""How many cycles remain: learnt from cells that ended, asked of others at any age."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.adapters.table_files import read_table, write_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.core.errors import Refused
from cellchain.science.remaining.weighing import STAGES, Weights
from cellchain.services.analysis.rul import continued, estimated, learnt
from cellchain.services.analysis.table import Table, Texts, empty_table
from tests.integration.analysis.aged_cells import aged

TEXTS = ("grp", "cell", "reason", "model")


@pytest.fixture(scope="module")
def model():
    return learnt(aged(1))


@pytest.fixture(scope="module")
def surviving(model):
    """The same, but that of each opinion half is taken, at any stage of fade."""
    half = np.full(len(STAGES) + 1, 0.5)
    return replace(model, life=replace(model.life, weights=Weights(half, half)))


@pytest.fixture
def twin(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *words: run(Cellchain(), ["twin", *map(str, words)])


def by_cell(table):
    keys = zip(table.texts("grp").cells(), table.texts("cell").cells(), strict=True)
    return np.array(["/".join(one) for one in keys])


def remaining(table):
    """What the generator says: cycles until the fade is 15 %, its own scatter left out."""
    whole = np.empty(table.rows)
    cells = by_cell(table)
    for cell in np.unique(cells):
        rows = np.flatnonzero(cells == cell)
        life = np.flatnonzero(table.numbers("capacity")[rows] < 0.85 * 2.0)[0]
        whole[rows] = np.maximum(life - np.arange(len(rows)), 0.0)
    return whole


def test_lives_of_cells_not_seen_are_told_better_than_by_their_group(model):
    cells = aged(2)
    answer, truth = estimated(cells, model), remaining(cells)
    off = np.abs(answer.numbers("estimate") - truth)
    naive = {"slow": 160.0, "fast": 80.0}
    lives = np.array([naive[group] for group in cells.texts("grp").cells()])
    alone = np.abs(np.maximum(lives - cells.numbers("n"), 0.0) - truth)
    late = (truth > 5) & (cells.numbers("n") > 40)
    assert off[late].mean() < 0.6 * alone[late].mean()
    held = (answer.numbers("lo") <= truth) & (truth <= answer.numbers("hi"))
    assert held[truth > 5].mean() > 0.8


@settings(max_examples=15, deadline=None)
@given(kept=st.integers(5, 60), seed=st.integers(0, 9))
def test_neither_future_nor_neighbour_moves_an_estimate(surviving, kept, seed):
    cells = aged(3, cells=2)
    whole = estimated(cells, surviving)
    rows = np.flatnonzero(cells.numbers("n") <= kept)
    np.random.default_rng(seed).shuffle(rows)
    rows = rows[: max(len(rows), 1)] if seed % 2 else rows[by_cell(cells)[rows] == "fast/001"]
    early = estimated(cells.taken(rows), surviving)
    for name in ("estimate", "lo", "hi"):
        assert np.array_equal(early.numbers(name), whole.numbers(name)[rows], equal_nan=True)
    assert early.texts("reason").cells() == whole.taken(rows).texts("reason").cells()


def test_where_one_run_ended_the_next_goes_on(surviving):
    cells = aged(4, cells=2)
    whole = estimated(cells, surviving)
    first = np.flatnonzero(cells.numbers("n") <= 30)
    rest = np.flatnonzero(cells.numbers("n") > 30)
    later = continued(cells.taken(first), cells.taken(rest), surviving)
    assert np.array_equal(later.numbers("estimate"), whole.numbers("estimate")[rest])
    at_once = continued(empty_table(cells.names), cells, surviving)
    assert np.array_equal(at_once.numbers("hi"), whole.numbers("hi"))


def test_what_ended_has_nothing_left_and_says_since_when(model):
    cells = aged(5, cells=1)
    answer = estimated(cells, model)
    ended = [one for one in answer.texts("reason").cells() if one and one.startswith("came to")]
    assert ended
    assert answer.numbers("estimate")[-1] == 0.0


def test_a_cell_with_strange_capacities_gets_a_finite_answer(surviving):
    cells = aged(14, cells=1, groups={"slow": 160.0})
    for strange in (1e-9, 50.0):
        answer = estimated(changed(cells, "capacity", slice(40, 90), strange), surviving)
        assert np.isfinite(answer.numbers("estimate")).all()
        assert (answer.numbers("estimate") >= 0.0).all()


def test_a_cell_that_outlived_all_says_so_and_is_no_certain_end(model):
    rows = 3_000
    named = {"grp": Texts.of(["slow"] * rows), "cell": Texts.of(["old"] * rows)}
    features = {name: np.full(rows, np.nan) for name in model.features}
    capacity = np.full(rows, 1.99)
    cells = Table({**named, "n": np.arange(1.0, rows + 1), "capacity": capacity, **features})
    answer = estimated(cells, model)
    assert "outlived" in answer.texts("reason").cells()[-1]
    assert "outlived" not in (answer.texts("reason").cells()[20] or "")
    assert answer.numbers("hi")[-1] == rows
    assert answer.numbers("lo")[-1] == 0


def test_a_group_that_was_never_seen_gets_a_wider_interval_and_a_reason(model):
    cells = aged(6, cells=1, groups={"slow": 160.0})
    strange = Table({**cells.columns, "grp": Texts.of(["other"] * cells.rows)})
    known, other = estimated(cells, model), estimated(strange, model)
    early = np.flatnonzero(cells.numbers("n") == 20)
    width = [(one.numbers("hi") - one.numbers("lo"))[early] for one in (known, other)]
    assert width[1] > width[0]
    assert "no cell of 'other'" in other.texts("reason").cells()[20]


def test_without_a_capacity_there_is_no_answer_but_a_reason(model):
    cells = aged(7, cells=1)
    none = Table({**cells.columns, "capacity": np.full(cells.rows, np.nan)})
    answer = estimated(none, model)
    assert np.isnan(answer.numbers("estimate")).all()
    assert all("no capacity" in one for one in answer.texts("reason").cells())


@pytest.mark.parametrize("value", [np.inf, -1e300, 1e30])
def test_an_infinite_or_huge_feature_is_left_out_and_said_to_be(model, value):
    cells = aged(13, cells=1, groups={"slow": 160.0})
    infinite, missing = (changed(cells, "CC Q", 3, one) for one in (value, np.nan))
    answer, without = estimated(infinite, model), estimated(missing, model)
    assert np.array_equal(answer.numbers("estimate"), without.numbers("estimate"))
    told = answer.texts("reason").cells()
    assert "infinite" not in (told[2] or "")
    assert "1 infinite or huge features of its first rows" in told[3]


def changed(cells, name, row, value):
    values = cells.numbers(name).copy()
    values[row] = value
    return Table({**cells.columns, name: values})


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda one: one.taken(np.array([], dtype=int)), "cycles.none"),
        (lambda one: changed(one, "capacity", 3, 0.0), "cycles.capacity"),
        (lambda one: changed(one, "capacity", 3, 2_500.0), "cycles.capacity"),
        (lambda one: changed(one, "capacity", 3, np.inf), "cycles.capacity"),
        (lambda one: changed(one, "capacity", 3, -np.inf), "cycles.capacity"),
        (lambda one: changed(one, "n", 3, np.nan), "cycles.key"),
        (lambda one: changed(one, "n", 3, 1.0), "cycles.twice"),
        (lambda one: Table({n: c for n, c in one.columns.items() if n != "n"}), "table.column"),
        (lambda one: Table({n: c for n, c in one.columns.items() if n != "CC Q"}), "rul.features"),
    ],
)
def test_bad_cycles_are_refused_by_name(model, spoil, code):
    with pytest.raises(Refused) as refusal:
        estimated(spoil(aged(8, cells=1)), model)
    assert refusal.value.code == code


@pytest.mark.parametrize("end", [0.0, 1.0, -1.0, float("nan")])
def test_an_end_that_is_none_is_refused(end):
    with pytest.raises(Refused, match="end of life"):
        learnt(aged(9, cells=1), end=end)


def test_cells_that_never_ended_teach_nothing():
    with pytest.raises(Refused) as refusal:
        learnt(aged(10, beyond=0.5))
    assert refusal.value.code == "rul.few_cells"


def test_the_verb_goes_on_where_its_last_run_ended(tmp_path, twin):
    write_table(tmp_path / "known.parquet", aged(1))
    cells = aged(11, cells=1)
    early = cells.numbers("n") <= 30
    for name, rows in (("all", early | True), ("one", early), ("two", ~early)):
        write_table(tmp_path / f"{name}.csv", cells.taken(np.flatnonzero(rows)))
    asked = ("rul", "--train", "known.parquet", "--end", "0.85")
    assert twin(*asked, "--in", "all.csv", "--out", "whole.csv") == 0
    for name in ("one", "two"):
        said = ("--in", f"{name}.csv", "--out", f"{name}.parquet", "--state", "state.parquet")
        assert twin(*asked, *said) == 0
    whole, two = (read_table(tmp_path / one, texts=TEXTS) for one in ("whole.csv", "two.parquet"))
    assert whole.names[:3] == ("grp", "cell", "n")
    assert whole.names[3:] == ("estimate", "lo", "hi", "level", "model", "reason")
    assert whole.texts("cell").cells()[0] == "000"
    assert np.array_equal(two.numbers("estimate"), whole.numbers("estimate")[~early])


def test_the_verb_says_what_it_lacks(tmp_path, twin, capsys):
    write_table(tmp_path / "cells.csv", aged(12, cells=1))
    assert twin("rul", "--in", "cells.csv", "--out", "a.csv") != 0
    assert "--train" in capsys.readouterr().err
    assert twin("rul", "--train", "cells.csv", "--out", "a.csv") != 0
    assert twin("rul", "--template", "--out", "empty.csv") == 0
    assert (tmp_path / "empty.csv").read_text().startswith('"grp","cell","n","capacity"')
