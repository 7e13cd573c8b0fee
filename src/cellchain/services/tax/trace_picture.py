"""Taxes step by step, from the base over the rate to the cent, with the law of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.services.analysis.shapes import Picture, Trace, TraceStep, shown_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cellchain.services.analysis.table import Table

TRACES_MAX = 12
STEPS_MAX = 40
"""Of one tax; the table has them all."""
TEXT_MAX = 300
WHOLE = ("due", "credit")
"""Roles of taxes; the others are parts or sums of them."""
READ = ("firm", "period", "regime", "tax_kind", "base", "rate", "tax", "unit", "law", "rounding",
        "trace")  # fmt: skip


def traced(answer: Table, at_most: int = TRACES_MAX) -> Picture | None:
    """Return the first taxes with their steps; nothing where none was worked out.

    Args:
        answer: See `effective.effective`.
        at_most: How many.
    """
    columns = [answer.texts(one).cells() for one in READ]
    traces: list[Trace] = []
    for role, *cells in zip(answer.texts("role").cells(), *columns, strict=True):
        row = {name: cell or "" for name, cell in zip(READ, cells, strict=True)}
        if role in WHOLE and row["tax"] and row["trace"]:
            traces.append(_trace(row))
            if len(traces) == at_most:
                break
    if not traces:
        return None
    said = f"{traces[0].title}, by {traces[0].law}."
    return Picture("How each tax is worked out", "", "", traces=tuple(traces), said=said)


def _trace(row: Mapping[str, str]) -> Trace:
    about = ", ".join(
        filter(None, (shown_name(row["firm"]), row["period"], row["regime"].replace("_", " ")))
    )
    title = f"{about}, {row['tax_kind'].replace('_', ' ')}: {row['tax']} {row['unit']}"
    return Trace(_cut(title), tuple(_steps(row)), _cut(row["law"]))


def _steps(row: Mapping[str, str]) -> Iterator[TraceStep]:
    if row["base"]:
        yield TraceStep("base", "", f"{row['base']} {row['unit']}")
    if row["rate"]:
        yield TraceStep("rate", "", row["rate"])
    for part in row["trace"].split("; ")[:STEPS_MAX]:
        name, *workings = part.split(" = ")
        working = " = ".join(workings[:-1])
        yield TraceStep(_cut(name), _cut(working), _cut(workings[-1] if workings else ""))
    yield TraceStep("tax", _cut(row["rounding"]), f"{row['tax']} {row['unit']}")


def _cut(text: str) -> str:
    shown = "".join(one if one.isprintable() else " " for one in text[:TEXT_MAX])
    return shown if len(text) <= TEXT_MAX else shown[:-1] + "…"
