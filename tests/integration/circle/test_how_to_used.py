"""The pages on used batteries and on a swapping station, line by line as they stand there."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.root import run

PAGES = Path(__file__).parents[3] / "docs" / "how-to"


def test_used_batteries_are_graded_and_valued(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = (PAGES / "grade-and-value-used-batteries.md").read_text()
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


def test_a_station_is_sized(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = (PAGES / "size-a-swapping-station.md").read_text()
    made, asked = re.findall(r"^    cellchain (.*)$", page, flags=re.MULTILINE)
    assert run(Cellchain(), made.split()) == 0
    text = Path("station.toml").read_text().replace("replicates = 10", "replicates = 2")
    Path("station.toml").write_text(text.replace("late_share = 0.05", "late_share = 0.2"))
    assert run(Cellchain(), asked.split()) == 0
    assert read_table(Path("designs.csv")).numbers("chosen").sum() == 1
    assert "advised on other cars" in read_table(Path("figures.csv")).texts("design").labels
