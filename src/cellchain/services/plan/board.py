r"""``plan board``: nine stages of the value chain by five themes, and where effort pays most.

In: ``stage, theme, level, reason[, figure, unit, limits]``. Out, of each stage, the best first:
``rank, stage, impact, difficulty, footprint, maturity, digital, payoff, missing, reasons``.

With levels from 1 to 5 brought to 0 to 1, $ i = (I - 1) / 4 $ and so on, and a weight for each
theme,

$$ \text{payoff} = \frac{w_i i + w_f f}{w_i + w_f} \cdot
   \frac{w_d (1 - d) + w_m m + w_g (1 - g)}{w_d + w_m + w_g} $$

what may be won, times how easily: an order of work of our own making, and no measure of anything.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.services.analysis.spelling import check_spelling
from cellchain.services.analysis.table import Table, Texts, shown, spelled
from cellchain.services.plan.rows import names_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cellchain.services.analysis.table import Column, Floats

STAGES = (
    "exploration", "mining", "processing", "design", "production", "use", "reuse", "collection",
    "recycling",
)  # fmt: skip
THEMES = ("impact", "difficulty", "footprint", "maturity", "digital")
"""Impact on circularity, difficulty of circular practice, carbon footprint, technological maturity,
difficulty of going digital; 5 is the most of each."""
STAGE, THEME, LEVEL, REASON = COLUMNS = ("stage", "theme", "level", "reason")
FIGURE, UNIT, LIMITS = "figure", "unit", "limits"
TEXTS = (STAGE, THEME, REASON, UNIT, LIMITS)
"""Text, whatever they hold."""
LEVEL_MAX = 5
REASON_MAX = 500
"""Characters of a reason."""
WEIGHT_MAX = 1e6


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each theme counts; of `impact` and `footprint`, and of the others, one at least."""

    impact: float = 1.0
    difficulty: float = 1.0
    footprint: float = 1.0
    maturity: float = 1.0
    digital: float = 1.0

    def __post_init__(self) -> None:
        """Check them.

        Raises:
            Refused: ``board.weight``.
        """
        for theme, weight in zip(THEMES, astuple(self), strict=True):
            if not (isfinite(weight) and 0 <= weight <= WEIGHT_MAX):
                raise Refused(
                    "board.weight", f"{theme} weighs {weight:g}", remedy=f"give 0 to {WEIGHT_MAX:g}"
                )
        if not (self.impact + self.footprint > 0 < self.difficulty + self.maturity + self.digital):
            raise Refused(
                "board.weight",
                "nothing is to be won, or nothing makes it easy",
                remedy="let impact or footprint, and one of the other themes, weigh above 0",
            )


@dataclass(frozen=True, slots=True)
class _Cell:
    """A stage's level in a theme, and why."""

    level: int
    reason: str


def template() -> Table:
    """Return the board with every cell to be filled."""
    stages, themes = zip(*((stage, theme) for stage in STAGES for theme in THEMES), strict=True)
    empty = Texts.of([None] * len(stages))
    return Table({STAGE: Texts.of(stages), THEME: Texts.of(themes), LEVEL: empty, REASON: empty})


def ranked(table: Table, weights: Weights) -> Table:
    """Return the stages, that in which the next effort pays most first.

    A stage whose payoff needs a cell that is missing has none, and comes after the others.

    Raises:
        Refused: ``table.…``, ``stock.key``; ``board.…``: what clashes.
    """
    cells = _cells(table)
    levels = np.array(
        [
            [cells[stage, theme].level if (stage, theme) in cells else np.nan for theme in THEMES]
            for stage in STAGES
        ]
    )
    payoff = _payoff(levels, weights)
    order = np.argsort(np.where(np.isnan(payoff), np.inf, -payoff), kind="stable")
    rank = np.array([1.0 + np.count_nonzero(payoff > one) for one in payoff])
    columns: dict[str, Column] = {
        "rank": np.where(np.isnan(payoff), np.nan, rank),
        STAGE: Texts.of(STAGES),
        **{theme: levels[:, place].copy() for place, theme in enumerate(THEMES)},
        "payoff": payoff,
        "missing": Texts.of(
            ", ".join(theme for theme in THEMES if (stage, theme) not in cells) or None
            for stage in STAGES
        ),
        "reasons": Texts.of(_reasons(stage, cells) or None for stage in STAGES),
    }
    return Table(columns).taken(order)


def missing(board: Table) -> list[str]:
    """Return the cells that are missing, as ``stage: theme, …``."""
    names = zip(board.texts(STAGE).cells(), board.texts("missing").cells(), strict=True)
    return [f"{stage}: {themes}" for stage, themes in names if themes is not None]


def _payoff(levels: Floats, weights: Weights) -> Floats:
    impact, difficulty, footprint, maturity, digital = ((levels - 1) / (LEVEL_MAX - 1)).T
    won = _mean((weights.impact, impact), (weights.footprint, footprint))
    easy = _mean(
        (weights.difficulty, 1 - difficulty), (weights.maturity, maturity),
        (weights.digital, 1 - digital),
    )  # fmt: skip
    found: Floats = np.round(won * easy, 9)
    return found


def _mean(*parts: tuple[float, Floats]) -> Floats:
    """Return a weighted mean; what weighs nothing may be missing."""
    counted = [(weight, values) for weight, values in parts if weight > 0]
    whole = sum(weight for weight, _ in counted)
    found: Floats = np.sum([weight * values for weight, values in counted], axis=0) / whole
    return found


def _cells(table: Table) -> dict[tuple[str, str], _Cell]:
    """Return the cells that are filled."""
    if table.rows > len(STAGES) * len(THEMES):
        raise Refused(
            "board.rows", f"{table.rows} rows; there are {len(STAGES) * len(THEMES)} cells"
        )
    check_spelling("board", table, COLUMNS, (FIGURE, LIMITS, UNIT))
    stages, themes = (
        _known(table, column, known) for column, known in ((STAGE, STAGES), (THEME, THEMES))
    )
    levels, reasons = _levels(table), table.texts(REASON).cells()
    found: dict[tuple[str, str], _Cell] = {}
    seen: dict[tuple[str, str], int] = {}
    for row, key in enumerate(zip(stages, themes, strict=True)):
        first = seen.setdefault(key, row)
        if first != row:
            raise Refused(
                "board.twice",
                f"rows {first + 1} and {row + 1} are both of {', '.join(key)}",
                remedy="keep one of them",
            )
        if np.isnan(levels[row]):
            continue
        reason = " ".join((reasons[row] or "").split())
        if not 0 < len(reason) <= REASON_MAX:
            raise Refused(
                "board.reason",
                f"the reason of {', '.join(key)} in row {row + 1} has {len(reason)} characters",
                remedy=f"say why, in at most {REASON_MAX}",
            )
        found[key] = _Cell(int(levels[row]), reason)
    return found


def _known(table: Table, column: str, known: tuple[str, ...]) -> list[str]:
    codes, names = names_of(table, column)
    for row, code in enumerate(codes.tolist()):
        if names[code] not in known:
            raise Refused(
                "board.name",
                f"{column} in row {row + 1} is {shown(names[code])}",
                remedy=f"give one of {', '.join(known)}",
            )
    return [names[code] for code in codes.tolist()]


def _levels(table: Table) -> Floats:
    """Return the level of each row, told or found from a figure; NaN where neither is given."""
    told = table.numbers(LEVEL)
    wrong = ~np.isnan(told) & ~((told >= 1) & (told <= LEVEL_MAX) & (told == np.rint(told)))
    if wrong.any():
        row = int(wrong.argmax())
        raise Refused(
            "board.level",
            f"the level in row {row + 1} is {told[row]:g}",
            remedy=f"give a whole one from 1 to {LEVEL_MAX}, or leave it empty",
        )
    if FIGURE not in table.names:
        return told
    found = _graded(table)
    clash = ~np.isnan(found) & ~np.isnan(told) & (found != told)
    if clash.any():
        row = int(clash.argmax())
        raise Refused(
            "board.level",
            f"row {row + 1} tells level {told[row]:g}, its figure makes {found[row]:g}",
            remedy="leave the level empty where the figure decides",
        )
    return np.where(np.isnan(told), found, told)


def _graded(table: Table) -> Floats:
    """Return levels by figures: 1 and one more for each limit that a figure reaches."""
    figures, limits = table.numbers(FIGURE), table.texts(LIMITS).cells()
    units = table.texts(UNIT).cells()
    found = np.full(table.rows, np.nan)
    for row, (figure, text, unit) in enumerate(zip(figures.tolist(), limits, units, strict=True)):
        if np.isnan(figure):
            continue
        steps = _limits(text or "")
        if steps is None or unit is None or not isfinite(figure):
            told = f"{spelled(figure)} {shown(unit or '(no unit)')}, limits {shown(text or 'none')}"
            raise Refused(
                "board.limits",
                f"row {row + 1}: {told}",
                remedy="give a unit and four limits, such as 10 20 40 80, that rise, or, where"
                " less is more of the theme, that fall",
            )
        rises = steps[0] < steps[-1]
        found[row] = 1 + np.count_nonzero(steps <= figure if rises else steps >= figure)
    return found


def _limits(text: str) -> NDArray[np.float64] | None:
    """Return four limits that rise or fall; nothing where the text has none such."""
    try:
        found = np.array([float(one) for one in text.split()])
    except ValueError:
        return None
    if len(found) != LEVEL_MAX - 1 or not np.isfinite(found).all():
        return None
    gaps = np.diff(found)
    return found if (gaps > 0).all() or (gaps < 0).all() else None


def _reasons(stage: str, cells: Mapping[tuple[str, str], _Cell]) -> str:
    known = [(theme, cells[stage, theme]) for theme in THEMES if (stage, theme) in cells]
    return "; ".join(f"{theme} {cell.level}: {cell.reason}" for theme, cell in known)
