"""``circle recycle`` on files: packs, figures, prices, what is missing."""

from __future__ import annotations

import json

import pytest

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.questions import questions
from cellchain.cli.root import run
from cellchain.core.errors import Refused
from cellchain.services.lab.question import Given, command_line

PACKS = "pack,chemistry,cell_mass_kg,pack_mass_kg\n007,NMC811,300,420\nb,LFP,250,\n"


def recycle(*arguments):
    return run(Cellchain(), ("circle", "recycle", *map(str, arguments)))


@pytest.fixture
def packs(tmp_path):
    file = tmp_path / "packs.csv"
    file.write_text(PACKS)
    return file


def test_every_route_of_every_pack(packs, tmp_path, capsys):
    for suffix in (".csv", ".parquet"):
        out = tmp_path / f"out{suffix}"
        assert recycle("--in", packs, "--out", out, "--on", "2026-11-30", "--json") == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["rows"], told["day"], told["prices"]) == (6, "2026-11-30", "2019")
        assert told["purchased_co2_kg_co2e_per_kg"] == 0
        found = read_table(out, texts=("pack",))
        assert found.texts("pack").cells() == ["007"] * 3 + ["b"] * 3
        assert found.numbers("lawful").tolist() == [0, 1, 1, 0, 0, 1]


def test_the_law_of_today_where_no_day_is_told(packs, tmp_path, capsys):
    assert recycle("--in", packs, "--out", tmp_path / "out.csv", "--json") == 0
    assert json.loads(capsys.readouterr().out)["day"] > "2026"


def test_own_prices_grid_and_dismantling(packs, tmp_path):
    prices, apart = tmp_path / "prices.csv", tmp_path / "apart.csv"
    prices.write_text("product,usd_per_kg\nCo,20\nLi2CO3,12\n")
    apart.write_text("pack,usd_per_kg\n007,0.5\n")
    answers = []
    for more in ((), ("--prices", prices), ("--prices", "2023"), ("--grid", "0"),
                 ("--dismantling", apart)):  # fmt: skip
        out = tmp_path / "out.csv"
        assert recycle("--in", packs, "--out", out, "--on", "2026-11-30", *more) == 0
        answers.append(read_table(out, texts=("pack",)))
    plain, own, later, clean, taken = answers
    assert own.numbers("revenue_usd")[0] < plain.numbers("revenue_usd")[0]  # less for cobalt
    assert own.numbers("revenue_usd")[4] > plain.numbers("revenue_usd")[4]  # more for lithium
    assert (later.numbers("revenue_usd") != plain.numbers("revenue_usd")).all()
    assert (clean.numbers("co2e_kg") < plain.numbers("co2e_kg")).all()
    assert taken.numbers("dismantling_usd")[:3].tolist() == [150] * 3


def test_the_table_needs_no_pack_and_tells_what_others_say(tmp_path, capsys):
    out = tmp_path / "figures.csv"
    assert recycle("--table", "--out", out) == 0
    told = capsys.readouterr()
    assert "NMC111 pyro, per kg of cell" in told.out
    assert "above 0.98 (Neumann" in told.err
    assert "Neumann" not in told.out
    assert recycle("--table", "--json", "--prices", "2023", "--grid", "56") == 0
    figures = json.loads(capsys.readouterr().out)
    assert {one["chemistry"] for one in figures["figures"]} == {
        "NMC111", "NMC622", "NMC811", "LCO", "NCA", "LMO", "LFP",
    }  # fmt: skip
    assert any("Brunp" in one["source"] for one in figures["disagreement"])
    assert len(figures["figures"]) == read_table(out).rows


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--out", "out.csv"), "cli.no_input"),
        (("--in", "packs.csv"), "cli.no_output"),
        (("--in", "packs.csv", "--out", "out.csv", "--on", "2026-13-01"), "recycle.date"),
        (("--in", "packs.csv", "--out", "out.csv", "--prices", "2021"), "recycle.prices"),
        (("--in", "packs.csv", "--out", "out.csv", "--grid", "nan"), "recycle.grid"),
        (("--table", "--grid", "-1"), "recycle.grid"),
        (("--in", "packs.csv", "--out", "out.csv", "--draws", "500"), "cli.unheard"),
        (("--in", "packs.csv", "--out", "out.csv", "--seed", "7"), "cli.unheard"),
    ],
)
def test_what_is_missing_or_cannot_be(packs, monkeypatch, capsys, arguments, code):
    monkeypatch.chdir(packs.parent)
    assert recycle(*arguments) in {1, 2}
    assert code in capsys.readouterr().err


def test_the_template(tmp_path):
    out = tmp_path / "empty.csv"
    assert recycle("--template", "--out", out) == 0
    assert out.read_text().startswith('"pack","chemistry","cell_mass_kg"')


def test_a_server_may_be_asked():
    found = next(one for one in questions() if one.name == "circle.recycle")
    assert found.parameter("in").required
    assert found.parameter("out").required
    assert {found.parameter(name).sort for name in ("prices", "dismantling")} == {"file"}
    sent = {"in": [Given(id="f1", suffix=".csv")]}
    asked = command_line(found, sent, {"prices": "2023", "on": "2026-11-30", "grid": 56})
    assert {"--in=in.csv", "--prices=2023", "--grid=56.0", "--out=out.csv"} < set(asked.arguments)
    own = command_line(found, {**sent, "prices": [Given(id="f2", suffix=".csv")]}, {})
    assert "--prices=prices.csv" in own.arguments
    with pytest.raises(Refused, match="lab.value"):
        command_line(found, sent, {"prices": "/etc/passwd"})


def test_what_a_server_asks_is_answered(packs, monkeypatch):
    monkeypatch.chdir(packs.parent)
    packs.rename("in.csv")
    found = next(one for one in questions() if one.name == "circle.recycle")
    sent = {"in": [Given(id="f1", suffix=".csv")]}
    asked = command_line(found, sent, {"prices": "2023", "on": "2026-11-30"})
    assert run(Cellchain(), asked.arguments) == 0
    assert read_table(packs.parent / "out.csv", texts=("pack",)).rows == 6


def volatility_file(folder, volatility=0.3):
    file = folder / "volatility.csv"
    products = ("Al", "Cu", "plastics", "solvents", "graphite", "Li2CO3", "Ni", "Co", "Mn")
    rows = "".join(f"{product},{volatility}\n" for product in (*products, "NMC811", "LFP"))
    file.write_text(f"product,annual_volatility\n{rows}")
    return file


def test_prices_that_move(packs, tmp_path, capsys):
    drawn, same, plot = (tmp_path / name for name in ("a.csv", "b.csv", "plot.svg"))
    moving = ("--volatility", volatility_file(tmp_path), "--draws", "500", "--seed", "7")
    asked = ("--in", packs, "--on", "2026-11-30", *moving)
    assert recycle(*asked, "--out", drawn, "--plot", plot, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["draws"], told["seed"]) == (500, 7)
    assert "p10 to p90" in plot.read_text()
    assert recycle(*asked, "--out", same) == 0
    assert drawn.read_bytes() == same.read_bytes()
    assert read_table(drawn, texts=("pack",)).numbers("p_best")[:3].sum() == pytest.approx(1)
    assert recycle("--in", packs, "--out", same, "--plot", plot) == 0
    assert "What routes earn and emit" in plot.read_text()


def test_second_lives_and_routes_of_ones_own(tmp_path, capsys):
    packs, routes, out = (tmp_path / name for name in ("packs.csv", "routes.toml", "out.csv"))
    packs.write_text(
        "pack,chemistry,cell_mass_kg,second_life_value_usd,second_life_years\n"
        "a,NMC811,300,4000,8\nb,LFP,250,,\n"
    )
    assert recycle("--template", "--out", routes) == 0
    assert recycle("--in", packs, "--out", out, "--discount", "0.08", "--routes", routes) == 1
    assert "recycle.routes" in capsys.readouterr().err
    filled = (
        routes.read_text().replace("trl = 0", "trl = 4").replace('source = ""', 'source = "ours"')
    )
    routes.write_text(filled.replace("Li = 0.0", "Li = 0.7"))
    asked = ("--in", packs, "--out", out, "--on", "2026-11-30", "--routes", routes)
    assert recycle(*asked) == 1
    assert "recycle.discount" in capsys.readouterr().err
    assert recycle(*asked, "--discount", "0.08", "--plot", tmp_path / "plot.svg") == 0
    found = read_table(out, texts=("pack",))
    assert found.texts("route").cells()[3:6] == [
        "bioleaching", "second_life", "second_life_then_direct",
    ]  # fmt: skip
    assert found.rows == 10


def test_the_table_tells_of_routes_of_ones_own(tmp_path, capsys):
    routes = tmp_path / "routes.toml"
    assert recycle("--template", "--out", routes) == 0
    filled = routes.read_text().replace("trl = 0", "trl = 4")
    filled = filled.replace('source = ""', 'source = "ours"').replace("Li = 0.0", "Li = 0.7")
    routes.write_text(filled)
    assert recycle("--table", "--routes", routes) == 0
    assert "NMC111 bioleaching, per kg of cell" in capsys.readouterr().out
