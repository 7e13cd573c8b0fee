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
    assert (by_name["papers"].sort, by_name["papers"].default) == ("made", ".zip")
    assert not any(by_name[one].required for one in ("stops", "lorries", "distances", "papers"))


@pytest.fixture
def day(tmp_path):
    file = tmp_path / "day.toml"
    assert route("--out", file, "--template") == 0
    return file


def test_a_day_of_collecting(day, tmp_path, capsys):
    out, papers, plot = tmp_path / "plan.json", tmp_path / "papers", tmp_path / "map.svg"
    asked = ("--in", day, "--out", out, "--papers", papers, "--plot", plot, "--cpu", 0.6, "--json")
    capsys.readouterr()
    assert route(*asked) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["places"], told["lorries"]) == (["yard", "north", "south"], ["F-AB 12"])
    assert told["assumed"] == ["a road is 1.3 times the great circle, driven at 60 km/h"]
    assert sorted(one.name for one in papers.iterdir()) == ["001-F-AB_12.csv", "001-F-AB_12.pdf"]
    assert "collecting on 2026-03-02" in plot.read_text()
    verify = ("circle", "verify", str(out), "--in", str(day))
    assert run(Cellchain(), verify) == 0
    assert "holds; cost 321.07" in capsys.readouterr().out
    out.write_text(out.read_text().replace("[[3],[2]]", "[[2],[3]]"))
    assert run(Cellchain(), verify) == 1
    assert "a critical pack does not ride first" in capsys.readouterr().err
    assert run(Cellchain(), (*verify, "--round", "exact")) == 1
    assert "route.round" in capsys.readouterr().err


def test_papers_do_not_mix_with_those_of_another_plan(day, tmp_path, capsys):
    papers, out = tmp_path / "papers", tmp_path / "plan.json"
    papers.mkdir()
    (papers / "002-B.csv").write_text("of yesterday")
    assert route("--in", day, "--out", out, "--papers", papers, "--cpu", 0.6) == 1
    assert "route.papers" in capsys.readouterr().err
    assert not out.exists()


def test_a_day_is_not_planned_anew(day, tmp_path, capsys):
    plan, events = tmp_path / "plan.json", tmp_path / "events.toml"
    plan.write_text('{"cost": 1, "feasible": true, "routes": []}')
    events.write_text("late = []\n")
    asked = ("--in", plan, "--events", events, "--instance", day, "--out", tmp_path / "new.json")
    assert run(Cellchain(), ("circle", "replan", *map(str, asked))) == 1
    assert "replan.day" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "more", "code"),
    [
        ("day.toml", ("--round", "exact"), "route.round"),
        ("day.toml", ("--papers", "nowhere/papers"), "table.no_folder"),
        ("day.toml", ("--papers", "small.vrp"), "route.papers"),
        ("day.toml", ("--stops", "small.vrp"), "route.sheet"),
        ("small.vrp", ("--papers", "papers"), "route.papers"),
        ("small.vrp", ("--distances", "day.toml"), "route.sheets"),
        ("small.vrp", ("--lorries", "none.csv"), ""),
    ],
)
def test_what_a_day_needs_and_an_instance_does_not(
    instance, day, tmp_path, monkeypatch, capsys, given, more, code
):
    monkeypatch.chdir(tmp_path)
    assert instance.exists()
    assert day.exists()
    assert route("--in", given, "--out", "plan.json", *more) != 0
    assert code in capsys.readouterr().err
    assert not (tmp_path / "plan.json").exists()
    assert not (tmp_path / "papers").exists()


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
