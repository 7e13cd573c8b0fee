"""``tax explain``: the working of some answers in full, for programs and for people."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any

import msgspec

from cellchain.core.errors import Refused
from cellchain.science.tax.exact import ARITHMETIC
from cellchain.services.tax.effective import ADVICE, answers, check_months
from cellchain.services.tax.told import firms_of
from cellchain.services.tax.worked import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from cellchain.services.analysis.table import Table
    from cellchain.services.tax.rulebook import Rule
    from cellchain.services.tax.worked import Answer

ROWS_MAX = 5_000


class Narrowed(msgspec.Struct, frozen=True, kw_only=True):
    """Which answers are wanted; empty for all."""

    firm: str = ""
    period: str = ""
    """A month, quarter or year; a year holds its quarters and months."""
    regime: str = ""
    kind: str = ""
    rule: str = ""
    """The beginning of the name of a rule."""

    def holds(self, row: Answer) -> bool:
        """Whether an answer is one of them."""
        return (
            self.firm in ("", row.firm)
            and (
                row.period == self.period
                or row.period.startswith(f"{self.period}-")
                or not self.period
            )
            and self.regime in ("", row.regime)
            and self.kind in ("", row.kind)
            and (not self.rule or any(one.id.startswith(self.rule) for one in row.working.rules))
        )


def explained(table: Table, on: date, wanted: Narrowed) -> dict[str, Any]:
    """Return the working of some answers: rules with every parameter, steps with their numbers.

    Raises:
        Refused: as `effective`; ``tax.nothing``: no answer is of that kind;
            ``tax.too_many``: more than can be read.
    """
    firms = [one for one in firms_of(table, on) if wanted.firm in ("", one.name)]
    check_months(firms)
    rows = [row for row in answers(firms, on) if wanted.holds(row)]
    if not rows:
        told = ", ".join(
            f"{name} {value}" for name, value in msgspec.structs.asdict(wanted).items() if value
        )
        raise Refused(
            "tax.nothing",
            f"there is no answer of {told or 'this table'}",
            remedy="ask tax effective first: its columns name them",
        )
    if len(rows) > ROWS_MAX:
        raise Refused(
            "tax.too_many",
            f"{len(rows)} answers, at most {ROWS_MAX} are explained at once",
            remedy="narrow by --firm, --period, --regime or --kind",
        )
    rules = {one.id + f"@{one.valid_from}": one for row in rows for one in row.working.rules}
    return {
        "advice": ADVICE,
        "on": on.isoformat(),
        "rules": {name: _rule(one) for name, one in rules.items()},
        "answers": [_answer(row) for row in rows],
        "due": _due(rows),
    }


def _rule(one: Rule) -> dict[str, Any]:
    return {
        "law": one.law, "clause": one.clause,
        "valid_from": one.valid_from.isoformat(),
        "valid_to": None if one.valid_to is None else one.valid_to.isoformat(),
        "known_from": one.known_from.isoformat(),
        "rounding": one.rounding,
        "numbers": _plain(one.numbers),
        "bands": [list(band) for band in one.bands],
        "shares": [
            {
                "bands": list(s.bands), "parts": _plain(s.parts), "outside": list(s.outside),
                "cap": _plain(s.cap), "beyond": _plain(s.beyond),
            }
            for s in one.shares
        ],
        "unverified": one.unverified, "why": one.why,
    }  # fmt: skip


def _plain(numbers: Mapping[str, Decimal]) -> dict[str, str]:
    return {name: f"{value:f}" for name, value in numbers.items()}


def _answer(row: Answer) -> dict[str, Any]:
    return {
        "firm": row.firm, "period": row.period, "jurisdiction": row.jurisdiction,
        "regime": row.regime, "tax_kind": row.kind, "role": row.role, "authority": row.authority,
        "base": None if row.base is None else plain(row.base),
        "rate": None if row.rate is None else plain(row.rate),
        "tax": None if row.tax is None else f"{row.tax:f}", "unit": row.unit,
        "rounding": row.rounding,
        "rules": [f"{one.id}@{one.valid_from}" for one in row.working.rules],
        "steps": [
            {"name": s.name, "working": s.working, "value": s.value} for s in row.working.steps
        ],
        "unverified": row.unverified, "error": row.error,
    }  # fmt: skip


def _due(rows: Sequence[Answer]) -> dict[str, str]:
    """Return what is due under each regime, as far as it is known."""
    found: dict[str, Decimal] = {}
    with localcontext(ARITHMETIC):
        for row in rows:
            if row.role == "due" and row.tax is not None:
                name = f"{row.firm} {row.regime} {row.unit}"
                found[name] = found.get(name, Decimal(0)) + row.tax
    return {name: f"{total:f}" for name, total in found.items()}


def spoken(found: dict[str, Any]) -> Iterator[str]:
    """Yield an explanation as lines of text."""
    for row in found["answers"]:
        head = " ".join(filter(None, (row["firm"], row["period"], row["regime"], row["tax_kind"])))
        yield f"{head}: {row['error'] or row['tax'] + ' ' + row['unit']}"
        for name in row["rules"]:
            rule = found["rules"][name]
            until = f"to {rule['valid_to']}" if rule["valid_to"] else "on"
            yield (
                f"  by {rule['law']}, {rule['clause']}; {name}, from {rule['valid_from']} {until},"
                f" known from {rule['known_from']}"
            )
        for step in row["steps"]:
            how = f" = {step['working']}" if step["working"] else ""
            yield f"  {step['name']}{how} = {step['value']}"
        if row["unverified"]:
            yield f"  unverified: {row['unverified']}"
    for name, total in found["due"].items():
        yield f"due, {name}: {total}"
    yield found["advice"]
