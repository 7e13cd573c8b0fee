"""Every tax that is worked out by hand on the page, against the code, to the cent."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache
from pathlib import Path

import pytest

from cellchain.services.tax.rulebook import every_rule
from tests.unit.services.tax.asking import asked, by_key

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "tax_examples.md"
HEAD = re.compile(r"## (\S+), known on (\S+)")
TOLD = re.compile(r"    (\S+,.*)")
LINE = re.compile(r"\| (\w+) \| (\S+) \| (\w+) \| (\w+) \| ([^|]+) \| (-?[\d.]+) \|")
WORKING = re.compile(r"[-0-9.()+*/ ]+")
MOST_SENSITIVE = Decimal("0.01")


def sections():
    found = []
    for line in PAGE.read_text("utf-8").splitlines():
        if head := HEAD.fullmatch(line):
            found.append((head[1], date.fromisoformat(head[2]), [], []))
        elif told := TOLD.fullmatch(line):
            found[-1][2].append(told[1])
        elif one := LINE.fullmatch(line):
            found[-1][3].append(one.groups())
    return found


SECTIONS = sections()
EXAMPLES = [
    pytest.param(place, line, id=f"{place}-{'-'.join(line[:4])}")
    for place, section in enumerate(SECTIONS)
    for line in section[3]
]


@cache
def answered(place):
    _, on, told, _ = SECTIONS[place]
    return by_key(asked(*told, on=on))


def worked_out(working):
    plain = working.replace("×", "*").replace("÷", "/").replace("−", "-")
    assert WORKING.fullmatch(plain)
    exact = re.sub(r"[0-9.]+", lambda number: f"Decimal('{number[0]}')", plain)
    with localcontext(prec=60):
        return eval(exact, {"Decimal": Decimal}).quantize(MOST_SENSITIVE, ROUND_HALF_UP)


def test_the_page_has_what_it_promises():
    lines = [one for one in PAGE.read_text("utf-8").splitlines() if one.startswith("| ")]
    assert len(EXAMPLES) == len(lines) - len(SECTIONS)  # the head of each table


@pytest.mark.parametrize(("place", "line"), EXAMPLES)
def test_each_tax_is_what_its_working_gives(place, line):
    *key, working, tax = line
    assert worked_out(working) == Decimal(tax)
    row = answered(place)[tuple(key)]
    assert row["error"] is None
    assert Decimal(row["tax"]) == Decimal(tax)
    assert row["law"]
    assert row["trace"]


def test_every_rule_has_three_examples_or_says_that_it_is_unverified():
    cited = Counter()
    for place, (_, _, _, lines) in enumerate(SECTIONS):
        for *key, _, _ in lines:
            cited.update((answered(place)[tuple(key)]["rule"] or "").split("; "))
    few = {
        one.id for one in every_rule() if not (one.lacks or one.unverified) and cited[one.id] < 3
    }
    assert few == set()


def test_every_edge_of_a_band_is_worked_out():
    lines = {(section[0], line[0]) for section in SECTIONS for line in section[3]}
    for one in every_rule():
        for place, (_, nominal, _) in enumerate(one.bands, 1):
            assert not nominal or (one.id, f"edge{place}") in lines
