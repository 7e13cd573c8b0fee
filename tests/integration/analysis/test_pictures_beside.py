"""What an answer looks like beside its table: made for whoever listens to a verb, and plotted."""

from __future__ import annotations

from pathlib import Path

import pytest

from cellchain.app import Cellchain
from cellchain.cli.output import LISTENER
from cellchain.cli.root import run
from cellchain.services.lab import worked

WORKED = Path(worked.__file__).parent
STOCK = ("plan", "stock", "--in", "inflow.csv", "--lifetimes", "lifetimes.csv")
BOTH = ("--materials", "materials.csv", "--recovery", "recovery.csv", "--flows", "flows_out.csv")
ASKED = {
    "map": (("circle", "route", "--in", "returns.vrp", "--cpu", "0.3"), ["ways"]),
    "front": (("circle", "recycle", "--in", "packs.csv", "--on", "2026-11-30"), ["courses"]),
    "waterfall": (
        ("footprint", "product", "--in", "flows.csv", "--factors", "factors.csv"), ["steps"],
    ),
    "streams of batteries": (STOCK, ["flow"]),
    "streams of materials": ((*STOCK, *BOTH), ["flow"] * 3),
    "trace": (("tax", "effective", "--in", "firms.csv", "--on", "2026-11-30"), ["traces"]),
}  # fmt: skip
"""What is drawn → the verb, and the kinds of its pictures."""
PLOTTED = {
    "streams": ((*STOCK, *BOTH), "still in use"),
    "waterfall": ((*ASKED["waterfall"][0], "--tree", "tree.csv"), "housing"),
    "front": (ASKED["front"][0], "hydro, not lawful"),
}


class Heard:
    """Whoever listens."""

    def __init__(self):
        self.pictures = []

    def said(self, lines, value):
        """Nothing of it is asked here."""

    def noted(self, text):
        """Nor of this."""

    def moved(self, title, done, total):
        """Nor of this."""

    def drew(self, picture):
        self.pictures.append(picture)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for one in WORKED.iterdir():
        if one.suffix in {".csv", ".vrp"}:
            (tmp_path / one.name).write_bytes(one.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ASKED)
def test_pictures_beside_the_table(folder, name):
    words, kinds = ASKED[name]
    heard = Heard()
    before = LISTENER.set(heard)
    try:
        out = "out.json" if "route" in words else "out.csv"
        assert run(Cellchain(), [*words, "--out", out]) == 0
    finally:
        LISTENER.reset(before)
    assert [bool(getattr(one, kind)) for one, kind in zip(heard.pictures, kinds, strict=True)] == [
        True
    ] * len(kinds)
    assert all(one.said for one in heard.pictures)


@pytest.mark.parametrize("name", PLOTTED)
@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_a_plot_is_of_the_table_that_is_asked_for(folder, name, suffix):
    words, told = PLOTTED[name]
    plots = [folder / f"{letter}{suffix}" for letter in "ab"]
    for plot in plots:
        assert run(Cellchain(), [*words, "--out", "out.csv", "--plot", plot.name]) == 0
    assert plots[0].read_bytes() == plots[1].read_bytes()
    if suffix == ".svg":
        assert f"<!-- {told} -->" in plots[0].read_text()


def test_streams_end_with_a_year_that_is_there(folder, capsys):
    words = [*STOCK, *BOTH, "--out", "out.csv", "--plot", "a.svg", "--year"]
    assert run(Cellchain(), [*words, "2030"]) == 0
    assert "Ni, 2020 to 2030" in (folder / "a.svg").read_text()
    assert run(Cellchain(), [*words, "1999"]) == 1
    assert "stock.year" in capsys.readouterr().err
