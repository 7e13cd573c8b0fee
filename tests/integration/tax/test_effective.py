"""``tax effective`` and ``tax explain`` on files: answers, changes, pictures, what is refused."""

from __future__ import annotations

import json

import pytest

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.services.tax.effective import COLUMNS

FIRMS = (
    "firm,month,jurisdiction,item,amount,unit,activity\n"
    "A,2025-01,BR,revenue,10000.50,BRL,industry\n"
    "A,2025-02,BR,revenue,20000,BRL,industry\n"
    "A,2025-03,BR,revenue,30000,BRL,industry\n"
    "007,2026-05,CN,export_value,1000.00,CNY,\n"
)


def tax(*arguments):
    return run(Cellchain(), ("tax", *map(str, arguments)))


@pytest.fixture
def firms(tmp_path):
    path = tmp_path / "firms.csv"
    path.write_text(FIRMS)
    return path


def rows(path):
    found = read_table(path, texts=COLUMNS)
    return {
        (row["firm"], row["period"], row["regime"], row["tax_kind"]): row
        for row in found.plain(0, found.rows)
    }


def test_amounts_stay_decimal_strings(firms, tmp_path, capsys):
    out, plot = tmp_path / "out.csv", tmp_path / "out.svg"
    assert tax("effective", "--in", firms, "--out", out, "--on", "2026-11-30", "--plot", plot) == 0
    found = rows(out)
    assert found["007", "2026-05", "export_rebate", "VAT"]["tax"] == "60.00"
    first = found["A", "2025-01", "simples_nacional", "DAS"]
    assert (first["base"], first["rate"], first["tax"]) == ("10000.50", "0.045", "450.02")
    assert plot.read_text().startswith("<?xml")
    said = capsys.readouterr()
    assert "say what is missing" in said.out
    assert "a person" in said.err
    parquet = tmp_path / "out.parquet"
    assert tax("effective", "--in", firms, "--out", parquet, "--on", "2026-11-30", "--json") == 0
    assert rows(parquet) == found
    assert json.loads(capsys.readouterr().out)["on"] == "2026-11-30"


def test_what_a_new_law_changed(firms, tmp_path, capsys):
    before, after, changes = (tmp_path / f"{name}.csv" for name in ("before", "after", "changes"))
    assert tax("effective", "--in", firms, "--out", before, "--on", "2025-12-31") == 0
    told = ("--in", firms, "--out", after, "--on", "2026-11-30")
    assert tax("effective", *told, "--before", before, "--changes", changes) == 0
    (row,) = read_table(changes).plain(0, 9)
    assert (row["tax_before"], row["tax"], row["difference"]) == (90, 60, -30)
    assert tax("effective", *told, "--before", before) == 2
    assert tax("effective", *told, "--before", firms, "--changes", changes) == 1
    assert tax("effective", *told, "--before", before, "--changes", before) == 2
    assert "cli.same_file" in capsys.readouterr().err


def test_an_explanation_for_programs_and_for_people(firms, tmp_path, capsys):
    out, page = tmp_path / "why.json", tmp_path / "why.md"
    told = ("--in", firms, "--on", "2026-11-30", "--firm", "A", "--regime", "simples_nacional")
    assert tax("explain", *told, "--out", out, "--period", "2025", "--kind", "DAS") == 0
    found = json.loads(out.read_text())
    assert len(found["answers"]) == 3
    assert found["rules"]["br.simples.annex_ii@2018-01-01"]["bands"][0] == ["180000", "0.045", "0"]
    assert sum(float(one["tax"]) for one in found["answers"]) == pytest.approx(
        float(found["due"]["A simples_nacional BRL"])
    )
    assert tax("explain", *told, "--out", page, "--rule", "br.simples") == 0
    assert "LC 123/2006" in page.read_text()
    assert tax("explain", *told, "--out", out, "--period", "1999") == 1
    assert tax("explain", *told, "--out", tmp_path / "why.csv") == 2
    err = capsys.readouterr().err
    assert "tax.nothing" in err
    assert "cli.suffix" in err


def test_templates_and_what_is_refused(firms, tmp_path, capsys):
    empty = tmp_path / "empty.csv"
    for verb in ("effective", "explain"):
        assert tax(verb, "--template", "--out", empty) == 0
        assert empty.read_text().strip().replace('"', "") == FIRMS.splitlines()[0]
    assert tax("effective", "--in", firms, "--out", empty, "--on", "2026-02-30") == 1
    assert tax("effective", "--in", firms, "--out", empty, "--on", "1900-01-01") == 1
    assert tax("effective", "--out", empty) == 2
    err = capsys.readouterr().err
    assert "tax.date" in err
    assert "tax.not_known" in err
