"""What the law asks of recycling on a day: a gate, never a score.

The shares are those of `cellchain.services.circle.recycling_tables.gates`; what is recovered is
divided by what goes in. Lithium counts as the element; the lithium of the electrolyte's salt goes
in as well. Substances that Delegated Regulation (EU) 2025/606 lets a recycler leave out of both
sides are left in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import shown
from cellchain.services.circle.recycling_tables import Gate, gates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cellchain.services.analysis.table import Floats

EFFICIENCY = "efficiency"
ROUNDING = 1e-9
"""By which floats may be below a share that is just reached."""


def day_of(text: str, code: str = "recycle.date") -> date:
    """Return the day that a text names.

    Raises:
        Refused: ``code``.
    """
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise Refused(code, f"{shown(text)!a} is no day", remedy="write YYYY-MM-DD")
    return found


def day_at(now_ms: int) -> date:
    """Return the day of a time, in UTC."""
    return datetime.fromtimestamp(now_ms / 1_000, UTC).date()


def in_force(day: date) -> tuple[Gate, ...]:
    """Return the gates of a day: of each measure the one that began last."""
    begun = [one for one in gates().gates if one.begin <= day]
    latest = {one.measure: one for one in sorted(begun, key=lambda one: one.begin)}
    return tuple(one for one in begun if latest[one.measure] is one)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What gates say of several packs on one route."""

    lawful: Floats
    """1, or 0 where a gate is not passed."""
    clauses: list[str]
    failures: list[str]
    """Of each: what it fails; empty where nothing."""


def judged(asked: tuple[Gate, ...], shares: Mapping[str, Floats], rows: int) -> Judged:
    """Return what gates say of shares.

    Args:
        asked: The gates of the day.
        shares: Of each measure that there is, what is reached, shape (rows,).
        rows: How many there are.
    """
    if not asked:
        first = min(one.begin for one in gates().gates)
        return Judged(np.ones(rows), [f"no gate before {first}: {gates().law}"] * rows, [""] * rows)
    parts = [(one, shares[one.measure]) for one in asked if one.measure in shares]
    passes = np.array([reached >= one.least - ROUNDING for one, reached in parts])
    told = [
        [f"{one.clause} {one.measure} {share:.2%} of {one.least:.0%}" for share in reached.tolist()]
        for one, reached in parts
    ]
    head = f"{gates().law}, after {gates().arithmetic}: "
    return Judged(
        lawful=np.where(passes.all(axis=0), 1.0, 0.0),
        clauses=[head + "; ".join(row) for row in zip(*told, strict=True)],
        failures=[
            "; ".join(text for text, holds in zip(row, held, strict=True) if not holds)
            for row, held in zip(zip(*told, strict=True), passes.T.tolist(), strict=True)
        ],
    )
