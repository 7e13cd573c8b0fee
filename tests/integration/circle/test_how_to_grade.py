"""The page on grading and valuing used batteries, line by line as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.root import run

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "grade-and-value-used-batteries.md"


def test_the_page_does_what_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = PAGE.read_text()
    for name, head in (("used", "pack,chemistry,safety"), ("packs", "pack,chemistry,capacity")):
        (block,) = re.findall(rf"^    {head}.*?\n(?=\n)", page, flags=re.MULTILINE | re.DOTALL)
        Path(f"{name}.csv").write_text(dedent(block))
    for line in re.findall(r"^    cellchain (.*)$", page, flags=re.MULTILINE):
        assert run(Cellchain(), line.split()) == 0
    assert read_table(Path("value.csv")).numbers("premium").min() > 0
    assert read_table(Path("channels.csv")).rows == 8
    assert set(read_table(Path("covenants.csv")).texts("outcome").labels) >= {"kept", "fired"}
    grades = read_table(Path("grades.csv"))
    assert grades.texts("channel").cells() == ["ev_replacement", "test queue", "inspection"]
    assert grades.texts("next_test").cells()[1].startswith("a look into the maker's recalls")
