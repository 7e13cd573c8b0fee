"""``footprint life`` on files: the answer, another method, the template, what is missing."""

from __future__ import annotations

import json
from importlib.resources import files

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.services.footprint.life_file import example

BATTERIES = example()
METHOD = (
    files("cellchain.services.footprint.methods").joinpath("cfb_ev.toml").read_bytes()
    .replace(b"M1 = 60", b"M1 = 50").replace(b"draft = true", b"draft = false")
    .replace(b'version = "Ares(2024)3131389"', b'version = "own"')
)  # fmt: skip


def life(*arguments):
    return run(Cellchain(), ("footprint", "life", *map(str, arguments)))


def test_a_draft_is_said_to_be_one(tmp_path, capsys):
    source, out = tmp_path / "in.toml", tmp_path / "out.csv"
    assert life("--template", "--out", source) == 0
    assert source.read_bytes() == BATTERIES
    plot = tmp_path / "life.svg"
    assert life("--in", source, "--out", out, "--plot", plot) == 0
    assert "2024-04-29: a draft, not law" in capsys.readouterr().out
    answer = read_table(out, texts=("model", "stage"))
    assert answer.rows == 10
    assert set(answer.numbers("draft")) == {1}
    assert answer.numbers("kg_co2e_per_kwh")[4] == 0.133333
    assert "P60 North" in plot.read_text()


def test_another_method_stands_in_its_place(tmp_path, capsys):
    source, method, out = (tmp_path / name for name in ("in.toml", "own.toml", "out.parquet"))
    source.write_bytes(BATTERIES)
    method.write_bytes(METHOD)
    assert life("--in", source, "--method", method, "--out", out, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["version"], told["draft"], told["batteries"]) == ("own", False, 2)
    assert read_table(out).numbers("energy_kwh")[0] == 60 * 50 * 8


def test_what_is_missing_or_wrong_is_named(tmp_path, capsys):
    source, out = tmp_path / "in.toml", tmp_path / "out.csv"
    assert life("--out", out) == 2
    source.write_bytes(BATTERIES.replace(b"distribution = 60", b"use = 60"))
    assert life("--in", source, "--out", out) == 1
    assert life("--in", source, "--out", source) != 0
    errors = capsys.readouterr().err
    for code in ("cli.no_input", "life.stages"):
        assert code in errors
    assert not out.exists()
