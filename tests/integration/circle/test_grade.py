"""``circle grade`` on files: rules that ship, one's own, parts, what is missing."""

from __future__ import annotations

import json

import pytest

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.questions import questions
from cellchain.cli.root import run

PACKS = (
    "pack,chemistry,safety_event_open,insulation_ohm_per_v,calendar_expiration_date,recall_open,"
    "identity_known,history_known,ownership_clear,examined,soh_p10,soh_p50,resistance_growth,"
    "self_discharge_percent_per_month,cell_spread_mv,rul_p10_years,evidence_date\n"
    "007,NMC622,no,800,2035-01-01,no,yes,yes,yes,yes,0.82,0.86,1.2,2,20,6,2026-11-20\n"
    "hurt,LFP,yes,800,2025-01-01,no,yes,yes,yes,yes,0.9,0.95,1,1,5,9,2026-11-20\n"
    "blind,LFP,no,800,2035-01-01,no,yes,yes,yes,yes,,,1.2,2,20,6,2026-11-20\n"
)


def grade(*arguments):
    return run(Cellchain(), ("circle", "grade", *map(str, arguments)))


@pytest.fixture
def packs(tmp_path):
    file = tmp_path / "packs.csv"
    file.write_text(PACKS)
    return file


def test_grades_and_the_rule_behind_each(packs, tmp_path, capsys):
    out, trace, plot = (tmp_path / name for name in ("out.csv", "trace.parquet", "grade.svg"))
    asked = ("--in", packs, "--out", out, "--trace", trace, "--plot", plot, "--on", "2026-11-30")
    assert grade(*asked, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["channels"] == {"ev_replacement": 1, "inspection": 1, "test queue": 1}
    assert (told["columns_missing"], told["rules_replaced"]) == ([], [])
    found = read_table(out, texts=("pack",))
    assert found.texts("pack").cells() == ["007", "hurt", "blind"]
    assert found.texts("expires").cells()[0] == "2026-12-20"
    lines = read_table(trace)
    assert lines.rows == 3 * 14
    assert lines.texts("outcome").cells()[14] == "failed"
    assert plot.read_text().startswith("<?xml")


def test_own_rules_are_named_in_the_answer(packs, tmp_path, capsys):
    own, out = tmp_path / "own.toml", tmp_path / "out.csv"
    assert grade("--template", "--out", own) == 0
    own.write_text(own.read_text().replace("threshold = 100", "threshold = 900"))
    assert grade("--in", packs, "--out", out, "--rules", own, "--on", "2026-11-30", "--json") == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert "insulation" in told["rules_replaced"]
    assert told["channels"] == {"inspection": 3}


def test_a_column_that_nobody_fills_is_unknown_and_said(tmp_path, capsys):
    file, out = tmp_path / "packs.csv", tmp_path / "out.csv"
    file.write_text(PACKS.replace("recall_open", "recal_open"))
    assert grade("--in", file, "--out", out, "--on", "2026-11-30", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["columns_missing"] == ["recall_open"]
    assert told["channels"] == {"inspection": 1, "test queue": 2}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--out", "out.csv"), "cli.no_input"),
        (("--in", "packs.csv", "--out", "packs.csv"), "cli.same_file"),
        (("--in", "packs.csv", "--out", "out.csv", "--rules", "packs.csv"), "grade.rules"),
        (("--in", "packs.csv", "--out", "out.csv", "--figures", "packs.csv"), "grade.figures"),
        (("--in", "packs.csv", "--out", "out.csv", "--on", "2001-01-01"), "grade.no_rule"),
        (("--in", "packs.csv", "--out", "out.csv", "--on", "9999-12-31"), None),
    ],
)
def test_what_is_missing_or_cannot_be(packs, monkeypatch, capsys, arguments, code):
    monkeypatch.chdir(packs.parent)
    assert grade(*arguments) in ({0} if code is None else {1, 2})
    assert (code or "") in capsys.readouterr().err


def test_the_template(tmp_path):
    assert grade("--template", "--out", tmp_path / "empty.csv") == 0
    assert '"safety_event_open"' in (tmp_path / "empty.csv").read_text()


def test_a_server_may_be_asked():
    found = next(one for one in questions() if one.name == "circle.grade")
    sorts = {one.name: one.sort for one in found.parameters}
    assert (sorts["rules"], sorts["figures"], sorts["trace"]) == ("file", "file", "made")
