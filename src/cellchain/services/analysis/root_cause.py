"""What explains the bad cells: a row for each candidate, the best first.

In: a row for each cell, ``cell``, ``bad`` (0 or 1; cells that nobody judged are left out), perhaps
``produced_at`` (RFC 3339), and candidates: text is a category, numbers are a number. Out: the ten
best candidates with effect (risk ratio), interval, significance, what they cannot be told from, and
what to check next. "No cause found" is that none is significant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.core.time import parse_time
from cellchain.science.rootcause.search import root_causes
from cellchain.services.analysis.table import EMPTY, Table, Texts, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.science.rootcause.finding import Finding
    from cellchain.services.analysis.table import Floats

CELL, BAD, PRODUCED = "cell", "bad", "produced_at"
COLUMNS = (CELL, BAD, PRODUCED, "coater", "slurry_viscosity_pas")
"""Of an empty file; candidates may have any names."""
NO_CAUSE = "no cause found: "


def explained(table: Table, categories: Sequence[str] = ()) -> Table:
    """Return the candidates for the cause of bad cells.

    Args:
        table: Of the cells.
        categories: Columns that were read as text because somebody said so; each must be there.

    Raises:
        Refused: ``rootcause.…``, ``table.…``, ``time.…``.
    """
    for name in categories:
        table.column(name)
    _check_keys(table.texts(CELL))
    judged = table.taken(np.flatnonzero(~np.isnan(table.numbers(BAD))))
    named = {name: judged.columns[name] for name in judged.names if name not in (CELL, BAD)}
    times = named.pop(PRODUCED, None)
    findings = root_causes(
        judged.numbers(BAD),
        categories={n: (c.codes, c.labels) for n, c in named.items() if isinstance(c, Texts)},
        numbers={n: c for n, c in named.items() if not isinstance(c, Texts)},
        times_ms=None if times is None else _times_ms(judged.texts(PRODUCED)),
    )
    return _table(findings)


def _check_keys(cells: Texts) -> None:
    counts = np.bincount(cells.codes[cells.codes != EMPTY], minlength=1)
    if counts.max() > 1:
        raise Refused(
            "rootcause.cell",
            f"cell {shown(cells.labels[int(counts.argmax())])!a} has {counts.max()} rows",
            remedy="give one row a cell",
        )


def _times_ms(texts: Texts) -> Floats:
    times = [float(parse_time(label)) for label in texts.labels]
    found: Floats = np.array([*times, np.nan])[texts.codes]
    return found


def _table(findings: Sequence[Finding]) -> Table:
    found = any(one.significant for one in findings)
    columns: dict[str, Texts | Floats] = {
        "candidate": Texts.of(one.candidate for one in findings),
        "kind": Texts.of(one.kind.value for one in findings),
    }
    for name in ("effect", "lo", "hi", "p", "q", "support", "significant"):
        columns[name] = np.array([float(getattr(one, name)) for one in findings])
    columns["confounded_with"] = Texts.of("; ".join(one.confounded_with) for one in findings)
    columns["next_check"] = Texts.of(one.next_check for one in findings)
    columns["reason"] = Texts.of(_reason(one, found=found) for one in findings)
    return Table(columns)


def _reason(one: Finding, *, found: bool) -> str:
    if one.significant:
        return f"bad {one.effect:.2g} times as often"
    return f"{'' if found else NO_CAUSE}chance alone may explain it (q = {one.q:.2g})"
