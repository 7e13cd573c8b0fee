"""`cellchain.ask`: frames in, frames out, the numbers of the command line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import cellchain
from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.core.errors import Refused


@pytest.fixture(scope="module")
def cells():
    dice = np.random.default_rng(3)
    coaters = dice.integers(4, size=400)
    return pd.DataFrame(
        {
            "cell": [f"{n:05d}" for n in range(400)],
            "bad": (dice.random(400) < np.where(coaters == 1, 0.4, 0.02)).astype(float),
            "coater": ["ABCD"[n] for n in coaters],
        }
    )


def test_every_sort_of_table_gives_the_answer_of_the_command_line(cells, tmp_path):
    file = tmp_path / "cells.csv"
    cells.to_csv(file, index=False)
    out = tmp_path / "out.parquet"
    assert run(Cellchain(), ["quality", "rootcause", f"--in={file}", f"--out={out}"]) == 0
    told = read_table(out).plain(0, 10)
    columns = {name: cells[name].tolist() for name in cells}
    for table in (cells, pl.from_pandas(cells), pa.table(columns), columns, file, str(file)):
        answer = cellchain.ask("quality rootcause", table)
        assert answer.records() == told
        assert answer.value == {"cells": 400, "causes": ["coater=B"]}
        assert repr(answer) == "coater=B"


def test_an_answer_becomes_frames_and_a_figure(cells):
    answer = cellchain.ask("quality rootcause", cells)
    assert answer.df().candidate[0] == answer.pl()["candidate"][0] == "coater=B"
    assert answer.arrow().num_rows == len(answer) == len(answer.df())
    assert answer.df().effect.dtype == float
    assert "coater=B" in answer._repr_html_()
    labels = answer.plot().axes[0].get_yticklabels()
    assert labels[0].get_text() == "coater=B"


def test_options_are_those_of_the_verb(cells):
    numbered = cells.assign(coater=cells.coater.map(ord).astype(float))
    answer = cellchain.ask("quality rootcause", numbered, category=["coater"])
    assert answer.value["causes"] == ["coater=66"]


@pytest.mark.parametrize(
    ("question", "table", "options", "code"),
    [
        ("twin fortune", {}, {}, "lab.unknown_question"),
        ("twin train", {}, {}, "cli.usage"),
        ("quality rootcause", {"a": [1]}, {"hope": 1}, "lab.parameter"),
        ("quality rootcause", 7, {}, "notebook.table"),
        ("quality rootcause", "none.csv", {}, "table.no_file"),
        ("quality rootcause", {"a": [1, "b"]}, {}, "notebook.table"),
        ("twin grade", {"a": [1.0]}, {"level": "high"}, "cli.usage"),
        ("quality rootcause", {"a": [1.0]}, {}, "table.column"),
    ],
)
def test_what_cannot_be_asked_is_refused(question, table, options, code):
    with pytest.raises(Refused) as refused:
        cellchain.ask(question, table, **options)
    assert refused.value.code == code
