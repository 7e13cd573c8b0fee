"""``circle site`` on files: an answer in full, and what cannot be."""

from __future__ import annotations

import json

import pytest

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.root import run

SOURCES = (
    "source,latitude,longitude,tonnes_per_year,eur_per_tkm\n"
    "Lyon,45.8,4.8,100,\nGraz,47.1,15.4,50,0.5\n"
)
SITES = (
    "site,latitude,longitude,capacity_t_per_year,fixed_eur_per_year,handling_eur_per_t\n"
    "west,45,4,200,10000,100\neast,47,15,60,4000,90\n"
)
FILES = {"sources": SOURCES, "sites": SITES}


def site(folder, *more, **files):
    asked = []
    for name, text in (FILES | files).items():
        (folder / f"{name}.csv").write_text(text)
        asked += [f"--{name}", folder / f"{name}.csv"]
    return run(
        Cellchain(), ("circle", "site", *map(str, (*asked, "--out", folder / "out.csv", *more)))
    )


def test_an_answer_in_full(tmp_path, capsys):
    files = ("--opened", tmp_path / "opened.csv", "--plot", tmp_path / "map.svg")
    assert site(tmp_path, "--tkm-eur", "0.2", "--json", *files) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["opened"], told["proved"], told["ways"]) == (
        ["west", "east"],
        True,
        "great circle × 1.3",
    )
    flows = read_table(tmp_path / "out.csv", texts=("source", "site"))
    assert flows.names == ("source", "site", "tonnes", "km", "cost_eur")
    opened = read_table(tmp_path / "opened.csv", texts=("site",))
    # what a source tells of its kilometres counts before --tkm-eur
    rate, handling = (0.2, 0.5), (100, 90)
    for row, (tonnes, km, cost, _) in enumerate(
        zip(*(flows.numbers(one) for one in ("tonnes", "km", "cost_eur")), rate, strict=True)
    ):
        assert cost == pytest.approx(tonnes * (km * rate[row] + handling[row]))
    assert told["cost_eur"] == pytest.approx(opened.numbers("cost_eur").sum())
    assert told["cost_eur"] == pytest.approx(14_000 + flows.numbers("cost_eur").sum())
    assert told["bound_eur"] <= told["cost_eur"]
    assert "2 of 2 sites open" in (tmp_path / "map.svg").read_text()


@pytest.mark.parametrize(
    ("more", "files", "code"),
    [
        ((), {}, "site.rate"),
        (("--tkm-eur", "nan"), {}, "site.rate"),
        (("--tkm-eur", "1", "--detour", "nan"), {}, "site.detour"),
        (("--tkm-eur", "1", "--seconds", "0"), {}, "site.seconds"),
        (("--tkm-eur", "1", "--seconds", "inf"), {}, "site.seconds"),
        (("--tkm-eur", "1", "--at-most", "-1"), {}, "site.many"),
        (("--tkm-eur", "1"), {"sites": SITES.replace(",200,", ",20,")}, "site.capacity"),
        (("--tkm-eur", "1"), {"sites": "site\nwest\n"}, "table.column"),
        (("--tkm-eur", "1"), {"sources": SOURCES.replace("100", "many")}, "table.not_a_number"),
        (("--tkm-eur", "1", "--plot", "map.png"), {}, "plot.suffix"),
    ],
)
def test_what_cannot_be_is_named_and_nothing_written(tmp_path, capsys, more, files, code):
    assert site(tmp_path, *more, **files) != 0
    assert code in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


def test_the_template_and_what_is_missing(tmp_path, capsys):
    out = tmp_path / "sources.csv"
    assert run(Cellchain(), ("circle", "site", "--template", "--out", str(out))) == 0
    assert out.read_text().startswith('"source","latitude","longitude","tonnes_per_year"')
    assert run(Cellchain(), ("circle", "site", "--out", str(tmp_path / "out.csv"))) == 2
    assert "cli.no_input" in capsys.readouterr().err
