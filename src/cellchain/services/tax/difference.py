"""What changed since the last run: two answers of `effective`, row by row."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation, localcontext
from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.science.tax.exact import ARITHMETIC
from cellchain.services.analysis.table import Table, Texts, shown
from cellchain.services.tax.effective import COLUMNS as ANSWERED
from cellchain.services.tax.effective import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COLUMNS = (*KEY, "change", "tax_before", "tax", "difference", "unit", "what")
TOLD = ("base", "rate", "tax", "law", "rounding", "rule", "unverified", "error")
"""Columns that may differ between two runs."""
_Row = dict[str, str]


def differences(before: Table, after: Table) -> Table:
    """Return a row for each answer that is new, gone or another, in the order of the new ones.

    Raises:
        Refused: ``table.column``; ``tax.before``: a table is no answer of `effective`.
    """
    with localcontext(ARITHMETIC):
        rows = list(_differences(_by_key(before), _by_key(after)))
    columns = zip(*rows, strict=True) if rows else [()] * len(COLUMNS)
    return Table({name: Texts.of(cells) for name, cells in zip(COLUMNS, columns, strict=True)})


def _differences(
    before: Mapping[tuple[str, ...], _Row], after: Mapping[tuple[str, ...], _Row]
) -> Iterator[tuple[str | None, ...]]:
    for key in dict.fromkeys((*after, *before)):
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        what = [one for one in TOLD if (old or {}).get(one) != (new or {}).get(one)]
        change = "gone" if new is None else "new" if old is None else "changed"
        taxes = [(one or {}).get("tax", "") for one in (old, new)]
        difference = f"{_amount(taxes[1]) - _amount(taxes[0]):f}" if all(taxes) else None
        unit = (new or old or {})["unit"]
        told = ", ".join(what) if change == "changed" else ""
        yield (*(one or None for one in key), change, *(one or None for one in taxes),
               difference, unit, told or None)  # fmt: skip


def _by_key(table: Table) -> dict[tuple[str, ...], _Row]:
    columns = {name: table.texts(name).cells() for name in ANSWERED}
    found: dict[tuple[str, ...], _Row] = {}
    for cells in zip(*columns.values(), strict=True):
        row = {name: cell or "" for name, cell in zip(ANSWERED, cells, strict=True)}
        key = tuple(row[name] for name in KEY)
        if key in found:
            told = shown(" ".join(key))
            raise Refused(
                "tax.before", f"{told} is there twice", remedy="give a table of tax effective"
            )
        found[key] = {name: row[name] for name in (*TOLD, "unit")}
    return found


def _amount(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise Refused(
            "tax.before", f"{shown(text)!a} is no tax", remedy="give a table of tax effective"
        )
    return found
