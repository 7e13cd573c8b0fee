"""What an answer looks like, by its columns."""

from __future__ import annotations

import numpy as np

from cellchain.services.analysis.picture import POINTS_MAX, picture_of
from cellchain.services.analysis.table import Table, Texts, empty_table


def estimates(cells, rows):
    names = Texts.of(cell for cell in cells for _ in range(rows))
    estimate = np.concatenate([np.full(rows, 1.0 - 0.1 * k) for k in range(len(cells))])
    n = np.tile(np.arange(rows) + 1.0, len(cells))
    spread = {"estimate": estimate, "lo": estimate - 0.1, "hi": estimate + 0.1}
    return Table({"cell": names, "n": n, **spread})


def test_cells_with_many_rows_are_courses_the_lowest_first():
    found = picture_of(estimates("ABCDEF", 5))
    assert [one.name for one in found.courses] == ["F", "E", "D", "C"]
    assert found.courses[0].x == (1.0, 2.0, 3.0, 4.0, 5.0)
    assert found.courses[0].lo[0] == found.courses[0].y[0] - 0.1


def test_cells_with_one_row_are_bars_and_those_without_an_answer_are_left_out():
    table = dict(estimates("ABC", 1).columns)
    table["estimate"] = np.array([1.0, np.nan, 0.5])
    assert [one.name for one in picture_of(Table(table)).bars] == ["C", "A"]


def test_a_long_course_keeps_its_peak():
    score = np.zeros(100_000)
    score[77_777] = 9.0
    table = {"sample": np.arange(1e5), "score": score, "limit": np.ones(100_000)}
    found = picture_of(Table(table))
    assert len(found.courses[0].y) <= POINTS_MAX
    assert max(found.courses[0].y) == 9.0


def test_causes_and_alarms_stand_out():
    causes = Table({"candidate": Texts.of(["a=1", "b=2"]), "effect": np.array([3.0, 1.0]),
                    "lo": np.array([2.0, 0.5]), "hi": np.array([4.0, 1.5]),
                    "significant": np.array([1.0, 0.0])})  # fmt: skip
    assert [one.strong for one in picture_of(causes).bars] == [True, False]
    alarms = Table({"time": Texts.of(["t"]), "cell": Texts.of(["V_1"]), "kind": Texts.of(["drift"]),
                    "severity": Texts.of(["alarm"]), "score": np.array([7.0])})  # fmt: skip
    assert picture_of(alarms).bars[0].name == "V_1 drift t"


def test_what_has_no_row_or_no_known_columns_is_not_drawn():
    assert picture_of(empty_table(("estimate", "lo", "hi"))) is None
    assert picture_of(Table({"x": np.ones(2)})) is None
    blank = dict(estimates("AB", 2).columns)
    blank["estimate"] = np.full(4, np.nan)
    assert picture_of(Table(blank)).courses == ()
