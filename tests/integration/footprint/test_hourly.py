"""``footprint hourly`` on files: a summer night whose hours are told in local time."""

from __future__ import annotations

from cellchain.app import Cellchain
from cellchain.cli.root import run

MADE = "machine,product,start,end\npress,B2,2026-03-29T00:30+01:00,2026-03-29T03:15+02:00\n"
METERED = "machine,hour,kwh\n" + "".join(
    f"press,2026-03-{day}:00Z,{kwh}\n" for day, kwh in (("28T23", 1.5), ("29T00", 2), ("29T01", 1))
)
GRID = METERED.replace("machine,hour,kwh", "hour,g_per_kwh").replace("press,", "")


def footprint(*arguments):
    return run(Cellchain(), ("footprint", "hourly", *map(str, arguments)))


def test_the_answer_and_what_is_missing(tmp_path, capsys):
    files = {"made.csv": MADE, "metered.csv": METERED, "grid.csv": GRID}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    asked = ("--in", tmp_path / "made.csv", "--out", tmp_path / "out.csv")
    more = ("--meters", tmp_path / "metered.csv", "--grid", tmp_path / "grid.csv")
    assert footprint(*asked, *more) == 0
    answer = (tmp_path / "out.csv").read_text().split()
    assert answer == ['"product","mg_co2e"', '"B2",7250', '"overhead",0']
    assert footprint(*asked) == 2
    assert "cli.no_input" in capsys.readouterr().err


def test_the_template(tmp_path):
    assert footprint("--template", "--out", tmp_path / "empty.csv") == 0
    assert (tmp_path / "empty.csv").read_text().strip() == '"machine","product","start","end"'
