"""The board: payoffs worked by hand, what is missing, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from cellchain.core.errors import Refused
from cellchain.services.analysis.picture import picture_of
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.plan.board import STAGES, THEMES, Weights, missing, ranked, template

LEVELS = {"mining": (5, 5, 5, 1, 5), "design": (3, 3, 1, 3, 3), "reuse": (5, 1, 5, 5, 1)}


def board(levels=LEVELS, **more):
    rows = [(stage, theme, str(level), "told by the plant")
            for stage, five in levels.items()
            for theme, level in zip(THEMES, five, strict=True)]  # fmt: skip
    columns = zip(("stage", "theme", "level", "reason"), zip(*rows, strict=True), strict=True)
    return {name: Texts.of(one or None for one in cells) for name, cells in columns} | more


def changed(column, row, text):
    cells = board()
    found = cells[column].cells()
    found[row] = text
    return Table(cells | {column: Texts.of(found)})


def test_what_is_won_times_how_easily():
    found = ranked(Table(board()), Weights())
    assert found.texts("stage").cells()[:3] == ["reuse", "design", "mining"]
    assert found.numbers("payoff")[:3].tolist() == [1, 0.125, 0]
    assert found.numbers("rank")[:3].tolist() == [1, 2, 3]
    assert np.isnan(found.numbers("rank")[3:]).all()
    assert len(missing(found)) == len(STAGES) - 3
    assert "impact 5: told by the plant; difficulty 1: " in found.texts("reasons").cells()[0]


def test_weights_say_what_counts():
    no_ease = Weights(difficulty=0, maturity=0, digital=1, footprint=0)
    found = ranked(Table(board()), no_ease)
    assert found.numbers("payoff")[1] == 0.25
    for wrong in ({"impact": -1.0}, {"impact": float("nan")}, {"impact": 0.0, "footprint": 0.0},
                  {"difficulty": 0.0, "maturity": 0.0, "digital": 0.0}):  # fmt: skip
        with pytest.raises(Refused) as error:
            Weights(**wrong)
        assert error.value.code == "board.weight"


def test_equal_payoffs_share_a_rank():
    same = ranked(Table(board(LEVELS | {"use": LEVELS["reuse"]})), Weights())
    assert same.numbers("rank")[:4].tolist() == [1, 1, 3, 4]


def test_a_cell_that_is_missing_is_named_and_leaves_the_stage_without_a_rank():
    found = ranked(changed("level", 0, None), Weights())
    assert "mining: impact" in missing(found)
    assert found.texts("stage").cells()[2:].index("mining") > 0
    assert missing(ranked(template(), Weights()))[0] == f"exploration: {', '.join(THEMES)}"


@pytest.mark.parametrize(
    ("figure", "limits", "level"),
    [(9.9, "10 20 40 80", 1), (10, "10 20 40 80", 2), (80, "10 20 40 80", 5),
     (9, "8 6 4 2", 1), (4, "8 6 4 2", 4), (1, "8 6 4 2", 5)],
)  # fmt: skip
def test_a_figure_makes_a_level(figure, limits, level):
    rows = np.full(15, np.nan)
    rows[0] = figure
    units, steps = (Texts.of([one] + [None] * 14) for one in ("kg/kWh", limits))
    cells = changed("level", 0, None).columns
    found = ranked(Table({**cells, "figure": rows, "unit": units, "limits": steps}), Weights())
    place = found.texts("stage").cells().index("mining")
    assert found.numbers("impact")[place] == level
    if level != 5:
        with pytest.raises(Refused, match="row 1 tells level 5, its figure makes"):
            ranked(Table(board(figure=rows, unit=units, limits=steps)), Weights())


@pytest.mark.parametrize("limits", [None, "1 2 3", "1 2 2 3", "1 3 2 4", "1 2 3 inf", "a b c d"])
def test_limits_that_are_none(limits):
    more = {"figure": np.ones(15), "unit": Texts.of(["t"] * 15), "limits": Texts.of([limits] * 15)}
    with pytest.raises(Refused) as error:
        ranked(Table(board(**more)), Weights())
    assert error.value.code == "board.limits"


@pytest.mark.parametrize(
    ("column", "text", "code", "told"),
    [
        ("level", "6", "board.level", "the level in row 2 is 6"),
        ("level", "0", "board.level", "is 0"),
        ("level", "2.5", "board.level", "is 2.5"),
        ("level", "inf", "board.level", "is inf"),
        ("level", "high", "table.not_a_number", "'high' in row 2"),
        ("reason", None, "board.reason", "mining, difficulty in row 2 has 0 characters"),
        ("reason", " \n", "board.reason", "has 0 characters"),
        ("reason", "x" * 501, "board.reason", "has 501 characters"),
        ("stage", "minning", "board.name", "stage in row 2 is minning"),
        ("theme", "cost", "board.name", "theme in row 2 is cost"),
        ("theme", "impact", "board.twice", "rows 1 and 2 are both of mining, impact"),
        ("theme", None, "stock.key", "row 2 has no theme"),
    ],
)
def test_rows_that_cannot_be(column, text, code, told):
    with pytest.raises(Refused, match=told) as error:
        ranked(changed(column, 1, text), Weights())
    assert error.value.code == code


def test_too_many_rows():
    with pytest.raises(Refused, match="46 rows"):
        ranked(Table({name: Texts.of(["x"] * 46) for name in board()}), Weights())


def test_the_picture_is_of_impact_difficulty_and_footprint():
    found = picture_of(ranked(Table(board(LEVELS | {"use": (5, 1, 2, 1, 1)})), Weights()))
    told = [(one.name, one.x, one.y, one.size) for one in found.bubbles]
    assert told == [("reuse, use", 1, 5, 1), ("", 1, 5, 0.4), ("mining", 5, 5, 1),
                    ("design", 3, 3, 0.2)]  # fmt: skip
