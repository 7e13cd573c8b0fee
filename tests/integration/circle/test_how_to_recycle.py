"""The page on choosing how to recycle, line by line as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.root import run

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "choose-how-to-recycle.md"
FILES = (
    ("packs.csv", "pack,chem"), ("volatility.csv", "product,"), ("content.csv", "plant,year"),
)  # fmt: skip


def test_the_page_does_what_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = PAGE.read_text()
    for name, head in FILES:
        (block,) = re.findall(rf"(^    {head}.*?\n)\n", page, flags=re.MULTILINE | re.DOTALL)
        Path(name).write_text(dedent(block))
    lines = re.findall(r"^    cellchain (.*)$", page, flags=re.MULTILINE)
    assert [run(Cellchain(), line.split()) for line in lines] == [0, 0]
    found = read_table(Path("routes.csv"), texts=("pack",))
    assert found.texts("route").cells().count("second_life") == 2
    assert found.rows == 11
    assert Path("routes.svg").stat().st_size
    targets = read_table(Path("targets.csv"), texts=("plant", "model"))
    assert targets.numbers("gap_kg").tolist() == [0, 100, 140]
    assert targets.numbers("gap_points").tolist() == [0, 0.2, 2]
