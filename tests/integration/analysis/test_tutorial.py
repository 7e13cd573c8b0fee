"""The tutorial of the sick batteries, line by line as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
from examples.simulated_fleet import LIMITS, WHOLE, main, raw_table

from cellchain.app import Cellchain
from cellchain.cli.root import run

PAGE = Path(__file__).parents[3] / "docs" / "tutorials" / "sick-batteries.md"


def test_the_tutorial_finds_the_sickest_battery(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["simulated_fleet.py", "."])
    page = PAGE.read_text()
    main()
    lines = re.findall(r"^    cellchain (.*)$", page, flags=re.MULTILINE)
    assert len(lines) == 3
    for line in lines:
        assert run(Cellchain(), line.split()) == 0
    assert "240 of 240 answered" in capsys.readouterr().out
    (python,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    told: dict[str, pd.DataFrame] = {}
    exec(compile(python, PAGE.name, "exec"), told)  # our own page
    last = told["last"]
    rows = told["rows"].merge(measured(), on=["cell", "n"])
    assert last.index[0] == rows.groupby("cell").capacity.last().idxmin()
    later = rows[rows.n > WHOLE]
    assert later.capacity.between(later.lo, later.hi).mean() > 0.85
    assert Path("health.svg").exists()


def measured() -> pd.DataFrame:
    """What the fleet would have shown, had it been discharged whole each time."""
    from cellchain.services.analysis.features import featured

    found = featured(raw_table(2, cells=10, cycles=24, step_s=30.0), LIMITS)
    numbers = {name: found.numbers(name) for name in ("n", "capacity")}
    return pd.DataFrame({"cell": found.texts("cell").cells(), **numbers})
