"""``plan board`` on files: the template, the ranking, its picture, what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.services.plan.board import STAGES, THEMES

BOARD = "stage,theme,level,reason\n" + "".join(
    f"{stage},{theme},{1 + (3 * place + 2 * other) % 5},audit {place}.{other}\n"
    for place, stage in enumerate(STAGES)
    for other, theme in enumerate(THEMES)
    if (stage, theme) != ("reuse", "digital")
)


def board(*arguments):
    return run(Cellchain(), ("plan", "board", *map(str, arguments)))


@pytest.fixture(autouse=True)
def given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text(BOARD)


def test_a_board(capsys):
    assert board("--in", "in.csv", "--out", "out.csv", "--plot", "board.svg", "--json") == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["missing"] == ["reuse: digital"]
    assert "missing, reuse: digital" in said.err
    out = read_table(Path("out.csv"))
    assert out.texts("stage").cells()[-1] == "reuse"
    assert out.numbers("rank").tolist()[:2] == [1, 2]
    assert "recycling" in Path("board.svg").read_text()
    # a theme that weighs nothing may be missing
    assert board("--in", "in.csv", "--out", "out.csv", "--digital", 0) == 0
    assert read_table(Path("out.csv")).numbers("rank").max() <= 9


def test_the_template_has_every_cell():
    assert board("--template", "--out", "empty.csv") == 0
    empty = read_table(Path("empty.csv"))
    assert empty.rows == 45
    assert board("--out", "out.csv") == 2
    assert board("--in", "in.csv", "--out", "in.csv") == 2
    assert board("--in", "in.csv", "--out", "out.csv", "--impact", "-1") == 1
