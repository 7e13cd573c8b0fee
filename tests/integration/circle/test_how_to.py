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
        "values.csv": "battery,slot,value_cents",
        "room.csv": "slot,capacity",
        "open.csv": "slot,capacity,opens,closes",
        "batteries.csv": "battery,arrives,holding_cents",
    }
    for name, head in heads.items():
        (block,) = re.findall(rf"(^    {head}\n.*?\n)\n", page, flags=re.MULTILINE | re.DOTALL)
        Path(name).write_text(dedent(block))
    lines = re.findall(r"^    cellchain (.*)$", page, flags=re.MULTILINE)
    assert [run(Cellchain(), line.split()) for line in lines] == [0, 0, 0]
    assert capsys.readouterr().out.count("no plan is worth more") == 2
    assert '"LEAF-0017","forklifts-lyon",1,182000' in Path("weeks.csv").read_text()
    plan = Path("plan.csv").read_text()
    assert '"LEAF-0017","forklifts-lyon",184000' in plan
    assert '"ZOE-0403","back-up-graz",149000' in plan
    assert json.loads(Path("proof.json").read_text())["prices"]["forklifts-lyon"] == 3_000


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
