"""Transport by leg: the workings of the manual, ways over a sphere, what is refused."""

from __future__ import annotations

import csv
from math import pi

import pytest

from cellchain.core.errors import Refused
from cellchain.science.footprint.legs import EARTH_KM, great_circle_km
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.footprint.exact import rounded
from cellchain.services.footprint.legs import FACTOR_COLUMNS, LEG_COLUMNS, flows
from tests.integration.footprint.test_legs import LEGS, MODES
from tests.unit.services.footprint.worked import rows_of

ROWS, FACTORS = (list(csv.DictReader(one.decode().splitlines())) for one in (LEGS, MODES))


def table(rows, names):
    return Table({name: Texts.of([row[name] or None for row in rows]) for name in names})


def answered(rows, factors=FACTORS):
    return flows(table(rows, LEG_COLUMNS), table(factors, FACTOR_COLUMNS))


ANSWER = {row["leg"]: row for row in answered(ROWS)[0].plain(0, 3)}


@pytest.mark.parametrize(("leg", "figure", "exact", "value"), rows_of("Transport"))
def test_each_figure_is_what_its_working_gives(leg, figure, exact, value):
    assert float(exact) == float(value)
    assert ANSWER[leg][figure] == rounded(exact, 9)


def test_how_a_way_is_known_is_said():
    assert [one["km_by"] for one in ANSWER.values()] == ["given", "given", "great circle × 1.3"]


@pytest.mark.parametrize(
    ("start", "stop", "part"),
    [((0, 0), (0, 180), 0.5), ((90, 0), (-90, 77), 0.5), ((0, 170), (0, -170), 20 / 360),
     ((45, 10), (45, 10), 0), ((0, 0), (90, 123), 0.25), ((60, 0), (60, 180), 60 / 360)],
)  # fmt: skip
def test_a_great_circle_is_a_part_of_one(start, stop, part):
    assert great_circle_km(start, stop) == pytest.approx(2 * pi * EARTH_KM * part, abs=1e-6)


@pytest.mark.parametrize(
    ("row", "column", "cell", "code"),
    [
        (0, "tonnes", "", "amount"), (0, "tonnes", "-1", "amount"), (0, "tonnes", "nan", "amount"),
        (0, "load_tonnes", "", "load"), (0, "load_tonnes", "0", "amount"),
        (1, "load_tonnes", "5", "load"), (0, "km", "", "way"), (0, "km", "inf", "amount"),
        (0, "from_lat", "50", "way"), (2, "km", "7", "way"), (2, "to_lon", "", "way"),
        (2, "to_lat", "91", "amount"), (2, "to_lon", "-181", "amount"),
        (1, "mode", "airship", "no_factor"), (1, "mode", "", "key"), (1, "product", " ", "key"),
        (1, "leg", "1 factory to port", "twice"),
    ],
)  # fmt: skip
def test_a_leg_that_cannot_be_is_named(row, column, cell, code):
    rows = [*ROWS[:row], ROWS[row] | {column: cell}, *ROWS[row + 1 :]]
    with pytest.raises(Refused) as refused:
        answered(rows)
    assert refused.value.code == f"footprint.{code}"


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [("unit", "km", "unit"), ("unit", "", "unit"), ("g_co2e_per_unit", "", "amount"),
     ("g_co2e_per_unit", "-3", "amount"), ("mode", "lorry", "twice"), ("source", "", "key")],
)  # fmt: skip
def test_a_factor_that_cannot_be_is_named(column, cell, code):
    with pytest.raises(Refused) as refused:
        answered(ROWS, [FACTORS[0], FACTORS[1] | {column: cell}, FACTORS[2]])
    assert refused.value.code == f"footprint.{code}"


def test_no_leg_is_no_answer():
    with pytest.raises(Refused, match="0 rows of legs"):
        answered([])
