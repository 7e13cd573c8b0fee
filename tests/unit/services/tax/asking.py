"""What tests tell of firms, in few words."""

from __future__ import annotations

from datetime import date

from cellchain.services.analysis.table import Table, Texts
from cellchain.services.tax.effective import effective
from cellchain.services.tax.told import COLUMNS

ON = date(2026, 11, 30)


def months(span):
    """Yield the months of ``2024-11..2025-02``, or the one that is named."""
    first, _, last = span.partition("..")
    start, stop = (int(one[:4]) * 12 + int(one[5:]) - 1 for one in (first, last or first))
    for month in range(start, stop + 1):
        yield f"{month // 12}-{month % 12 + 1:02}"


def rows(*lines):
    """Return the cells of rows, one line each of ``firm,month,jurisdiction,item,amount,…``."""
    cells = [line.split(",") for line in lines]
    return [(one[0], month, *one[2:]) for one in cells for month in months(one[1])]


def table(cells):
    """Return a table of what firms tell."""
    columns = zip(*cells, strict=True)
    return Table({name: Texts.of(one) for name, one in zip(COLUMNS, columns, strict=True)})


def asked(*lines, on=ON):
    """Return the rows of an answer."""
    found = effective(table(rows(*lines)), on)
    return found.plain(0, found.rows)


def by_key(answer):
    """Return them by firm, period, regime and kind of tax."""
    key = ("firm", "period", "regime", "tax_kind")
    return {tuple(row[name] for name in key): row for row in answer}
