"""The page of workings: its tables, worked out anew, and its files."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "footprint_examples.md"
ROW = re.compile(r"\| ([\w .]+?) \| (\w+) \| ([-0-9.()+×÷− ]+) \| (-?[0-9.]+) \|")
WORKING = re.compile(r"[-0-9.()+*/ ]+")


def section(title):
    text = PAGE.read_text("utf-8")
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


def file_of(title):
    return re.search(r"```\w+\n(.*?)```", section(title), re.DOTALL)[1].encode()


def rows_of(title):
    """Return who, what, the working in exact fractions, and the value that the page gives."""
    lines = [one for one in section(title).splitlines() if one.startswith("| ")][1:]
    found = [ROW.fullmatch(line) for line in lines]
    assert found
    assert all(found), [line for line, row in zip(lines, found, strict=True) if not row]
    return [(row[1], row[2], worked_out(row[3]), row[4]) for row in found]


def worked_out(working):
    plain = working.replace("×", "*").replace("÷", "/").replace("−", "-")
    assert WORKING.fullmatch(plain)
    exact = re.sub(r"[0-9.]+", lambda number: f"Fraction('{number[0]}')", plain)
    return eval(exact, {"Fraction": Fraction})
