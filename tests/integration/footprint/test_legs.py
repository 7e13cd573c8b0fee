"""``footprint legs`` on files: flows that ``footprint product`` reads, what is missing."""

from __future__ import annotations

import pytest

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from tests.unit.services.footprint.worked import file_of

LEGS = file_of("Transport")
MODES = (
    b"mode,unit,g_co2e_per_unit,source,date,quality\nlorry,vehicle_km,890.5,example,2026,3\n"
    b"ship,tkm,7.25,example,2026,3\nrail,tkm,21,example,2026,3\n"
)


def footprint(verb, *arguments):
    return run(Cellchain(), ("footprint", verb, *map(str, arguments)))


def test_what_it_writes_product_reads(tmp_path, capsys):
    names = ("legs.csv", "modes.csv", "flows.csv", "rates.csv", "out.csv", "legs.svg")
    legs, modes, flows, rates, out, plot = (tmp_path / name for name in names)
    legs.write_bytes(LEGS)
    modes.write_bytes(MODES)
    asked = ("--in", legs, "--factors", modes, "--out", flows)
    assert footprint("legs", *asked, "--rates", rates, "--plot", plot) == 0
    assert "3 legs, 1 of them by great circle × 1.3, an assumption" in capsys.readouterr().out
    assert footprint("product", "--in", flows, "--factors", rates, "--out", out) == 0
    (kg,) = read_table(out).numbers("kg_co2e")
    assert kg == pytest.approx((6912.50625 + 24969 + 12749.630166) / 1000, rel=1e-12)
    assert "pack 2 sea" in plot.read_text()


def test_what_is_missing_is_named(tmp_path, capsys):
    legs, out = tmp_path / "legs.csv", tmp_path / "flows.csv"
    assert footprint("legs", "--template", "--out", legs) == 0
    assert legs.read_text().startswith('"product","leg","mode","tonnes"')
    assert footprint("legs", "--in", legs, "--out", out) == 2
    assert "cli.no_input" in capsys.readouterr().err
