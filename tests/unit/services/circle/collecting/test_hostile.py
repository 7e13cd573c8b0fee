"""Whatever stands in a file, both readers answer with a day or a named refusal."""

from __future__ import annotations

import json
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.services.circle.collecting.day_clashes import check_day
from cellchain.services.circle.collecting.day_file import TEMPLATE, DayFiles, read_day
from cellchain.services.circle.collecting.first_trips import first_trips
from cellchain.services.circle.collecting.task import task_of
from cellchain.services.circle.plan_check.day_facts import day_facts_of
from cellchain.services.circle.plan_check.day_judging import day_judged
from tests.unit.services.circle.collecting.days import STAR, day, lorry, stop

NASTY = (
    "0", "-1", "nan", "inf", "-inf", "1e308", "1e-308", "true", "[]", "{}", '""', '"47:59"',
    '"48:00"', '"-1:00"', '"' + "9" * 3_000 + ':00"', "9" * 18, "1979-05-27", '"yard"', '["x"]',
)  # fmt: skip
CELLS = ("", "0", "-1", "nan", "1e999", "1_0", "9" * 900, "x", "yard", "=1+1", '"', "A", "\u202e")
PLAN = {
    "cost": 1, "feasible": True,
    "routes": [{"vehicle_type": 1, "start_depot": 1, "end_depot": 1, "trips": [[3], [2]]}],
}  # fmt: skip


def both_answer(files):
    with suppress(Refused):
        task = task_of(read_day(files))
        check_day(task)
        first_trips(task, lambda: True)
    with suppress(Refused):
        facts = day_facts_of(files.day, files.stops, files.lorries, files.distances)
        day_judged(json.dumps(PLAN).encode(), facts)


@given(st.data())
@settings(max_examples=150)
def test_a_value_of_the_toml(data):
    lines = TEMPLATE.splitlines()
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.sampled_from([n for n, line in enumerate(lines) if "=" in line]))
        lines[place] = f"{lines[place].partition('=')[0]}= {data.draw(st.sampled_from(NASTY))}"
    both_answer(DayFiles("\n".join(lines).encode()))


@given(st.data())
@settings(max_examples=100)
def test_a_cell_of_the_roads(data):
    rows = [line.split(",") for line in STAR.splitlines()]
    row = data.draw(st.sampled_from(rows))
    row[data.draw(st.integers(0, 4))] = data.draw(st.sampled_from(CELLS))
    sheet = "\n".join(",".join(one) for one in rows).encode()
    both_answer(DayFiles(day(lorry(), stop("a"), stop("b")), distances=sheet))


@given(st.binary(max_size=60), st.sampled_from(["stops", "lorries", "distances"]))
@settings(max_examples=60)
def test_bytes_as_a_sheet(data, name):
    both_answer(DayFiles(TEMPLATE.encode(), **{name: data}))
