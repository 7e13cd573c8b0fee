"""The verb ``twin soh``: tables in, a table out, in the user's names and units."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cellchain.adapters.table_files import read_table, write_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.core.errors import Refused
from cellchain.services.analysis import soh as services_soh
from cellchain.services.analysis.cycles import CAPACITY, TEXTS
from cellchain.services.analysis.table import Table
from tests.unit.science.capacity.charges import asked, charges

NAMES = ("--in", "asked.csv", "--train", "known.parquet", "--out")


@pytest.fixture
def soh(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_table(tmp_path / "known.parquet", charges(1, cells=5))
    write_table(tmp_path / "asked.csv", asked(charges(2, cells=2)))
    return lambda *words: run(Cellchain(), ["twin", "soh", *map(str, words)])


def test_every_row_is_answered_in_the_order_in_which_it_was_asked(tmp_path, soh, capsys):
    table = asked(charges(2, cells=2))
    mixed = table.taken(np.random.default_rng(0).permutation(table.rows))
    write_table(tmp_path / "mixed.csv.zip", mixed)
    assert soh("--in", "mixed.csv.zip", "--train", "known.parquet", "--nominal-ah", "2.1",
               "--level", "0.8", "--out", "told.npz", "--json") == 0  # fmt: skip
    assert json.loads(capsys.readouterr().out) == {"rows": 80, "answered": 80, "out_of_domain": 0}
    told = read_table(tmp_path / "told.npz", texts=TEXTS)
    assert told.texts("cell").cells() == mixed.texts("cell").cells()
    assert np.array_equal(told.numbers("n"), mixed.numbers("n"))
    assert told.numbers("soh") == pytest.approx(told.numbers("estimate") / 2.1)
    assert set(told.numbers("level")) == {0.8}


def test_a_state_carries_on_where_the_last_run_ended(tmp_path, soh):
    table = asked(charges(2, cells=2))
    early = table.numbers("n") <= 15
    assert soh(*NAMES, "whole.csv") == 0
    for part in (early, ~early):
        write_table(tmp_path / "part.csv", table.taken(np.flatnonzero(part)))
        assert soh("--in", "part.csv", "--train", "known.parquet", "--state", "state.parquet",
                   "--out", "part.parquet") == 0  # fmt: skip
    whole = read_table(tmp_path / "whole.csv", texts=TEXTS).taken(np.flatnonzero(~early))
    part = read_table(tmp_path / "part.parquet", texts=TEXTS)
    assert np.array_equal(part.numbers("estimate"), whole.numbers("estimate"))
    assert np.array_equal(part.numbers("hi"), whole.numbers("hi"))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((*NAMES, "out.csv", "--state", "st.json"), "table.suffix"),
        ((*NAMES, "out.csv", "--state", "none/st.csv"), "table.no_folder"),
        ((*NAMES, "none/out.csv"), "table.no_folder"),
        ((*NAMES, "out.json"), "table.suffix"),
        ((*NAMES, "out.csv", "--plot", "out.gif"), "plot.suffix"),
        (("--train", "known.parquet", "--out", "out.csv"), "cli.no_input"),
    ],
)
def test_what_cannot_be_written_is_refused_before_learning(
    tmp_path, soh, capsys, monkeypatch, words, code
):
    monkeypatch.setattr(services_soh, "learnt", lambda *_words, **_more: pytest.fail("learnt"))
    before = sorted(tmp_path.iterdir())
    assert soh(*words) in (1, 2)
    assert code in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before


def test_a_plot_that_fails_loses_neither_the_answer_nor_the_state(tmp_path, soh, monkeypatch):
    def fails(*_words):
        raise Refused("plot.test", "it fails")

    monkeypatch.setattr(Cellchain, "write_plot", fails)
    assert soh(*NAMES, "out.csv", "--state", "st.csv", "--plot", "out.svg") == 1
    assert read_table(tmp_path / "out.csv", texts=TEXTS).rows == 80
    assert read_table(tmp_path / "st.csv", texts=TEXTS).rows == 80


def test_a_map_gives_our_names_and_units_to_both_tables(tmp_path, soh):
    for name, table in (("known", charges(1, cells=5)), ("asked", asked(charges(2, cells=2)))):
        theirs = dict(table.columns)
        theirs["C_mAh"] = 1000 * theirs.pop(CAPACITY)
        write_table(tmp_path / f"{name}.parquet", Table(theirs))
    (tmp_path / "map.toml").write_text('[columns]\ncapacity = {from = "C_mAh", factor = 0.001}\n')
    assert soh("--in", "asked.parquet", "--train", "known.parquet", "--map", "map.toml",
               "--out", "told.csv") == 0  # fmt: skip
    told = read_table(tmp_path / "told.csv", texts=TEXTS)
    assert 1.2 < np.median(told.numbers("estimate")) < 2.2


def test_an_empty_table_has_every_column(tmp_path, soh):
    assert soh("--template", "--out", "empty.csv") == 0
    head = (tmp_path / "empty.csv").read_text()
    assert head.startswith('"grp","cell","n","capacity","voltage mean"')
    assert head.count(",") == 19


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--in", "asked.csv", "--out", "told.csv"), "soh.no_training"),
        (("--train", "known.parquet", "--out", "told.csv"), "cli.no_input"),
        ((*NAMES, "told.csv", "--level", "1.5"), "interval.level"),
        ((*NAMES, "told.csv", "--nominal-ah", "-3"), "soh.nominal"),
        (("--in", "asked.csv", "--train", "asked.csv", "--out", "told.csv"), "capacity.few_cells"),
        (("--in", "none.csv", "--train", "known.parquet", "--out", "told.csv"), "table.no_file"),
    ],
)
def test_what_cannot_be_answered_is_refused_and_nothing_is_written(
    tmp_path, soh, capsys, words, code
):
    assert soh(*words) in (1, 2, 3)
    told = capsys.readouterr().err
    assert code in told
    assert "→" in told
    assert not (tmp_path / "told.csv").exists()
