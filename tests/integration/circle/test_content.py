"""``circle content`` on files."""

from __future__ import annotations

import json

import pytest

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.root import run

ROWS = """plant,year,model,material,recycled_kg,total_kg,source_evidence
Graz,2032,M1,Co,16,100,certificate 17
Graz,2032,M1,Li,5.9,100,certificate 18
Graz,2036,M1,nickel,14,100,
Lyon,2030,M2,Co,1,100,certificate 19
Lyon,2032,M2,Cu,50,100,certificate 20
Lyon,2032,M3,Co,,100,certificate 21
"""


def content(*arguments):
    return run(Cellchain(), ("circle", "content", *map(str, arguments)))


def test_shares_and_targets(tmp_path, capsys):
    file, plot = tmp_path / "in.csv", tmp_path / "plot.svg"
    file.write_text(ROWS)
    for suffix in (".csv", ".parquet"):
        out = tmp_path / f"out{suffix}"
        assert content("--in", file, "--out", out, "--on", "2032-06-01", "--plot", plot,
                       "--json") == 0  # fmt: skip
        told = json.loads(capsys.readouterr().out)
        assert told == {"day": "2032-06-01", "rows": 6, "met": 1, "missed": 1, "unanswered": 4}
        found = read_table(out, texts=("plant", "model"))
        assert found.numbers("gap_kg")[:3].tolist() == [0, 0.1, 1]
        assert found.numbers("gap_points")[:3].tolist() == [0, 0.1, 1]
    assert "Recycled content and its targets" in plot.read_text()


def test_the_template(tmp_path):
    out = tmp_path / "empty.csv"
    assert content("--template", "--out", out) == 0
    assert out.read_text().startswith('"plant","year","model","material"')


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [("2032,M1,Co", "2032.5,M1,Co", "content.year"), ("16,100", "x,100", "table.not_a_number"),
     ("source_evidence", "proof", "source_evidence"), ("M1,Li", "M1,cobalt", "content.twice")],
)  # fmt: skip
def test_what_cannot_be_is_refused(tmp_path, capsys, before, after, code):
    file, out = tmp_path / "in.csv", tmp_path / "out.csv"
    file.write_text(ROWS.replace(before, after, 1))
    assert content("--in", file, "--out", out) == 1
    assert code in capsys.readouterr().err
    assert not out.exists()
    file.write_text(ROWS)
    assert content("--in", file, "--out", out, "--on", "2032-6-1") == 1
    assert "recycle.date" in capsys.readouterr().err
