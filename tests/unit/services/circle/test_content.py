"""``circle content``: shares, the target of their year, and what is missing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.circle.content import COLUMNS, TEXTS, content_law, judged

DAY = date(2040, 1, 1)
ROW = ("Graz", 2032, "M1", "Co", 16, 100, "certificate")


def table(*rows):
    columns = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))
    return Table(
        {
            name: Texts.of(cells) if name in TEXTS else np.array(cells, float)
            for name, cells in columns.items()
        }
    )


def said(day=DAY, **changed):
    row = dict(zip(COLUMNS, ROW, strict=True)) | changed
    return judged(table(tuple(row.values())), day).plain(0, 1)[0]


@pytest.mark.parametrize(
    ("year", "targets"),
    [
        (2030, [None] * 4),
        (2031, [16, 85, 6, 6]),
        (2035, [16, 85, 6, 6]),
        (2036, [26, 85, 12, 15]),
        (2050, [26, 85, 12, 15]),
    ],
)
def test_the_target_of_a_year(year, targets):
    found = [said(year=year, material=one) for one in ("Co", "lead", "LI", " Nickel ")]
    assert [one["target_percent"] for one in found] == targets
    clause = {2031: "8(2)", 2035: "8(2)", 2036: "8(3)", 2050: "8(3)"}.get(year)
    for one in found:
        assert (one["clause"] is None) if clause is None else clause in one["clause"]
    first_day = "from 20" in (found[0]["reason"] or "")
    assert first_day == (year in (2031, 2036))
    if clause is None:
        assert "no target before 2031-08-18" in found[0]["reason"]


def test_a_target_that_is_just_reached_is_met():
    assert said(recycled_kg=0.16, total_kg=1)["met"] == 1
    assert said(recycled_kg=0.048, total_kg=0.3)["met"] == 1
    missed = said(recycled_kg=0.1599999999, total_kg=1)
    assert missed["met"] == 0
    assert missed["gap_kg"] == pytest.approx(1e-10)


@given(st.sampled_from(("Co", "Pb", "Li", "Ni")), st.integers(2031, 2100),
       st.decimals(0, 1000, places=3), st.decimals("0.001", 1000, places=3))  # fmt: skip
def test_what_is_missing_is_just_what_would_reach_it(material, year, one, other):
    recycled, total = sorted((one, other))
    found = said(material=material, year=year, recycled_kg=recycled, total_kg=total)
    least = Decimal(content_law().in_force(year).percent[material])
    assert found["met"] == (100 * recycled >= least * total)
    assert (found["gap_kg"] == 0) == (found["gap_points"] == 0) == (found["met"] == 1)
    if not found["met"]:
        reached = float(recycled) + found["gap_kg"]
        assert reached == pytest.approx(float(least * total / 100))
        assert found["gap_points"] == pytest.approx(float(least) - found["share_percent"])


def test_what_is_missing_is_named():
    assert "recycled_kg not told" in said(recycled_kg=np.nan)["reason"]
    both = said(recycled_kg=np.nan, total_kg=np.nan)
    assert "recycled_kg and total_kg not told" in both["reason"]
    assert (both["met"], both["target_percent"]) == (None, 16)
    untold = said(source_evidence=None)
    assert (untold["met"], untold["share_percent"]) == (None, 16)
    assert "source_evidence not told" in untold["reason"]
    assert "nothing is told of Pb, Li, Ni in this model" in said()["reason"]
    assert "holds none" in said(recycled_kg=0, total_kg=0)["reason"]
    assert said(recycled_kg=0, total_kg=0)["share_percent"] is None


def test_all_that_is_missing_is_named_at_once():
    reason = said(recycled_kg=np.nan, source_evidence=None)["reason"]
    for one in ("recycled_kg not told", "source_evidence not told", "nothing is told of"):
        assert one in reason


def test_no_target_is_no_target():
    copper = said(material="Cu")
    assert (copper["met"], copper["target_percent"], copper["share_percent"]) == (None, None, 16)
    assert "no target of Cu" in copper["reason"]
    before = said(day=date(2023, 8, 16))
    assert (before["target_percent"], before["met"]) == (None, None)
    assert "in force from 2023-08-17" in before["reason"]
    assert "not over on 2032-12-31" in said(day=date(2032, 12, 31))["reason"]
    assert "not over" not in said(day=date(2033, 1, 1))["reason"]


def test_models_years_and_plants_are_apart():
    rows = [ROW, ("Lyon", *ROW[1:]), ("Graz", 2033, *ROW[2:]), (*ROW[:2], "M2", *ROW[3:])]
    assert judged(table(*rows), DAY).numbers("met").tolist() == [1] * 4


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"plant": None}, "key"),
        ({"model": None}, "key"),
        ({"material": None}, "key"),
        ({"year": 1999}, "year"),
        ({"year": np.nan}, "year"),
        ({"year": np.inf}, "year"),
        ({"recycled_kg": -1}, "mass"),
        ({"recycled_kg": 101}, "mass"),
        ({"total_kg": np.inf}, "mass"),
    ],
)
def test_what_cannot_be_is_refused(changed, code):
    with pytest.raises(Refused, match=f"content.{code}"):
        said(**changed)


def test_a_material_twice_is_refused():
    with pytest.raises(Refused, match=r"content.twice"):
        judged(table(ROW, (*ROW[:3], "cobalt", *ROW[4:])), DAY)
