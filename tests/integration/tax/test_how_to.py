"""The page on taxes, line by line as it stands there; a history of its own for the forecast."""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import dedent

from examples.simulated_firms import simulated_firm

from benchmarks.circle_tax import told
from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.services.tax.regime import COLUMNS
from cellchain.services.tax.told import month_name

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "choose-a-tax-regime.md"
HEAD = "firm,month,jurisdiction"


def history():
    firm = told(simulated_firm(1), "Caixa")
    return [
        f"Caixa,{month_name(month)},BR,{item},{amount},BRL,{activity}"
        for item, months in firm.amounts.items()
        for month, held in months.items()
        for activity, amount in held.items()
    ]


def test_the_page_does_what_it_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page = PAGE.read_text("utf-8")
    (block,) = re.findall(rf"(^    {HEAD}.*?\n)\n", page, flags=re.MULTILINE | re.DOTALL)
    Path("firm.csv").write_text(dedent(block))
    Path("history.csv").write_text("\n".join([block.split()[0], *history()]))
    lines = re.findall(r"^    cellchain (.*)$", page, flags=re.MULTILINE)
    assert [run(Cellchain(), line.split()) for line in lines] == [0] * 4
    assert read_table(Path("changes.csv")).rows == 0
    assert "art. 18 §2" in Path("why.md").read_text("utf-8")
    assert read_table(Path("regimes.csv")).numbers("p_cheapest").sum() == 1
    assert capsys.readouterr().err.count("a person") == 3


def test_a_choice_is_drawn_and_a_template_written(tmp_path, capsys):
    table, out, plot = (tmp_path / name for name in ("in.csv", "out.csv", "plot.svg"))
    assert run(Cellchain(), ("tax", "regime", "--template", "--out", str(table))) == 0
    head = table.read_text().strip().replace('"', "")
    table.write_text("\n".join([head, *history()]))
    told_ = ("--in", str(table), "--out", str(out), "--plot", str(plot), "--on", "2026-01-31")
    assert run(Cellchain(), ("tax", "regime", *told_, "--draws", "50", "--json")) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert len(said["unverified"]) == 1
    assert "br.presumed.increase_csll: the start is disputed" in said["unverified"][0]
    found = read_table(out, texts=COLUMNS)
    doubted = dict(
        zip(found.texts("regime").cells(), found.texts("unverified").cells(), strict=True)
    )
    assert doubted["lucro_presumido"] == said["unverified"][0]
    assert not doubted["lucro_real"]
    assert plot.read_text().startswith("<?xml")
    assert run(Cellchain(), ("tax", "regime", *told_, "--draws", "5")) == 1
