"""What the answer of a question looks like: courses with their bands, or bars with their whiskers.

A picture is found by the columns of the answer, whatever question it answers. It is data; pages and
files draw it.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cellchain.services.analysis.shapes import Bar, Bubble, Course, Picture, shown_name
from cellchain.services.analysis.table import EMPTY, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from cellchain.services.analysis.table import Floats

COURSES_MAX = 4
BARS_MAX = 20
POINTS_MAX = 600
VALUE_MAX = 1e100
"""Values beyond are left out: no axis holds them beside others."""
KEYS = ("grp", "cell", "battery", "Idx")
"""Columns that name whom a row is about."""
CHARGE_FEATURES = {"CC charge time": "s", "IC peak": "Ah/V"}
"""What says most of ageing, and in what unit."""


def picture_of(answer: Table) -> Picture | None:
    """Return what an answer looks like; nothing where it has no row that could be drawn."""
    if not answer.rows:
        return None
    for columns, draw in _DRAWN:
        if columns <= set(answer.names):
            return draw(answer)
    return None


def _alarms(answer: Table) -> Picture:
    names = _joined(answer, ("cell", "kind", "time"))
    scores = _numbers(answer, "score")
    strong = [one == "alarm" for one in answer.texts("severity").cells()]
    rows = list(zip(names, scores.tolist(), strong, strict=True))[:BARS_MAX]
    bars = tuple(Bar(shown_name(name), score, score, score, one) for name, score, one in rows)
    return Picture("Warnings", "score", "", bars=bars)


def _causes(answer: Table) -> Picture:
    bars = _bars(answer, answer.texts("candidate").cells(), "effect", range(answer.rows))
    strong = _numbers(answer, "significant").tolist()
    drawn = [Bar(b.name, b.value, b.lo, b.hi, bool(s)) for b, s in zip(bars, strong, strict=False)]
    return Picture("What may explain the bad ones", "effect", "", bars=tuple(drawn))


def _charts(answer: Table) -> Picture:
    x = np.arange(1, answer.rows + 1, dtype=np.float64)
    rows = _thinned(answer.rows, _numbers(answer, "score"))
    score, limit = (_tuple(_numbers(answer, one)[rows]) for one in ("score", "limit"))
    at = _tuple(x[rows])
    courses = (Course("score", at, score), Course("limit", at, limit))
    return Picture("Score of each sample, and its limit", "sample", "score", courses=courses)


def _tornado(answer: Table) -> Picture:
    """Bars from one end of a parameter to the other, the widest first."""
    lo, hi = np.sort([_numbers(answer, one) for one in ("at_low", "at_high")], axis=0)
    swing = np.nan_to_num(hi - lo)
    wide = np.argsort(-swing, kind="stable")
    bars = _bars(
        Table({"at_mode": answer.numbers("at_mode"), "lo": lo, "hi": hi}),
        _joined(answer, ("material", "parameter")), "at_mode", wide[swing[wide] > 0].tolist(),
    )  # fmt: skip
    figure, year = answer.texts("figure").labels[0], answer.numbers("year")[0]
    return Picture(f"What moves {figure} in {year:.0f}", figure, "", bars=bars)


def _changes(answer: Table) -> Picture:
    """Return what of two scenarios makes their difference, the most first."""
    change = _numbers(answer, "change")
    size = np.nan_to_num(np.abs(change))
    order = np.argsort(-size, kind="stable")
    found = Table({"change": change, "lo": change, "hi": change})
    names = _joined(answer, ("material", "parameter"))
    bars = _bars(found, names, "change", order[size[order] > 0].tolist())
    figure, year = answer.texts("figure").labels[0], answer.numbers("year")[0]
    return Picture(f"What changes {figure} in {year:.0f}", figure, "", bars=bars)


def _stocks(answer: Table) -> Picture:
    """Courses of the greatest stocks, with the bands of their draws where there are any."""
    column, stock = answer.texts("chemistry"), answer.numbers("stock_kwh")
    most = np.zeros(len(column.labels))
    np.maximum.at(most, column.codes, stock)
    least = np.sort(most)[-COURSES_MAX:][0]
    ends = (f"stock_kwh{one}" if f"stock_kwh{one}" in answer.names else "stock_kwh"
            for one in ("_p05", "_p95"))  # fmt: skip
    lo, hi = (answer.numbers(one) for one in ends)
    found = Table({"cell": column, "year": answer.numbers("year"), "stock_kwh": stock,
                   "lo": lo, "hi": hi})  # fmt: skip
    great = found.taken(np.flatnonzero(most[column.codes] >= least))
    return _courses(
        great, ("stock_kwh", "lo", "hi"), "In use at the end of each year, the most", "year"
    )


def _states(answer: Table) -> Picture:
    return _courses(answer, ("soc", "soc_lo", "soc_hi"), "State of charge", "time_s")


def _charges(answer: Table) -> Picture:
    """Return the feature that the most charges show, of those that say most of ageing."""
    shown = {name: np.isfinite(answer.numbers(name)).sum() for name in CHARGE_FEATURES}
    name = max(CHARGE_FEATURES, key=lambda one: shown[one])
    found = _courses(answer, (name,), f"{name}, where it ends lowest", "n")
    return replace(found, y_name=f"{name}, {CHARGE_FEATURES[name]}")


def _estimates(answer: Table) -> Picture:
    """Courses where a cell has many rows, the cells with the least last estimate; else bars."""
    names = _names(answer)
    if len(set(names)) < answer.rows:
        return _courses(answer, ("estimate", "lo", "hi"), "The lowest, along their lives", "n")
    estimate = _numbers(answer, "estimate")
    known = np.flatnonzero(np.isfinite(estimate))
    least = known[np.argsort(estimate[known], kind="stable")][:BARS_MAX]
    title = "The lowest" if len(known) > BARS_MAX else "Every one, the lowest first"
    return Picture(title, "estimate", "", bars=_bars(answer, names, "estimate", least.tolist()))


def _footprints(answer: Table) -> Picture:
    """Return the products that emit most, each with its interval."""
    most = np.argsort(-_numbers(answer, "kg_co2e"), kind="stable").tolist()
    bars = _bars(answer, answer.texts("product").cells(), "kg_co2e", most)
    return Picture("Products that emit most", "kg CO2e a unit", "", bars=bars)


def _lives(answer: Table) -> Picture:
    """Return the batteries that emit most a kilowatt-hour of their life, all stages together."""
    totals = [place for place, one in enumerate(answer.texts("stage").cells()) if one == "total"]
    found = answer.taken(np.array(totals, np.intp))
    kg = _numbers(found, "kg_co2e_per_kwh")
    names = _joined(found, ("model", "plant"))
    bars = _bars(
        Table({"kg": kg, "lo": kg, "hi": kg}), names, "kg",
        np.argsort(-kg, kind="stable").tolist(),
    )  # fmt: skip
    return Picture("Batteries that emit most", "kg CO2e per kWh of life", "", bars=bars)


def _circular(answer: Table) -> Picture:
    """Return what each product emits by the circular footprint formula, all terms together."""
    totals = [place for place, one in enumerate(answer.texts("term").cells()) if one == "total"]
    found = answer.taken(np.array(totals, np.intp))
    kg = _numbers(found, "kg_co2e")
    bars = _bars(
        Table({"kg": kg, "lo": kg, "hi": kg}), found.texts("product").cells(), "kg",
        np.argsort(-kg, kind="stable").tolist(),
    )  # fmt: skip
    return Picture("Materials and end of life, the most", "kg CO2e", "", bars=bars)


def _legs(answer: Table) -> Picture:
    """Return the legs that emit most."""
    kg = _numbers(answer, "g_co2e") / 1000
    bars = _bars(
        Table({"kg": kg, "lo": kg, "hi": kg}), _joined(answer, ("product", "leg")), "kg",
        np.argsort(-kg, kind="stable").tolist(),
    )  # fmt: skip
    return Picture("Legs that emit most", "kg CO2e a unit", "", bars=bars)


def _carried(answer: Table) -> Picture:
    """Return who carries most; what nobody carries does not stand out."""
    kg = _numbers(answer, "mg_co2e") / 1e6
    names = answer.texts("product").cells()
    most = np.argsort(-kg, kind="stable").tolist()[:BARS_MAX]
    rows = [(names[row] or "?", float(kg[row]), row + 1 < answer.rows) for row in most]
    bars = tuple(Bar(shown_name(name), one, one, one, strong) for name, one, strong in rows)
    return Picture("Products that carry most", "kg CO2e", "", bars=bars)


def _places(answer: Table) -> Picture:
    """Return the slots that are worth most, all their batteries together."""
    slots = answer.texts("slot")
    if (slots.codes == EMPTY).any():  # batteries that wait
        return _places(answer.taken(np.flatnonzero(slots.codes != EMPTY)))
    each = answer.numbers("value_cents") / 100
    if "count" in answer.names:
        each = each * answer.numbers("count")
    worth = np.bincount(slots.codes, each, len(slots.labels))
    most = np.argsort(-worth, kind="stable").tolist()[:BARS_MAX]
    rows = [(slots.labels[one], float(worth[one])) for one in most]
    bars = tuple(Bar(shown_name(name), one, one, one) for name, one in rows)
    return Picture("What the batteries of a slot are worth", "value", "", bars=bars)


def _worths(answer: Table) -> Picture:
    """Return the packs that are worth most, each with its eight middle tenths."""
    found = Table({"value": answer.numbers("value_p50"), "lo": answer.numbers("value_p10"),
                   "hi": answer.numbers("value_p90")})  # fmt: skip
    worth = found.numbers("value")
    most = np.argsort(np.where(np.isnan(worth), np.inf, -worth), kind="stable")
    known = most[: int(np.isfinite(worth).sum())].tolist()
    bars = _bars(found, answer.texts("pack").cells(), "value", known)
    return Picture("What is worth most", "value", "", bars=bars)


def _recycled(answer: Table) -> Picture:
    """Return the routes by what they earn and emit, those most on the front first."""
    margin, co2e = _numbers(answer, "net_margin_usd"), _numbers(answer, "co2e_kg")
    routes, front = answer.texts("route"), answer.numbers("pareto") == 1
    most = np.argsort(-np.bincount(routes.codes, front, len(routes.labels)), kind="stable")
    courses = []
    for route in most[:COURSES_MAX].tolist():
        rows = np.flatnonzero((routes.codes == route) & np.isfinite(margin + co2e))
        rows = rows[np.argsort(co2e[rows], kind="stable")]
        rows = rows[_thinned(len(rows), margin[rows])]
        name = f"{routes.labels[route]}: {front[routes.codes == route].sum()} on the front"
        x, y = _tuple(co2e[rows]), _tuple(margin[rows])
        courses.append(Course(shown_name(name), x, y, dots=True))
    return Picture("What routes earn and emit", "co2e_kg", "net_margin_usd", tuple(courses))


def _recycled_at_risk(answer: Table) -> Picture:
    """Return the first routes with what they emit, and margins from p10 to p90.

    Those on the front stand out.
    """
    told = answer.texts("pack").cells(), answer.texts("route").cells(), _numbers(answer, "co2e_kg")
    names = [f"{pack} {route}, {kg:.3g} kg CO2e" for pack, route, kg in zip(*told, strict=True)]
    found = Table({"margin": answer.numbers("margin_p50_usd"),
                   "lo": answer.numbers("margin_p10_usd"),
                   "hi": answer.numbers("margin_p90_usd")})  # fmt: skip
    rows = np.flatnonzero(np.isfinite(_numbers(found, "margin"))).tolist()[:BARS_MAX]
    front = answer.numbers("pareto")[rows].tolist()
    bars = _bars(found, names, "margin", rows)
    drawn = (replace(bar, strong=one == 1) for bar, one in zip(bars, front, strict=True))
    return Picture("What routes earn, p10 to p90", "USD", "", bars=tuple(drawn))


def _contents(answer: Table) -> Picture:
    """Return the shares that are asked for, the farthest from their targets first.

    A whisker leads from the share to its target.
    """
    share, target = (_numbers(answer, one) for one in ("share_percent", "target_percent"))
    years = [f"{year:.0f}" for year in answer.numbers("year").tolist()]
    columns = (answer.texts(one).cells() for one in ("plant", "model", "material"))
    told = zip(*columns, years, strict=True)
    names = [f"{plant} {year} {model} {material}" for plant, model, material, year in told]
    lo, hi = np.minimum(share, target), np.maximum(share, target)
    known = np.flatnonzero(np.isfinite(share + target))
    far = known[np.argsort((share - target)[known], kind="stable")].tolist()
    found = Table({"share": share, "lo": lo, "hi": hi})
    bars = _bars(found, names, "share", far)
    strong = (answer.numbers("met")[far] == 1).tolist()
    drawn = tuple(replace(bar, strong=one) for bar, one in zip(bars, strong, strict=False))
    return Picture("Recycled content and its targets", "%", "", bars=drawn)


def _grades(answer: Table) -> Picture:
    """Return the best batteries by their least score; those without a channel do not stand out."""
    lo, hi = (_numbers(answer, one) for one in ("score_lo", "score_hi"))
    names, channels = (answer.texts(one).cells() for one in ("pack", "channel"))
    held = {"recycling", "inspection", "hold", "test queue"}
    best = np.argsort(-lo, kind="stable").tolist()[:BARS_MAX]
    bars = tuple(
        Bar(shown_name(f"{names[row]}: {channels[row]}"), float(lo[row]), float(lo[row]),
            float(hi[row]), channels[row] not in held)
        for row in best
    )  # fmt: skip
    return Picture("Scores, and where they lead", "score", "", bars=bars)


def _survivals(answer: Table) -> Picture:
    """Return the nodes whose loss is felt first; those that recover before do not stand out."""
    days, recovery = _numbers(answer, "tts_days"), _numbers(answer, "ttr_days")
    names = answer.texts("node").cells()
    known = np.argsort(days, kind="stable")[: int(np.isfinite(days).sum())][:BARS_MAX].tolist()
    bars = tuple(
        Bar(shown_name(f"{names[row]}, recovers in {recovery[row]:g}"), float(days[row]),
            float(days[row]), float(days[row]), bool(days[row] < recovery[row]))
        for row in known
    )  # fmt: skip
    return Picture("How many days demand survives without each", "days", "", bars=bars)


def _board(answer: Table) -> Picture:
    """Return the stages whose three levels are told, the greatest first; one place, one name."""
    x, y, level = (_numbers(answer, one) for one in ("difficulty", "impact", "footprint"))
    size = np.clip(level / 5, 0.0, 1.0)
    stages = answer.texts("stage").cells()
    known = np.flatnonzero(np.isfinite(x + y + level))
    at: dict[tuple[float, float], list[int]] = {}
    for row in known[np.argsort(-level[known], kind="stable")].tolist():
        at.setdefault((float(x[row]), float(y[row])), []).append(row)
    bubbles = tuple(
        Bubble(shown_name(", ".join(stages[one] or "?" for one in rows)) if row == rows[0] else "",
               *place, float(size[row]))
        for place, rows in at.items() for row in rows
    )  # fmt: skip
    title = "Impact on circularity against difficulty, the footprint as the size"
    return Picture(title, "difficulty", "impact", bubbles=bubbles)


def _late(answer: Table) -> Picture:
    columns = ("late_share", "late_lo", "late_hi")
    return _courses(answer, columns, "Who waits too long, by hour", "hour")


def _taxes(answer: Table) -> Picture:
    """Return firms by regime: what is compared, or else what is due and received."""
    roles = answer.texts("role").cells()
    kinds = answer.texts("tax_kind").cells()
    tax = _numbers(answer, "tax")
    same = [kind == "compared" for kind in kinds]
    alike = bool((np.array(same) & np.isfinite(tax)).any())
    counts = same if alike else [role in {"due", "credit"} for role in roles]
    names = _joined(answer, ("firm", "regime"))
    sums: dict[str, float] = {}
    for name, counted, one in zip(names, counts, tax.tolist(), strict=True):
        if counted and np.isfinite(one):
            sums[name] = sums.get(name, 0.0) + one
    rows = list(sums.items())[:BARS_MAX]
    bars = tuple(Bar(shown_name(name), one, one, one) for name, one in rows)
    title = "Regimes over the same taxes" if alike else "Due or received"
    return Picture(title, "tax", "", bars=bars)


def _regimes(answer: Table) -> Picture:
    """Return what each regime may cost, from a tenth to nine tenths; the best stands out."""
    names, best = _joined(answer, ("firm", "regime")), _numbers(answer, "best")
    ends = zip(*(_numbers(answer, f"tax_p{one}") for one in (50, 10, 90)), strict=True)
    rows = [
        Bar(shown_name(name), float(mid), float(low), float(high), bool(one == 1))
        for name, one, (mid, low, high) in zip(names, best, ends, strict=True)
        if np.isfinite(mid)
    ]
    return Picture("Tax of each regime, p10 to p90", "tax", "", bars=tuple(rows[:BARS_MAX]))


def _courses(answer: Table, columns: tuple[str, ...], title: str, along: str) -> Picture:
    """Return the courses of a column, perhaps with the two of its interval."""
    mean, *ends = columns
    y = _numbers(answer, mean)
    xs = _numbers(answer, along) if along in answer.names else None
    names = _names(answer)
    groups: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        groups.setdefault(name, []).append(row)
    last = {name: _last(y[rows]) for name, rows in groups.items()}
    known = [name for name in groups if np.isfinite(last[name])]
    courses = []
    for name in sorted(known, key=lambda one: last[one])[:COURSES_MAX]:
        rows = np.array(groups[name])
        x = np.arange(1.0, len(rows) + 1) if xs is None else xs[rows]
        order = np.argsort(x, kind="stable")
        order = order[np.isfinite(x[order])]
        order = order[_thinned(len(order), y[rows][order])]
        low, high = (
            (_tuple(_numbers(answer, one)[rows][order]) for one in ends) if ends else ((), ())
        )
        courses.append(
            Course(shown_name(name), _tuple(x[order]), _tuple(y[rows][order]), low, high)
        )
    return Picture(title, "row" if xs is None else along, mean, courses=tuple(courses))


def _last(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known[-1]) if len(known) else float("nan")


def _bars(
    answer: Table, names: Sequence[str | None], value: str, rows: Sequence[int]
) -> tuple[Bar, ...]:
    values, lo, hi = (_numbers(answer, one) for one in (value, "lo", "hi"))
    return tuple(
        Bar(shown_name(names[row] or "?"), float(values[row]), float(lo[row]), float(hi[row]))
        for row in rows[:BARS_MAX]
    )


def _thinned(rows: int, values: Floats) -> NDArray[np.intp]:
    """Return at most so many rows as are drawn; of each span the greatest, so no peak is lost."""
    if rows <= POINTS_MAX:
        return np.arange(rows)
    edges = np.linspace(0, rows, POINTS_MAX + 1).astype(int)
    filled = np.where(np.isfinite(values), values, -np.inf)
    return np.array([a + int(np.argmax(filled[a:b])) for a, b in pairwise(edges)])


def _numbers(answer: Table, name: str) -> Floats:
    """Return a column of numbers; NaN where there is none that an axis could hold."""
    values = answer.numbers(name)
    return np.where(np.abs(values) <= VALUE_MAX, values, np.nan)


def _names(answer: Table) -> list[str]:
    return _joined(answer, [key for key in KEYS if key in answer.names])


def _joined(answer: Table, columns: Sequence[str]) -> list[str]:
    if not columns:
        return [""] * answer.rows
    cells = [answer.texts(one).cells() for one in columns]
    return [" ".join(one for one in row if one) for row in zip(*cells, strict=True)]


def _tuple(values: Floats) -> tuple[float, ...]:
    return tuple(values.tolist())


_DRAWN: tuple[tuple[frozenset[str], Callable[[Table], Picture]], ...] = (
    (frozenset(("cell", "kind", "severity", "score")), _alarms),
    (frozenset(("candidate", "effect", "lo", "hi", "significant")), _causes),
    (frozenset(("sample", "score", "limit")), _charts),
    (frozenset(("material", "parameter", "at_low", "at_high", "swing")), _tornado),
    (frozenset(("material", "parameter", "from", "change")), _changes),
    (frozenset(("year", "chemistry", "stock_kwh")), _stocks),
    (frozenset(("soc", "soc_lo", "soc_hi")), _states),
    (frozenset(("estimate", "lo", "hi")), _estimates),
    (frozenset(("cell", "n", *CHARGE_FEATURES)), _charges),
    (frozenset(("product", "kg_co2e", "lo", "hi")), _footprints),
    (frozenset(("product", "term", "working", "kg_co2e")), _circular),
    (frozenset(("product", "leg", "km_by", "g_co2e")), _legs),
    (frozenset(("product", "mg_co2e")), _carried),
    (frozenset(("model", "plant", "stage", "kg_co2e_per_kwh")), _lives),
    (frozenset(("battery", "slot", "value_cents")), _places),
    (frozenset(("pack", "channel", "score", "score_lo", "score_hi")), _grades),
    (frozenset(("stage", "impact", "difficulty", "footprint", "payoff")), _board),
    (frozenset(("node", "tts_days", "ttr_days")), _survivals),
    (frozenset(("hour", "late_share", "late_lo", "late_hi")), _late),
    (frozenset(("pack", "route", "margin_p10_usd", "margin_p90_usd")), _recycled_at_risk),
    (frozenset(("pack", "route", "net_margin_usd", "co2e_kg", "pareto")), _recycled),
    (frozenset(("plant", "model", "material", "share_percent", "target_percent")), _contents),
    (frozenset(("pack", "value_p10", "value_p50", "value_p90", "residual_p50")), _worths),
    (frozenset(("firm", "regime", "tax_kind", "role", "tax")), _taxes),
    (frozenset(("firm", "regime", "best", "tax_p50")), _regimes),
)
"""The columns that a picture needs → who draws it; the first that fits."""
