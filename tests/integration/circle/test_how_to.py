"""The pages on placing used batteries and on routes, line by line as they stand there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import dedent

from cellchain.app import Cellchain
from cellchain.cli.root import run

PAGES = Path(__file__).parents[3] / "docs" / "how-to"
PAGE = PAGES / "place-used-batteries.md"


def test_the_page_does_what_it_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page = PAGE.read_text()
    heads = {
        "room.csv": "slot,capacity",
        "open.csv": "slot,capacity,opens,closes",
        "batteries.csv": "battery,arrives,holding_cents",
        "asked.csv": "slot,capacity,chemistry,soh_ppm_min,lot_min,alike,soh_spread_ppm",
        "packs.csv": "battery,chemistry,soh_ppm,count",
    }
    for name, head in heads.items():
        (block,) = re.findall(rf"(^    {head}\n.*?\n)\n", page, flags=re.MULTILINE | re.DOTALL)
        Path(name).write_text(dedent(block))
    lines = re.findall(r"^    cellchain (.*)$", page, flags=re.MULTILINE)
    first, second = re.findall(
        r"(^    battery,slot,value_cents\n.*?\n)\n", page, flags=re.M | re.DOTALL
    )
    Path("values.csv").write_text(dedent(first))
    Path("worth.csv").write_text(dedent(second))
    assert [run(Cellchain(), line.split()) for line in lines] == [0] * 5
    told = capsys.readouterr().out
    assert told.count("no plan is worth more") == 2
    # 3 buses in the racks, one and the cars in the lorry: 2 × 210 + 190 + 100 + 2 × 150 = 1,010
    assert told.count("at most 109891 ppm below the best") == 2
    racks = Path("racks.csv").read_text().splitlines()[1:]
    # in the racks: 3 × 210,000 + 190,000; the cars: 2 × 45,000
    assert racks == [
        '"BUS-A","grid-berlin",210000,1,1', '"BUS-A","grid-berlin",210000,2,2',
        '"BUS-B","grid-berlin",190000,1,1', '"CAR-C","melting",45000,2,',
    ]  # fmt: skip
    assert json.loads(Path("racks.json").read_text())["value_cents"] == 910_000
    assert '"LEAF-0017","forklifts-lyon",1,182000' in Path("weeks.csv").read_text()
    plan = Path("plan.csv").read_text()
    assert '"LEAF-0017","forklifts-lyon",184000' in plan
    assert '"ZOE-0403","back-up-graz",149000' in plan
    assert json.loads(Path("proof.json").read_text())["prices"]["forklifts-lyon"] == 3_000


def test_the_page_on_routes_does_what_it_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page = (PAGES / "plan-routes.md").read_text()
    (block,) = re.findall(r"(^    \[\[driven\]\]\n.*?\n)\n[A-Z]", page, flags=re.M | re.DOTALL)
    Path("events.toml").write_text(dedent(block))
    lines = re.findall(r"^    cellchain (.*)$", page, flags=re.MULTILINE)
    assert [run(Cellchain(), line.split()) for line in lines] == [0, 0, 0, 0]
    assert "1 routes serve 2 stops" in capsys.readouterr().out
    (route,) = json.loads(Path("plan.json").read_text())["routes"]
    assert sorted(*route["trips"]) == [2, 3]
    assert "two stops" in Path("map.svg").read_text()
    rest = json.loads(Path("rest.json").read_text())["routes"]
    assert sorted(one["trips"] for one in rest) == [[[2]], [[3]]]


def test_the_page_on_sites_does_what_it_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page = (PAGES / "choose-where-to-open-sites.md").read_text()
    for name, head in (("sources.csv", "source,lat"), ("sites.csv", "site,lat")):
        (block,) = re.findall(rf"(^    {head}.*?\n)\n", page, flags=re.MULTILINE | re.DOTALL)
        Path(name).write_text(dedent(block))
    lines = re.findall(r"^    cellchain (.*)$", page, flags=re.MULTILINE)
    assert [run(Cellchain(), line.split()) for line in lines] == [0, 0]
    told = capsys.readouterr().out
    assert "2 of 3 sites open (Grenoble, Linz)" in told
    assert "1 of 3 sites open (Ulm)" in told
    assert told.count("nothing costs less") == 2
    held = [line.split(",")[:3] for line in Path("opened.csv").read_text().splitlines()[1:]]
    assert held == [['"Grenoble"', "730", "900"], ['"Linz"', "790", "800"]]


def test_the_page_on_collecting_does_what_it_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page = (PAGES / "collect-used-batteries.md").read_text()
    for name, head in {"stops.csv": "id,latitude,", "roads.csv": "from,to,km"}.items():
        (block,) = re.findall(rf"(^    {head}.*?\n)\n", page, flags=re.MULTILINE | re.DOTALL)
        Path(name).write_text(dedent(block))
    lines = re.findall(r"^    cellchain (.*)$", page, flags=re.MULTILINE)
    assert [run(Cellchain(), line.split()) for line in lines] == [0, 0, 0, 0]
    told = capsys.readouterr().out
    assert "assumed: a road is 1.3 times the great circle, driven at 60 km/h" in told
    assert "plan.json: holds; cost" in told
    (route,) = json.loads(Path("plan.json").read_text())["routes"]
    assert route["trips"][0] == [3]  # the critical pack of the south
    assert sorted(route["trips"][1]) == [2, 4, 5]
    assert Path("papers.zip").exists()
    assert {one.suffix for one in Path("papers").iterdir()} == {".csv", ".pdf"}
