"""The verbs of quality: a table in, a table out, in the user's names and units."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cellchain.adapters.table_files import read_table, write_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.services.analysis.table import Table, Texts

SAMPLES = 400
TEXTS = ("sample", "chart", "contributions", "reason")


@pytest.fixture
def quality(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *words: run(Cellchain(), ["quality", *map(str, words)])


def process(seed, rows=SAMPLES):
    """Three variables that follow one hidden state."""
    dice = np.random.default_rng(seed)
    state = dice.normal(size=rows)
    columns = {f"x{n}": n * state + 0.2 * dice.normal(size=rows) for n in (1, 2, 3)}
    return {"sample": Texts.of(f"{n:04d}" for n in range(rows)), **columns}


def factory(tmp_path, name="cells.csv"):
    """Coater B makes ten times as many bad cells as the others."""
    dice = np.random.default_rng(3)
    coaters = dice.integers(4, size=2000)
    bad = dice.random(2000) < np.where(coaters == 1, 0.2, 0.02)
    table = {
        "cell": Texts.of(f"{n:05d}" for n in range(2000)),
        "bad": bad.astype(float),
        "coater": Texts.of("ABCD"[n] for n in coaters),
        "line": coaters % 2 + 0.0,
        "viscosity": dice.normal(size=2000),
    }
    write_table(tmp_path / name, Table(table))


def test_a_variable_that_leaves_the_others_is_named_from_then_on(tmp_path, quality):
    later = process(2)
    later["x2"][200:] += 4.0
    write_table(tmp_path / "usual.csv", Table(process(1)))
    write_table(tmp_path / "later.parquet", Table(later))
    assert quality("control", "--in", "later.parquet", "--fit", "usual.csv", "--limits", "limits",
                   "--out", "told.csv") == 0  # fmt: skip
    told = read_table(tmp_path / "told.csv", texts=["sample"])
    assert told.names == ("sample", "alarm", "chart", "score", "limit", "contributions", "reason")
    assert told.texts("sample").cells()[:2] == ["0000", "0001"]
    assert told.numbers("alarm")[:200].mean() < 0.03
    assert told.numbers("alarm")[200:].all()
    assert next(iter(json.loads(told.texts("contributions").cells()[300]))) == "x2"
    assert quality("control", "--in", "later.parquet", "--limits", "limits", "--out", "a.csv") == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "told.csv").read_bytes()


GAPS = {50: "x2", 51: "x1", 200: "x3"}


def test_a_sample_that_lacks_a_value_has_no_answer_and_spoils_no_other(tmp_path, quality, capsys):
    whole, holed = process(2), process(2)
    for row, name in GAPS.items():
        holed[name][row] = np.nan
    for name, table in (("usual", process(1)), ("whole", whole), ("holed", holed)):
        write_table(tmp_path / f"{name}.parquet", Table(table))
    fit = ("--fit", "usual.parquet")
    for name in ("whole", "holed"):
        words = ("--in", f"{name}.parquet", *fit, "--out", f"{name}.npz", "--plot", f"{name}.svg")
        assert quality("control", *words) == 0
    assert "samples alarm, 3 without an answer" in capsys.readouterr().out
    before, told = (read_table(tmp_path / f"{one}.npz", texts=TEXTS) for one in ("whole", "holed"))
    rows, after = before.plain(0, SAMPLES), told.plain(0, SAMPLES)
    touched = {row + lag for row in GAPS for lag in range(3)}
    assert [n for n in range(SAMPLES) if rows[n] != after[n]] == sorted(touched)
    for row, name in GAPS.items():
        assert after[row] == dict.fromkeys(told.names) | {
            "sample": f"{row:04d}", "reason": f"no value: {name}",
        }  # fmt: skip
    late, later = after[201], after[202]
    assert late["chart"].startswith("pca_")
    assert late["reason"] == (
        "without its past: dynamic_t2, dynamic_spe, cva_states, cva_residuals"
    )
    assert later["reason"] == "without its past: dynamic_t2, dynamic_spe"
    assert after[203]["reason"] is None


def test_fault_free_samples_that_lack_a_value_are_left_out_and_counted(tmp_path, quality, capsys):
    holed = process(1)
    for row, name in GAPS.items():
        holed[name][row] = np.nan
    write_table(tmp_path / "usual.csv", Table(holed))
    write_table(tmp_path / "later.csv", Table(process(2)))
    words = ("control", "--in", "later.csv", "--out", "told.csv", "--fit")
    assert quality(*words, "usual.csv") == 0
    assert "3 of 400 fault-free samples lack a value: left out" in capsys.readouterr().err
    assert read_table(tmp_path / "told.csv").numbers("alarm").mean() < 0.03
    holed["x2"][:] = np.nan
    write_table(tmp_path / "none.csv", Table(holed))
    assert quality(*words, "none.csv") == 1
    said = capsys.readouterr().err
    assert "control.few_rows: every sample lacks a value, 400 of 400 that of 'x2'" in said
    holed = process(1)
    holed["x1"][20:] = np.nan
    write_table(tmp_path / "few.csv", Table(holed))
    assert quality(*words, "few.csv") == 1
    assert "control.few_rows" in capsys.readouterr().err


def test_a_map_gives_our_names_before_and_after(tmp_path, quality):
    theirs = process(1)
    theirs["druck"] = theirs.pop("x3") * 100
    write_table(tmp_path / "usual.csv", Table(process(1)))
    write_table(tmp_path / "theirs.csv", Table(theirs))
    (tmp_path / "map.toml").write_text('[columns]\nx3 = {from = "druck", factor = 0.01}\n')
    common = ("control", "--in", "theirs.csv", "--map", "map.toml", "--out", "told.csv")
    assert quality("control", "--in", "usual.csv", "--fit", "usual.csv", "--limits", "limits",
                   "--out", "ours.csv") == 0  # fmt: skip
    assert quality(*common, "--limits", "limits") == 0
    ours, told = (read_table(tmp_path / name) for name in ("ours.csv", "told.csv"))
    assert told.numbers("score") == pytest.approx(ours.numbers("score"), rel=1e-6)


def test_the_guilty_machine_is_first_and_significant(tmp_path, quality, capsys):
    factory(tmp_path)
    assert quality("rootcause", "--in", "cells.csv", "--out", "told.csv") == 0
    assert "coater=B" in capsys.readouterr().out
    told = read_table(tmp_path / "told.csv")
    assert told.texts("candidate").cells()[0] == "coater=B"
    assert (told.numbers("significant")[0], told.texts("kind").cells()[0]) == (1.0, "category")
    assert told.numbers("lo")[0] < told.numbers("effect")[0] < told.numbers("hi")[0]
    assert 1 <= told.rows <= 10


def test_numbers_that_are_names_are_a_category_where_it_is_said(tmp_path, quality):
    factory(tmp_path)
    quality("rootcause", "--in", "cells.csv", "--category", "line", "--out", "told.csv")
    told = read_table(tmp_path / "told.csv").texts("candidate").cells()
    quality("rootcause", "--in", "cells.csv", "--out", "other.csv")
    other = read_table(tmp_path / "other.csv").texts("candidate").cells()
    assert not any(name.startswith("line=") for name in other)
    tied = " ".join(
        filter(None, read_table(tmp_path / "told.csv").texts("confounded_with").cells())
    )
    assert any(name.startswith("line=") for name in told) or "line=" in tied


def test_where_chance_alone_explains_it_no_cause_is_found(tmp_path, quality, capsys):
    dice = np.random.default_rng(5)
    table = {
        "cell": Texts.of(map(str, range(500))),
        "bad": (dice.random(500) < 0.1).astype(float),
        "lot": Texts.of("ABCDE"[n] for n in dice.integers(5, size=500)),
    }
    table["bad"][::50] = np.nan  # nobody judged them
    write_table(tmp_path / "cells.csv", Table(table))
    assert quality("rootcause", "--in", "cells.csv", "--out", "told.csv", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"causes": [], "cells": 500}
    told = read_table(tmp_path / "told.csv")
    assert all(one.startswith("no cause found: ") for one in told.texts("reason").cells())


@pytest.mark.parametrize(
    ("words", "table", "code"),
    [
        (("control",), "sample,x\n1,2\n", "control.no_limits"),
        (("control", "--fit", "t.csv"), "sample\n1\n", "control.shape"),
        (("control", "--fit", "t.csv"), "sample,x,y\n1,2,?\n", "table.not_a_number"),
        (("control", "--limits", "t.csv"), "sample,x\n1,2\n", "control.limits_form"),
        (("control", "--limits", "none"), "sample,x\n1,2\n", "cli.file"),
        (("rootcause",), "cell,coater\n1,A\n", "table.column"),
        (("rootcause",), "cell,bad,coater\n1,0,A\n2,1,\n2,0,B\n", "rootcause.cell"),
        (("rootcause",), "cell,bad,coater\n1,0,A\n2,2,B\n", "rootcause.flag"),
        (("rootcause",), "cell,bad,produced_at\n1,0,May\n2,1,\n", "time.malformed"),
        (("rootcause",), "cell,bad\n1,0\n2,0\n", "rootcause.one_sided"),
        (("rootcause", "--category", "x"), "cell,bad,y\n1,0,A\n2,1,B\n", "table.column"),
    ],
)
def test_a_table_that_cannot_be_answered_is_refused_and_nothing_is_written(
    tmp_path, quality, capsys, words, table, code
):
    (tmp_path / "t.csv").write_text(table)
    assert quality(*words, "--in", "t.csv", "--out", "out.csv") in (1, 2, 3)
    assert code in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("column", "row", "said"),
    [("x2", None, "'x2' do not vary over"), ("x2", 3, "'x2' is inf in row 4")],
)
def test_a_column_and_a_row_are_named_as_the_user_knows_them(
    tmp_path, quality, capsys, column, row, said
):
    broken = process(1)
    broken[column][slice(None) if row is None else row] = 7.0 if row is None else np.inf
    write_table(tmp_path / "t.npz", Table(broken))
    assert quality("control", "--in", "t.npz", "--fit", "t.npz", "--out", "out.csv") == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("question", ["control", "rootcause"])
def test_an_empty_table_has_the_columns_that_are_asked_for(tmp_path, quality, question):
    assert quality(question, "--template", "--out", "empty.csv") == 0
    assert (tmp_path / "empty.csv").read_text().startswith('"sample"' if question == "control"
                                                           else '"cell"')  # fmt: skip
