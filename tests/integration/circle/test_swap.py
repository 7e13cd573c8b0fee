"""``circle swap`` on files: the station that ships, its tables, what is missing."""

from __future__ import annotations

import json

import pytest

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.questions import questions
from cellchain.cli.root import run
from cellchain.services.circle.swapping_station import example

STATION = (
    example().decode()
    .replace("replicates = 10", "replicates = 2").replace("days = 2", "days = 1")
    .replace("batteries = [8, 22]", "batteries = [14, 16]")
    .replace("chargers = [4, 10]", "chargers = [8, 8]")
    .replace("late_share = 0.05", "late_share = 0.5")
)  # fmt: skip


def swap(*arguments):
    return run(Cellchain(), ("circle", "swap", *map(str, arguments)))


@pytest.fixture
def station(tmp_path):
    file = tmp_path / "station.toml"
    file.write_text(STATION)
    return file


def test_three_tables_and_a_picture(station, tmp_path, capsys):
    names = ("out.csv", "hours.csv", "designs.parquet", "late.svg")
    out, hours, designs, plot = (tmp_path / name for name in names)
    made = ("--out", out, "--hours", hours, "--designs", designs, "--plot", plot)
    assert swap("--in", station, *made, "--json", "--seed", 3) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["advised"]["batteries"] >= 14
    assert told["seed"] == 3
    assert read_table(hours).rows == 24
    assert read_table(designs).numbers("chosen").sum() == 1
    assert set(read_table(out).texts("design").labels) == {
        "told",
        "advised",
        "advised on other cars",
    }
    assert plot.read_text().startswith("<?xml")
    first = out.read_bytes()
    assert swap("--in", station, *made, "--seed", 3) == 0
    assert out.read_bytes() == first


def test_the_template_is_a_station(tmp_path):
    file = tmp_path / "own.toml"
    assert swap("--template", "--out", file) == 0
    assert file.read_bytes() == example()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--out", "out.csv"), "cli.no_input"),
        (("--in", "station.toml", "--out", "out.txt"), "table.suffix"),
        (("--in", "station.toml", "--out", "out.csv", "--hours", "out.csv"), "cli.same_file"),
        (("--in", "broken.toml", "--out", "out.csv"), "swap.station"),
        (("--in", "station.toml", "--out", "out.csv", "--seed", "-1"), "swap.seed"),
    ],
)
def test_what_is_missing_or_cannot_be(station, monkeypatch, capsys, arguments, code):
    monkeypatch.chdir(station.parent)
    (station.parent / "broken.toml").write_bytes(b"\x00\xff")
    assert swap(*arguments) in {1, 2}
    assert code in capsys.readouterr().err


def test_a_server_may_be_asked():
    found = next(one for one in questions() if one.name == "circle.swap")
    sorts = {one.name: one.sort for one in found.parameters}
    assert found.parameter("in").required
    assert (sorts["in"], sorts["hours"], sorts["designs"]) == ("file", "made", "made")
