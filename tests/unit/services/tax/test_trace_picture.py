"""A tax step by step: from the base to the cent, by the law that is cited."""

from __future__ import annotations

from datetime import date

from cellchain.services.analysis.table import Table, Texts
from cellchain.services.tax.effective import COLUMNS, effective
from cellchain.services.tax.trace_picture import STEPS_MAX, TRACES_MAX, traced


def answer(**cells):
    row = dict.fromkeys(COLUMNS, "") | {"role": "due", "tax": "1.00", "trace": "x = 1"} | cells
    return Table({name: Texts.of([cell or None]) for name, cell in row.items()})


def firm(months):
    rows = [("A", f"2025-{n + 1:02}", "BR", "revenue", "10000.50", "BRL", "industry")
            for n in range(months)]  # fmt: skip
    head = ("firm", "month", "jurisdiction", "item", "amount", "unit", "activity")
    columns = zip(head, zip(*rows, strict=True), strict=True)
    return Table({name: Texts.of(cells) for name, cells in columns})


def test_the_steps_lead_from_the_base_over_the_rate_to_the_tax():
    # annex II, band 1: 10000.50 x 0.045 = 450.0225, to the cent 450.02
    first = traced(effective(firm(1), date(2026, 11, 30))).traces[0]
    assert (first.steps[0].name, first.steps[0].value) == ("base", "10000.50 BRL")
    assert (first.steps[1].name, first.steps[1].value) == ("rate", "0.045")
    last = first.steps[-1]
    assert (last.name, last.working, last.value) == ("tax", "to the cent, half up", "450.02 BRL")
    assert first.title == "A, 2025-01, simples nacional, DAS: 450.02 BRL"
    assert "LC 123/2006" in first.law


def test_what_is_seen_is_said():
    found = traced(effective(firm(1), date(2026, 11, 30)))
    assert found.said.startswith("A, 2025-01, simples nacional, DAS: 450.02 BRL, by LC 123/2006")


def test_so_many_taxes_with_so_many_steps_are_drawn():
    assert len(traced(effective(firm(12), date(2026, 11, 30))).traces) == TRACES_MAX
    long = traced(answer(trace="; ".join(["a = 1"] * 1000))).traces[0]
    assert len(long.steps) == STEPS_MAX + 1


def test_texts_of_strangers_are_cut_and_cannot_hide():
    found = traced(answer(firm="<b>" + "x" * 9_999, law="y" * 9_999, trace="\u202e\x00 = z = 1"))
    (trace,) = found.traces
    assert len(trace.title) < 100
    assert len(trace.law) <= 300
    assert trace.steps[0].name == "  "
    assert len(found.said) < 500


def test_where_nothing_was_worked_out_nothing_is_drawn():
    assert traced(answer(tax="")) is None
    assert traced(answer(role="part")) is None
