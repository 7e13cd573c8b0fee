"""The page on placing used batteries, line by line as it stands there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import dedent

from cellchain.app import Cellchain
from cellchain.cli.root import run

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "place-used-batteries.md"


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
