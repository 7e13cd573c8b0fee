"""The page on a battery's footprint, line by line as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.root import run

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "count-a-batterys-footprint.md"
FILES = {"legs.csv": "product,leg", "modes.csv": "mode,unit", "materials.csv": "product,material"}
MANUAL = PAGE.parents[1] / "reference" / "files.md"
SHIPPED = PAGE.parents[2] / "src/cellchain/services/footprint/methods/cfb_ev.toml"


def test_the_page_does_what_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = PAGE.read_text("utf-8")
    for name, head in FILES.items():
        (block,) = re.findall(rf"(^    {head}.*?\n)\n", page, flags=re.MULTILINE | re.DOTALL)
        Path(name).write_text(dedent(block))
    lines = re.findall(r"^    cellchain (.*)$", page, flags=re.MULTILINE)
    assert [run(Cellchain(), line.split()) for line in lines] == [0] * 5
    assert 0 < read_table(Path("transport.csv")).numbers("kg_co2e")[0] < 100
    assert read_table(Path("end.csv")).numbers("kg_co2e")[-2] < 0
    assert Path("life.svg").exists()


def test_the_manual_shows_the_method_that_ships():
    assert dedent(SHIPPED.read_text("utf-8")) in re.sub(
        r"^    ", "", MANUAL.read_text("utf-8"), flags=re.MULTILINE
    )
