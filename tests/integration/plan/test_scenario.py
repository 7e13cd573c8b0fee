"""``plan scenario`` on files: the template against one that was changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.services.plan.scenario_file import parse_scenario


def scenario(*arguments):
    return run(Cellchain(), ("plan", "scenario", *map(str, arguments)))


@pytest.fixture(autouse=True)
def given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert scenario("--template", "--out", "a.toml") == 0
    text = Path("a.toml").read_text()
    mode = parse_scenario(text.encode()).collection.mode
    head, section, rest = text.partition("[collection]")
    Path("b.toml").write_text(head + section + rest.replace(f"mode = {mode:g}", "mode = 0.65", 1))


def test_two_scenarios():
    files = ("--in", "a.toml", "--against", "b.toml")
    assert scenario(*files, "--out", "out.csv", "--tornado", "why.csv", "--plot", "why.svg") == 0
    why = read_table(Path("why.csv"))
    assert set(why.texts("parameter").cells()) == {"collection", "interaction"}
    assert why.numbers("share")[0] == pytest.approx(1)
    assert (read_table(Path("out.csv")).numbers("collected_kg_change") <= 0).all()
    assert "What changes" in Path("why.svg").read_text()


def test_what_cannot_be(capsys):
    files = ("--in", "a.toml", "--against", "b.toml", "--out", "o.csv")
    assert scenario("--in", "a.toml", "--out", "out.csv") == 2
    assert scenario(*files, "--plot", "b.toml") == 1
    assert scenario(*files, "--tornado", "o.csv") == 2
    assert scenario(*files, "--year", 1999) == 1
    Path("big.toml").write_bytes(b"#" * (1 << 21))
    assert scenario(*files[:2], "--against", "big.toml", *files[4:]) == 1
    assert "more than 200000 bytes" in capsys.readouterr().err
    assert not Path("o.csv").exists()
