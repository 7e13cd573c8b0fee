"""Whatever rows say: a table, or a named refusal; never a traceback, never a tax of nothing."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.services.tax.effective import effective
from cellchain.services.tax.explained import Narrowed, explained
from cellchain.services.tax.futures import Asked
from cellchain.services.tax.items import ITEMS
from cellchain.services.tax.regime import chosen
from tests.unit.services.tax.asking import ON, asked, table

AMOUNTS = st.sampled_from(["0", "0.01", "1", "99999.99", "400000", "999999999999999.99", "0.5"])
MONTHS = st.sampled_from(
    ["2018-01", "2024-12", "2025-01", "2025-02", "2026-05", "2027-01", "2040-12"]
)
DAYS = st.dates(date(2016, 1, 1), date(2030, 1, 1))
TEXT = st.text(max_size=5)


@st.composite
def row(draw):
    """A row that is right, but for a cell sometimes."""
    jurisdiction = draw(st.sampled_from(sorted(ITEMS)))
    item = draw(st.sampled_from(sorted(ITEMS[jurisdiction])))
    kind = ITEMS[jurisdiction][item]
    activity = draw(st.sampled_from(kind.activities)) if kind.activities else ""
    sign = draw(st.sampled_from(("", "-"))) if kind.signed else ""
    cells = [draw(st.sampled_from("AB=")), draw(MONTHS), jurisdiction, item,
             sign + draw(AMOUNTS), kind.unit, activity]  # fmt: skip
    if draw(st.integers(0, 30)) == 0:
        cells[draw(st.integers(0, 6))] = draw(TEXT)
    return tuple(cells)


@settings(max_examples=150, deadline=None)
@given(st.lists(row(), min_size=1, max_size=12, unique_by=lambda one: (*one[:4], one[6])), DAYS)
def test_rows_are_answered_or_refused(cells, on):
    with suppress(Refused):
        found = effective(table(cells), on)
        for one in found.plain(0, found.rows):
            assert (one["tax"] is None) is (one["error"] is not None)
            if one["tax"] is not None:
                assert Decimal(one["tax"]).is_finite()
                assert one["law"]
                assert one["trace"]
        explained(table(cells), on, Narrowed())
    with suppress(Refused):
        chosen(table(cells), Asked(on=on, draws=10))


@settings(max_examples=30, deadline=None)
@given(st.integers(-(10**9), 10**9), st.integers(0, 10**8))
def test_more_profit_is_not_less_tax(cents, more):
    def due(profit):
        told = f"{Decimal(profit) / 100:.2f}"
        answer = asked("A,2025-01..2025-03,BR,revenue,1,BRL,industry",
                       f"A,2025-01..2025-03,BR,profit,{told},BRL,", on=ON)  # fmt: skip
        return sum(Decimal(one["tax"]) for one in answer if one["period"] == "2025-Q1"
                   and one["regime"] == "lucro_real" and one["role"] == "due")  # fmt: skip

    assert due(cents) <= due(cents + more)
