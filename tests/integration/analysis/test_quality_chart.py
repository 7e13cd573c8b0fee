"""``quality chart``: one quantity, four rules, two sums, and how well it fits its tolerances."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.adapters.table_files import read_table, write_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.science.control.shewhart import individuals
from cellchain.services.analysis.one_quantity import charted
from cellchain.services.analysis.table import Table, Texts

ROWS = 300


def samples(values):
    return Table({"sample": Texts.of(f"{n:04d}" for n in range(len(values))), "mass_g": values})


@pytest.fixture
def chart(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dice = np.random.default_rng(1)
    write_table(tmp_path / "usual.csv", samples(10 + dice.normal(size=ROWS)))
    later = 10 + dice.normal(size=ROWS)
    later[200:] += 1.0
    later[50], later[100] = 15.0, np.nan
    write_table(tmp_path / "later.csv", samples(later))
    words = ("quality", "chart", "--in", "later.csv", "--fit", "usual.csv", "--out", "o.csv")
    return lambda *more: run(Cellchain(), [*words, *more])


def test_a_jump_is_seen_at_once_and_a_small_shift_by_the_sums(chart, tmp_path, capsys):
    assert chart() == 0
    told = read_table(tmp_path / "o.csv", texts=["sample"])
    reasons = told.texts("reason").cells()
    assert "beyond_limits" in reasons[50]
    assert told.texts("chart").cells()[50] == "shewhart"
    assert (reasons[100], told.numbers("alarm")[100]) == ("no value", 0.0)
    assert np.isnan(told.numbers("score")[100])
    assert told.numbers("alarm")[230:].mean() > 0.9
    assert told.texts("chart").cells()[-1] in {"ewma", "cusum"}
    assert "samples alarm" in capsys.readouterr().out


def test_tolerances_tell_the_capability(chart, capsys):
    assert chart("--lower", "4", "--upper", "16", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["cp"]["lo"] < told["cp"]["estimate"] == pytest.approx(2.0, abs=0.2)
    assert told["cpk"]["estimate"] <= told["cp"]["estimate"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--of", "length"), "table.column"),
        (("--of", "sample"), "control.quantity"),
        (("--lower", "1"), "control.tolerances"),
        (("--lower", "2", "--upper", "1"), "control.tolerances"),
        (("--lower", "1", "--upper", "2", "--level", "1"), "control.setting"),
    ],
)
def test_what_cannot_be_charted_is_refused(chart, tmp_path, capsys, words, code):
    assert chart(*words) in {1, 2}
    assert code in capsys.readouterr().err
    assert not (tmp_path / "o.csv").exists()


values = st.floats(-100, 100) | st.just(float("nan"))


@given(st.lists(values, min_size=2, max_size=30), st.lists(values, max_size=5))
def test_no_later_sample_moves_an_earlier_row(past, future):
    usual = individuals(np.array([0.0, 1.0, 0.5, 2.0]))
    short = charted(samples(np.array(past)), "mass_g", usual)
    long = charted(samples(np.array([*past, *future])), "mass_g", usual)
    assert short.plain(0, len(past)) == long.plain(0, len(past))


def test_nothing_known_is_answered_row_by_row():
    answer = charted(samples(np.array([np.nan, np.nan])), "mass_g", individuals(np.arange(3.0)))
    assert answer.texts("reason").cells() == ["no value", "no value"]
