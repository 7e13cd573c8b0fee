"""The verb ``twin evaluate``: tables with answers in, a report out, for each question."""

from __future__ import annotations

import json
import re
from functools import partial
from html.parser import HTMLParser

import numpy as np
import pytest

from cellchain.adapters.table_files import write_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.science.capacity.validation import folds
from cellchain.science.early import life as early
from cellchain.science.remaining import learning, prior
from cellchain.science.warning.fleet import Make
from cellchain.services.analysis.protocols import rul, soh, watch
from cellchain.services.analysis.report import Figures, Report, markdown
from cellchain.services.analysis.shapes import Picture
from cellchain.services.analysis.table import Table, Texts
from cellchain.web.report_page import ROWS_OPEN, render
from tests.integration.analysis.aged_cells import aged
from tests.simulated_cells import discharge_curves, pulse_tests
from tests.unit.science.capacity.charges import charges


@pytest.fixture
def evaluate(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *words: run(Cellchain(), ["twin", "evaluate", *map(str, words)])


def pulses():
    names, voltages, charge, health = pulse_tests(cells=4, stages=3, charges=(10, 30, 50))
    corners = {f"U{n + 1}": one for n, one in enumerate(voltages.T)}
    told = {"Idx": Texts.of(names), "Qn": np.full(len(names), 2.1), "SOC": charge, "SOH": health}
    return Table(told | corners)


def rows(text, title):
    """The rows of a table of a report in Markdown, by their first cell."""
    section = next(one for one in text.split("\n## ") if one.startswith(title))
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if "|" in line]
    return {line[0]: line[1:] for line in lines[2:]}


def number(cell):
    return float(re.match(r"[-+]?[\d.]+", cell)[0])


def test_grades_are_judged_by_cells_left_out(tmp_path, evaluate, capsys):
    write_table(tmp_path / "pulses.csv", pulses())
    words = ("grade", "--data", "pulses.csv", "--report", "grade.md", "--plot", "grade.svg")
    assert evaluate(*words) == 0
    assert "mean health" in (tmp_path / "grade.svg").read_text()
    assert "grade.md: State of health" in capsys.readouterr().out
    text = (tmp_path / "grade.md").read_text()
    errors = rows(text, "Errors")
    assert number(errors["this model"][0]) < number(errors["mean health"][0])
    assert re.search(r"twin evaluate grade. Data: pulses.csv, SHA-256 [0-9a-f]{64}", text)


def test_lives_are_judged_by_cells_left_out(tmp_path, evaluate, monkeypatch):
    monkeypatch.setattr(
        early, "_PLACES", early._PLACES[:1]
    )  # a committee of one: five times as fast
    lives = np.geomspace(300.0, 2000.0, 14)
    np.savez(tmp_path / "curves.npz", Q=discharge_curves(lives), cycle_life=lives)
    assert evaluate("life", "--data", "curves.npz", "--report", "life.md") == 0
    errors = rows((tmp_path / "life.md").read_text(), "Errors")
    assert number(errors["this model"][0]) < 0.5 * number(errors["mean life"][0])


def test_capacities_are_judged_by_cells_and_by_families_left_out(
    tmp_path, evaluate, capsys, monkeypatch
):
    monkeypatch.setattr(soh, "folds", partial(folds, count=2))
    for name, seed in (("ours", 4), ("theirs", 5)):
        table = charges(seed, cells=10, rows=12)
        nominal = {"nominal_ah": np.full(table.rows, 2.0)}
        write_table(tmp_path / f"{name}.parquet", Table({**table.columns, **nominal}))
    both = ("--data", "ours.parquet", "theirs.parquet")
    assert evaluate("soh", *both, "--report", "soh.html", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["file"] == "soh.html"
    titles = [one["title"] for one in told["figures"]]
    assert "theirs: cells left out, five folds" in titles
    crossed = told["figures"][titles.index("Learnt from one family, asked of another")]
    assert [row[0] for row in crossed["rows"]][1::2] == ["ours → theirs", "theirs → ours"]
    page = (tmp_path / "soh.html").read_text()
    assert all(title in page for title in titles)


@pytest.fixture
def judged(tmp_path, evaluate, monkeypatch):
    """What is told of cells that end and of some that are not seen to it; with small forests."""
    for room in (learning, prior):
        monkeypatch.setattr(room, "TREES", 12)
    monkeypatch.setattr(rul, "FOLDS", 2)
    cells = aged(1, cells=7)
    cut = (cells.numbers("n") > 60) & np.isin(cells.texts("cell").cells(), ["000"])
    write_table(tmp_path / "aged.parquet", cells.taken(np.flatnonzero(~cut)))
    assert evaluate("rul", "--data", "aged.parquet", "--report", "rul.md") == 0
    return (tmp_path / "rul.md").read_text()


def test_remaining_cycles_are_judged_by_cells_left_out(judged):
    ended = rows(judged, "aged: error in % of life, the 12 cells that ended")
    shufflings = [[number(one) for one in cell.split(" / ")] for cell in ended["this model"]]
    assert np.shape(shufflings) == (len(rul.AGES), 2)
    naive = [number(cell) for cell in ended["median life of the group"]]
    assert np.mean(shufflings) < 0.8 * np.mean(naive)
    every = rows(judged, "aged: the same, with 2 cells")
    half = rul.HALF
    assert number(every["median life of the group"][half]) < naive[half]
    line = ended["straight line, at most the longest life"]
    assert number(line[half]) > 2 * naive[half]
    worse = ended["this model - median of the group"]
    assert number(worse[half]) == pytest.approx(shufflings[half][0] - naive[half], abs=0.11)


def test_what_intervals_hold_is_told_of_each_cell_with_its_width(judged):
    cells = rows(judged, "aged: each cell that ended, the least held first")
    held = [number(one[1]) for one in cells.values()]
    assert (len(held), held) == (12, sorted(held))
    assert all(float(one[2]) > 0.0 for one in cells.values())
    assert "% have an interval that the cell outlived" in judged


def test_cars_are_simulated_and_those_of_the_field_stand_beside(tmp_path, evaluate, monkeypatch):
    make = Make(cells=12, days=28, period_s=120.0)
    for name, value in {"CARS": 1, "PLANTED": 1, "OHMS": (300.0, 100.0),
                        "_YEAR": make, "_TRIAL": make}.items():  # fmt: skip
        monkeypatch.setattr(watch, name, value)
    assert evaluate("watch", "--report", "watch.md") == 0
    text = (tmp_path / "watch.md").read_text()
    assert "Data: simulated." in text
    assert evaluate("watch", "--report", "again.md") == 0
    assert (tmp_path / "again.md").read_text() == text
    assert "## False alarms of simulated healthy cars" in text


NONE = ("--report", "a.md")
REFUSED = {
    "no table": ("evaluate.files", ("soh", *NONE)),
    "two tables of pulses": ("evaluate.files", ("grade", "--data", "a.csv", "b.csv", *NONE)),
    "one table twice": ("evaluate.twice", ("soh", "--data", "a.csv", "--data", "a.csv", *NONE)),
    "a report of no kind": ("cli.suffix", ("watch", "--report", "a.txt")),
    "a report nowhere": ("cli.no_folder", ("watch", "--report", "none/a.md")),
    "a table that is not there": ("table.no_file", ("rul", "--data", "none.csv", *NONE)),
    "pulses for curves": ("table.column", ("life", "--data", "a.csv", *NONE)),
    "pulses for charges": ("table.column", ("soh", "--data", "a.csv", *NONE)),
    "pulses for cycles": ("table.column", ("rul", "--data", "a.csv", *NONE)),
    "pulses for a car": ("watch.cells", ("watch", "--data", "a.csv", *NONE)),
    "curves for pulses": ("table.unreadable", ("grade", "--data", "curves.npz", *NONE)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_judged_is_refused_by_name(tmp_path, evaluate, capsys, name):
    write_table(tmp_path / "a.csv", pulses())
    np.savez(tmp_path / "curves.npz", Q=discharge_curves([500.0]))
    code, words = REFUSED[name]
    assert evaluate(*words) != 0
    assert f"{code}: " in capsys.readouterr().err
    assert not (tmp_path / "a.md").exists()


STRANGE = "<script>alert(1)</script>| \n& Zelle"
REPORT = Report(
    STRANGE,
    (
        STRANGE,
        Figures(STRANGE, ("what", STRANGE), ((STRANGE, "1.5"),), STRANGE),
        Figures("long", ("a",), tuple((f"{n}",) for n in range(ROWS_OPEN + 1))),
        Figures("empty", ("a", "b"), ()),
    ),
    Picture("t", "x", ""),
)


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        assert not {"src", "href", "onload", "onclick"} & dict(attrs).keys()


def test_a_page_runs_nothing_and_folds_what_is_long():
    tags = _Tags()
    tags.feed(render(REPORT).decode())
    assert {"script", "img", "link", "iframe"}.isdisjoint(tags.seen)
    assert tags.seen.count("details") == 1
    assert tags.seen.count("table") == 3


def test_markdown_keeps_strange_names_in_their_cells():
    text = markdown(REPORT)
    assert "<script>" not in text
    assert "| &lt;script>alert(1)&lt;/script>\\| & Zelle | 1.5 |" in text
