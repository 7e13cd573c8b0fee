"""``--plot``: the answer as a picture in a file, the same each time."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from cellchain.adapters.plot_files import figure_of, write_plot
from cellchain.adapters.table_files import write_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.services.analysis.shapes import Bar, Course, Picture
from cellchain.services.analysis.table import Table, Texts

NAN = float("nan")
PICTURES = {
    "courses": Picture(
        "t", "n", "Ah", courses=(Course("a", (1, 2, 3), (1, NAN, 2), (0, NAN, 1), (2, NAN, 3)),)
    ),
    "bars": Picture(
        "t $x$ <&", "effect", "", bars=(Bar("a_$^{", 1, 0, 2), Bar("b", NAN, NAN, NAN))
    ),
    "mathematics": Picture(
        "t",
        "n",
        "Ah",
        courses=(Course(r"a $\foo$", (1, 2), (1, 2)), Course("b$^{", (1, 2), (2, 1))),
    ),
    "far": Picture("t", "n", "Ah", courses=(Course("a", (-1e100, 1e100), (-1e100, 1e100)),)),
    "near": Picture("t", "n", "Ah", courses=(Course("a", (0.0, 5e-324), (1e17, 1e17)),)),
    "nothing": Picture("t", "x", "y"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_the_same_each_time_and_well_formed(tmp_path, name):
    for file in ("a.svg", "b.svg", "a.png", "b.png"):
        write_plot(tmp_path / file, PICTURES[name])
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    ET.parse(tmp_path / "a.svg")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_a_legend_tells_names_as_they_are():
    names = [r"$\foo$", "_a"]
    courses = tuple(Course(name, (1, 2), (1, 2)) for name in names)
    legend = figure_of(Picture("t", "n", "Ah", courses=courses)).axes[0].get_legend()
    assert [one.get_text() for one in legend.get_texts()] == names
    assert not any(one.get_parse_math() for one in legend.get_texts())


@pytest.fixture
def cells(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dice = np.random.default_rng(3)
    coaters = dice.integers(4, size=400)
    bad = (dice.random(400) < np.where(coaters == 1, 0.4, 0.02)).astype(float)
    names = Texts.of(f"{n:05d}" for n in range(400))
    table = {"cell": names, "bad": bad, "coater": Texts.of("ABCD"[n] for n in coaters)}
    write_table(tmp_path / "cells.csv", Table(table))


def rootcause(*words):
    return run(Cellchain(), ["quality", "rootcause", "--in", "cells.csv", "--out", "o.csv", *words])


def test_a_verb_draws_its_answer(cells, tmp_path):
    assert rootcause("--plot", "o.svg") == 0
    root = ET.parse(tmp_path / "o.svg").getroot()
    assert root.findall(".//*[@id='PathCollection_1']"), "dots, one for each candidate"


@pytest.mark.parametrize(
    ("plot", "code"), [("o.gif", "plot.suffix"), ("none/o.svg", "plot.no_folder")]
)
def test_a_plot_that_cannot_be_is_refused_before_the_work(cells, tmp_path, capsys, plot, code):
    assert rootcause("--plot", plot) == 1
    assert code in capsys.readouterr().err
    assert not (tmp_path / "o.csv").exists()
