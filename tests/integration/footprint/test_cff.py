"""``footprint cff`` on files: the answer, the template, what is missing."""

from __future__ import annotations

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from tests.unit.services.footprint.worked import file_of

MATERIALS = file_of("Circular footprint formula")


def cff(*arguments):
    return run(Cellchain(), ("footprint", "cff", *map(str, arguments)))


def test_each_term_has_its_working(tmp_path, capsys):
    source, out, plot = (tmp_path / name for name in ("in.csv", "out.csv", "cff.svg"))
    source.write_bytes(MATERIALS)
    assert cff("--in", source, "--out", out, "--plot", plot) == 0
    assert "2021/2279" in capsys.readouterr().out
    rows = read_table(out, texts=("working",)).plain(0, 20)
    assert len(rows) == 2 * 9 + 2
    assert rows[4]["working"] == "−(1 − 0.2) × 0.9 × 9.2 × 0.95"
    assert rows[17]["formula"] == "(1 − r2 − r3) × e_d"
    assert (rows[19]["term"], rows[19]["kg_co2e"]) == ("total", 158.894875)
    assert "pack" in plot.read_text()


def test_a_file_without_a_parameter_is_refused(tmp_path, capsys):
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    assert cff("--template", "--out", source) == 0
    assert source.read_text().startswith('"product","material","mass_kg","a","b","r1"')
    assert cff("--in", source, "--out", out) != 0
    source.write_bytes(MATERIALS.replace(b",r3,", b",R3,"))
    assert cff("--in", source, "--out", out) != 0
    errors = capsys.readouterr().err
    assert "footprint.size" in errors
    assert "table.column" in errors
    assert not out.exists()
