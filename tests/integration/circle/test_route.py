"""``circle route`` on files: a plan, its map, and what is refused before any time is spent."""

from __future__ import annotations

import json

import pytest

from cellchain.app import Cellchain
from cellchain.cli.questions import questions
from cellchain.cli.root import run
from cellchain.services.circle.plan_check.facts import facts_of
from cellchain.services.circle.plan_check.judging import judged
from tests.conformance.shared import shared_data
from tests.unit.services.circle.routing.written import SOLOMON, vrplib


def route(*arguments):
    return run(Cellchain(), ("circle", "route", *map(str, arguments)))


@pytest.fixture
def instance(tmp_path):
    file = tmp_path / "small.vrp"
    file.write_bytes(vrplib())
    return file


def test_a_plan_and_its_map(instance, tmp_path, capsys):
    out, plot = tmp_path / "plan.json", tmp_path / "map.svg"
    assert route("--in", instance, "--out", out, "--plot", plot, "--cpu", 0.6, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["cost"], told["routes"], told["stops"]) == (30, 2, 3)
    assert (told["rounding"], told["feasible"]) == ("round", True)
    assert judged(out.read_bytes(), facts_of(instance.read_bytes())).faults == ()
    assert plot.read_text().startswith("<svg ")


def test_another_rounding(tmp_path, capsys):
    file, out = tmp_path / "small.txt", tmp_path / "plan.json"
    file.write_text(SOLOMON)
    assert route("--in", file, "--out", out, "--cpu", 0.6, "--round", "dimacs") == 0
    assert json.loads(out.read_bytes())["cost"] == 300
    assert "2 routes serve 3 stops, 1 to 2 each; cost 300" in capsys.readouterr().out


def test_a_template_is_an_instance(tmp_path):
    file, out = tmp_path / "template.vrp", tmp_path / "plan.json"
    assert route("--out", file, "--template") == 0
    assert route("--in", file, "--out", out, "--cpu", 0.6) == 0
    assert json.loads(out.read_bytes())["cost"] == 20


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--plot", "map.png"), "plot.suffix"),
        (("--round", "up"), "route.round"),
        (("--cpu", "-1"), "route.cpu"),
        (("--seed", "-1"), "route.seed"),
        (("--out", "small.vrp"), "cli.same_file"),
        (("--out", "nowhere/plan.json"), "table.no_folder"),
        (("--in", "none.vrp"), ""),
    ],
)
def test_refused_before_the_work(instance, tmp_path, monkeypatch, capsys, more, code):
    monkeypatch.chdir(tmp_path)
    assert route("--in", "small.vrp", "--out", "plan.json", *more) != 0
    assert code in capsys.readouterr().err
    assert not (tmp_path / "plan.json").exists()


def test_it_is_asked_of_a_server_as_well():
    (found,) = [one for one in questions() if one.name == "circle.route"]
    by_name = {one.name: one for one in found.parameters}
    assert by_name["in"].required
    assert (by_name["out"].default, by_name["plot"].default) == (".json", ".svg")
    assert by_name["cpu"].sort == "number"


def test_a_published_instance(tmp_path):
    file, out = shared_data("circular", "vrp", "C201.txt"), tmp_path / "plan.json"
    assert route("--in", file, "--out", out, "--cpu", 3) == 0
    assert json.loads(out.read_bytes())["cost"] == pytest.approx(591.56, abs=0.01)


def test_a_plan_is_verified(instance, tmp_path, capsys):
    out = tmp_path / "plan.json"
    assert route("--in", instance, "--out", out, "--cpu", 0.6) == 0
    asked = ("circle", "verify", str(out), "--in", str(instance))
    assert run(Cellchain(), asked) == 0
    assert "holds; cost 30" in capsys.readouterr().out
    out.write_text(out.read_text().replace('"cost":30', '"cost":29'))
    assert run(Cellchain(), asked) == 1
    assert "the cost is 30, and the plan says 29" in capsys.readouterr().err
    assert run(Cellchain(), (*asked, "--round", "up")) == 1
    assert "verify.instance" in capsys.readouterr().err
