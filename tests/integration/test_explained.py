"""``--explain``: every verb about files says how its answer came about."""

from __future__ import annotations

import json

import pytest

from cellchain.app import Cellchain
from cellchain.cli.explained import METHODS, explanation
from cellchain.cli.questions import questions
from cellchain.cli.root import run
from tests.integration.footprint.test_life import BATTERIES, METHOD

ROOMS = ("circle.", "footprint.", "plan.", "tax.")


def test_every_verb_of_these_rooms_has_a_method():
    asked = {one.name for one in questions() if one.name.startswith(ROOMS)}
    assert {one.removesuffix(".toml") for one in METHODS} == asked


def test_a_day_of_collecting_is_told_of_by_other_parts_than_an_instance():
    day, instance = (
        explanation("circle.route", {"--in": name}).method for name in ("day.toml", "a.vrp")
    )
    assert "science.routing.breaks" in day
    assert "science.routing.breaks" not in instance


@pytest.mark.parametrize("verb", METHODS)
def test_every_part_has_a_page(verb):
    assert all(len(page) > 40 for page in explanation(verb, {}).method.values())


@pytest.fixture
def asked(tmp_path):
    batteries, method, out = (tmp_path / name for name in ("b.toml", "m.toml", "out.csv"))
    batteries.write_bytes(BATTERIES)
    method.write_bytes(METHOD)
    return "footprint", "life", "--in", str(batteries), "--method", str(method), "--out", str(out)


def test_the_formula_its_source_and_what_was_in_force(asked, capsys):
    assert run(Cellchain(), [*asked, "--explain"]) == 0
    told = capsys.readouterr().out
    assert "full equivalent cycles a year" in told
    assert "Ares(2024)3131389" in told
    assert "--in b.toml" in told


def test_programs_hear_it_too_and_only_where_they_ask(asked, capsys):
    assert run(Cellchain(), [*asked, "--explain", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["explained"]
    assert told["options"]["--method"] == "m.toml"
    assert "services.footprint.life" in told["method"]
    assert run(Cellchain(), [*asked, "--json"]) == 0
    assert "explained" not in json.loads(capsys.readouterr().out)
