"""The protocol of `soh`: what it scores, and that it tells the naive estimate beside."""

from __future__ import annotations

import re

import numpy as np
import pytest

from cellchain.core.errors import Refused
from cellchain.services.analysis.protocols.soh import evaluated
from cellchain.services.analysis.report import Figures, markdown
from cellchain.services.analysis.table import Table
from tests.conformance.shared import shared_data
from tests.unit.science.capacity.charges import charges


def first_number(cell):
    return float(re.match(r"[\d.]+", cell)[0])


@pytest.fixture(scope="module")
def report():
    table = charges(4, cells=14, rows=16)
    table = Table({**table.columns, "nominal_ah": np.full(table.rows, 2.0)})
    told = []
    report = evaluated({"ours": table}, progress=lambda *step: told.append(step))
    assert told == [(n, 5) for n in range(1, 6)]
    return report


def test_the_naive_estimate_stands_first_and_loses(report):
    errors = next(one for one in report.parts if isinstance(one, Figures))
    naive, bare, full = (first_number(row[1]) for row in errors.rows)
    assert errors.rows[0][0].startswith("no fade")
    assert max(bare, full) < 0.7 * naive


def test_coverage_is_told_of_each_cell_with_its_width(report):
    cells = next(
        one for one in report.parts if isinstance(one, Figures) and "each cell" in one.title
    )
    held = [float(row[1]) for row in cells.rows]
    assert (len(held), held) == (14, sorted(held))
    assert all(float(row[2]) > 0.0 for row in cells.rows)
    assert "Variants tried" in markdown(report)


def test_a_group_without_a_nominal_capacity_is_named():
    with pytest.raises(Refused, match=r"soh\.no_nominal.*'fast'"):
        evaluated({"ours": charges(5, cells=6, rows=16)}, progress=lambda *_: None)


def test_on_the_open_cells_the_figure_of_the_card_is_reached():
    from cellchain.adapters.table_files import read_table
    from cellchain.services.analysis.cycles import TEXTS

    table = read_table(shared_data("health", "cycles_xjtu.parquet"), texts=TEXTS)
    few = table.taken(np.flatnonzero(table.numbers("n") % 3 == 1))
    report = evaluated({"XJTU": few}, progress=lambda *_: None)
    errors = next(one for one in report.parts if isinstance(one, Figures))
    assert first_number(errors.rows[2][1]) < 1.5
    assert first_number(errors.rows[2][3]) < 3.0
