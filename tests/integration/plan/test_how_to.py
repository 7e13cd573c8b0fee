"""The page on stocks of batteries, line by line as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.root import run

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "plan-stocks-of-batteries.md"
HEADS = {
    "inflow.csv": "year,chemistry",
    "lifetimes.csv": "chemistry,distribution",
    "materials.csv": "chemistry,material",
    "recovery.csv": "material,year",
}


def test_the_page_does_what_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = PAGE.read_text()
    for name, head in HEADS.items():
        (block,) = re.findall(rf"(^    {head}.*?\n)\n", page, flags=re.MULTILINE | re.DOTALL)
        Path(name).write_text(dedent(block))
    lines = re.findall(r"^    cellchain (.*)$", page, flags=re.MULTILINE)
    assert [run(Cellchain(), line.split()) for line in lines] == [0] * 6
    assert read_table(Path("metals.csv")).numbers("demand_kg")[-1] == 290_000 * 0.3758
    assert "| Co | 60 % |" in Path("world.md").read_text()
    assert Path("world.csv").read_bytes() == Path("mine.csv").read_bytes()
