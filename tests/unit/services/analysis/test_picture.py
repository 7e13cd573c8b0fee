"""What an answer looks like, by its columns."""

from __future__ import annotations

import numpy as np
import pytest

from cellchain.services.analysis.picture import POINTS_MAX, VALUE_MAX, picture_of
from cellchain.services.analysis.shapes import NAME_MAX
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


@pytest.mark.parametrize("rows", [1, 3])
def test_names_are_cut_and_hold_only_what_can_be_printed(rows):
    found = picture_of(estimates(["a\x00\x1b\ufffe\nb", "x\n" * 50_000], rows))
    names = {one.name for one in (*found.courses, *found.bars)}
    assert names == {"a    b", ("x " * 20)[: NAME_MAX - 1] + "…"}


def test_cells_whose_names_begin_alike_stay_apart():
    found = picture_of(estimates(["a" * 50 + "1", "a" * 50 + "2"], 3))
    assert [len(one.y) for one in found.courses] == [3, 3]


@pytest.mark.parametrize("far", [1e308, -1e308, np.inf, 1.01 * VALUE_MAX])
def test_what_no_axis_holds_is_left_out(far):
    table = dict(estimates("A", 4).columns)
    table["n"], table["estimate"] = np.array([far, 2, 3, 4]), np.array([1, 2, far, 4.0])
    table["hi"] = np.array([1, far, 3, 5.0])
    (course,) = picture_of(Table(table)).courses
    assert course.x == (2.0, 3.0, 4.0)
    assert [one for one in (*course.y, *course.hi) if np.isfinite(one)] == [2.0, 4.0, 3.0, 5.0]
    bars = picture_of(Table({**estimates("ABCD", 1).columns, "estimate": table["estimate"]})).bars
    assert [one.value for one in bars] == [1.0, 2.0, 4.0]


def test_states_of_charge_are_courses_along_time():
    soc = np.array([0.9, 0.8, 0.5, 0.4])
    table = {"battery": Texts.of("bbaa"), "time_s": np.array([10.0, 0.0, 0.0, 10.0]),
             "soc": soc, "soc_lo": soc - 0.1, "soc_hi": soc + 0.1}  # fmt: skip
    found = picture_of(Table(table))
    assert (found.title, found.x_name, found.y_name) == ("State of charge", "time_s", "soc")
    assert [one.name for one in found.courses] == ["a", "b"]
    assert (found.courses[1].x, found.courses[1].y) == ((0.0, 10.0), (0.8, 0.9))
    assert found.courses[0].hi == (0.6, 0.5)


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


def test_what_is_worth_most_comes_first_and_what_has_no_worth_is_left_out():
    worth = {f"value_{one}": np.array([1.0, np.nan, 5.0]) + k for k, one in
             enumerate(("p10", "p50", "p90"))}  # fmt: skip
    table = Table({"pack": Texts.of("abc"), **worth, "residual_p50": np.zeros(3)})
    assert [(one.name, one.value, one.hi) for one in picture_of(table).bars] == [
        ("c", 6.0, 7.0), ("a", 2.0, 3.0),
    ]  # fmt: skip


def test_grades_that_grant_nothing_do_not_stand_out():
    table = Table({"pack": Texts.of("ab"), "channel": Texts.of(["hold", "back_up_power"]),
                   "score": np.array([np.nan, 50.0]), "score_lo": np.array([70.0, 50.0]),
                   "score_hi": np.array([90.0, 50.0])})  # fmt: skip
    found = [(one.name, one.strong) for one in picture_of(table).bars]
    assert found == [("a: hold", False), ("b: back_up_power", True)]


def test_late_shares_are_a_course_of_hours():
    share = {name: np.array([0.1, 0.2, 0.3]) for name in ("late_share", "late_lo", "late_hi")}
    (course,) = picture_of(Table({"hour": np.arange(3.0), **share})).courses
    assert course.x == (0.0, 1.0, 2.0)


def test_nodes_whose_loss_is_felt_first_and_those_that_recover_before_are_pale():
    days, recovery = np.array([40.0, np.nan, 5.0]), np.array([30.0, 9.0, 20.0])
    found = picture_of(
        Table({"node": Texts.of("abc"), "tts_days": days, "ttr_days": recovery})
    ).bars
    told = [(one.name, one.value, one.strong) for one in found]
    assert told == [("c, recovers in 20", 5, True), ("a, recovers in 30", 40, False)]
