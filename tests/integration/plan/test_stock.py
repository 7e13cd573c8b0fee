"""``plan stock`` on files: tables, a scenario, the template, what is missing."""

from __future__ import annotations

import pytest

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.questions import questions
from cellchain.cli.root import run

FILES = {
    "in": "year,chemistry,inflow_kwh\n2020,007,100\n2021,007,200\n",
    "lifetimes": "chemistry,distribution,mean_years\n007,fixed,1\n",
    "materials": "chemistry,material,kg_per_kwh\n007,Li,0.1\n",
    "recovery": "material,year,collection_share,recovery_share\nLi,2020,0.5,0.8\n",
}


def stock(*arguments):
    return run(Cellchain(), ("plan", "stock", *map(str, arguments)))


@pytest.fixture
def given(tmp_path):
    for name, text in FILES.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return {name: (f"--{name}", tmp_path / f"{name}.csv") for name in FILES}


def test_tables(given, tmp_path, capsys):
    out, flows = tmp_path / "out.csv", tmp_path / "flows.parquet"
    made = ("--out", out, "--flows", flows, "--plot", tmp_path / "stock.svg")
    assert stock(*(part for pair in given.values() for part in pair), *made) == 0
    assert read_table(out, texts=("chemistry",)).texts("chemistry").cells() == ["007"] * 2
    assert read_table(out).numbers("outflow_kwh").tolist() == [0, 100]
    assert read_table(flows).numbers("recovered_kg").tolist() == [0, 4]
    assert (tmp_path / "stock.svg").read_text().startswith("<?xml")
    for lacking in ("lifetimes", "materials", "recovery"):
        less = [part for name, pair in given.items() if name != lacking for part in pair]
        assert stock(*less, *made) == 2
        assert f"there are no {lacking}" in capsys.readouterr().err
    assert stock(*given["in"], *given["lifetimes"], "--out", out) == 0
    assert stock(*given["in"], *given["lifetimes"], *given["materials"], "--out", out) == 2
    assert "cli.unheard" in capsys.readouterr().err


def test_a_scenario_that_ships_and_one_of_ones_own(given, tmp_path, capsys):
    names = ("out.csv", "flows.csv", "tornado.csv", "report.md", "plot.svg")
    out, flows, tornado, report, plot = (tmp_path / name for name in names)
    made = ("--out", out, "--flows", flows, "--tornado", tornado, "--report", report,
            "--plot", plot, "--draws", 200)  # fmt: skip
    assert stock("--named", "neutral_growth", *made) == 0
    first = [file.read_bytes() for file in (out, flows, tornado, plot)]
    own = tmp_path / "own.toml"
    assert stock("--template", "--out", own) == 0
    assert stock("--scenario", own, *made) == 0
    assert [file.read_bytes() for file in (out, flows, tornado, plot)] == first
    assert "60 %" in report.read_text()
    assert stock("--scenario", own, *given["lifetimes"], *made) == 2
    assert stock("--scenario", own, "--named", "neutral_growth", *made) == 2
    assert stock("--scenario", own, *made[:-2], "--report", tmp_path / "report.pdf") == 2
    assert stock(*given["in"], *given["lifetimes"], "--out", out, "--tornado", tornado) == 2
    assert capsys.readouterr().err.count("cli.unheard") == 3
    assert stock("--scenario", own, *given["in"], *made) == 1


def test_no_file_is_written_over_another(tmp_path, capsys):
    out = tmp_path / "out.csv"
    assert stock("--named", "neutral_growth", "--out", out, "--flows", out) == 2
    assert "cli.same_file" in capsys.readouterr().err
    assert not out.exists()


def test_the_template(tmp_path):
    assert stock("--template", "--out", tmp_path / "empty.csv") == 0
    assert (tmp_path / "empty.csv").read_text().strip() == '"year","chemistry","inflow_kwh"'
    assert stock("--out", tmp_path / "out.csv") == 2


def test_it_may_be_asked_without_a_table():
    (found,) = (one for one in questions() if one.name == "plan.stock")
    needed = {one.name for one in found.parameters if one.required}
    assert needed == {"out"}
    made = {one.name: one.default for one in found.parameters if one.sort == "made"}
    assert made["tornado"] == ".csv"
