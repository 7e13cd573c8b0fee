"""``circle value`` on files: a market that ships, one of one's own, what is missing."""

from __future__ import annotations

import json

import pytest

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.questions import questions
from cellchain.cli.root import run

PACKS = (
    "pack,chemistry,capacity_kwh,soh_p10,soh_p50,soh_p90,rul_p10_years,rul_p50_years,rul_p90_years,"
    "pack_mass_kg,recycling_value,locked_value,car_price,new_price\n"
    "007,NMC622,40,0.78,0.82,0.85,3,6,9,300,0,900,30000,6000\n"
    "b,LFP,52,0.6,0.66,0.7,1,2,4,330,150,1200,8000,5000\n"
)


def value(*arguments):
    return run(Cellchain(), ("circle", "value", *map(str, arguments), "--paths", "2000"))


@pytest.fixture
def packs(tmp_path):
    file = tmp_path / "packs.csv"
    file.write_text(PACKS)
    return file


def test_three_tables_and_a_picture(packs, tmp_path, capsys):
    names = ("out.csv", "channels.parquet", "covenants.csv", "value.svg")
    out, channels, covenants, plot = (tmp_path / name for name in names)
    made = ("--out", out, "--channels", channels, "--covenants", covenants, "--plot", plot)
    asked = ("--in", packs, *made, "--on", "2026-11-30", "--json")
    assert value(*asked, "--named", "anchors_2024") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["packs"], told["valued"], told["locked"], told["seed"]) == (2, 2, 2, 1)
    assert told["measure"]["LFP"].startswith("the drift as stated")
    first = [file.read_bytes() for file in (out, channels, covenants, plot)]
    own = tmp_path / "own.toml"
    assert value("--template", "--out", own) == 0
    assert value(*asked, "--market", own) == 0
    assert [file.read_bytes() for file in (out, channels, covenants, plot)] == first
    found = read_table(out, texts=("pack",))
    assert found.texts("pack").cells() == ["007", "b"]
    assert read_table(channels).rows == 8
    assert plot.read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--out", "out.csv", "--named", "anchors_2024"), "cli.no_input"),
        (("--in", "packs.csv", "--out", "out.csv"), "value.no_market"),
        (("--in", "packs.csv", "--out", "out.csv", "--named", "anchors_2024", "--market", "m.toml"),
         "value.no_market"),
        (("--in", "packs.csv", "--out", "out.csv", "--market", "m.toml"), "value.market"),
        (("--in", "packs.csv", "--out", "packs.csv", "--named", "anchors_2024"), "cli.same_file"),
        (("--in", "packs.csv", "--out", "out.csv", "--named", "anchors_2024", "--on", "soon"),
         "recycle.date"),
        (("--in", "packs.csv", "--out", "out.csv", "--named", "anchors_2024", "--seed", "-1"),
         "value.seed"),
    ],
)  # fmt: skip
def test_what_is_missing_or_cannot_be(packs, monkeypatch, capsys, arguments, code):
    monkeypatch.chdir(packs.parent)
    (packs.parent / "m.toml").write_bytes(b"\xff = 1")
    assert value(*arguments) in {1, 2}
    assert code in capsys.readouterr().err


def test_the_template(tmp_path):
    assert value("--template", "--out", tmp_path / "empty.csv") == 0
    assert (tmp_path / "empty.csv").read_text().startswith('"pack","chemistry","capacity_kwh"')


def test_a_server_may_be_asked():
    found = next(one for one in questions() if one.name == "circle.value")
    sorts = {one.name: one.sort for one in found.parameters}
    assert sorts["market"] == "file"
    assert {sorts["channels"], sorts["covenants"], sorts["plot"]} == {"made"}
    assert found.parameter("named").choices == ("anchors_2024",)
