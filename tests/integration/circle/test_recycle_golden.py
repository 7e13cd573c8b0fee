"""``circle recycle`` without its later options: the very bytes of before there were any."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from cellchain.app import Cellchain
from cellchain.cli.root import run

GOLDEN = Path(__file__).parent / "golden"
FIGURES = "c5b2d6d96ade072edcac46202af5fc974c0de2a58ac12eb81e0364e4c86c53ba"


def test_rows_of_packs(tmp_path, capsys):
    out = tmp_path / "rows.csv"
    asked = ("--in", str(GOLDEN / "packs.csv"), "--out", str(out), "--on", "2026-11-30")
    assert run(Cellchain(), ("circle", "recycle", *asked)) == 0
    assert out.read_bytes() == (GOLDEN / "rows.csv").read_bytes()
    capsys.readouterr()
    assert run(Cellchain(), ("circle", "recycle", *asked, "--json")) == 0
    assert capsys.readouterr().out == (
        '{"day":"2026-11-30","grid_g_per_kwh":466.5,"lawful":7,"pareto":7,"prices":"2019",'
        '"purchased_co2_kg_co2e_per_kg":0,"rows":18}\n'
    )


def test_figures_of_a_kilogram(tmp_path):
    out = tmp_path / "figures.csv"
    assert run(Cellchain(), ("circle", "recycle", "--table", "--out", str(out))) == 0
    assert sha256(out.read_bytes()).hexdigest() == FIGURES
