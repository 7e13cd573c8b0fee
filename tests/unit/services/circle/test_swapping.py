"""Stations as they are told, searches, and what is refused."""

from __future__ import annotations

import re

import numpy as np
import pytest

from cellchain.core.errors import Refused
from cellchain.services.circle.swapping import swapped
from cellchain.services.circle.swapping_station import example, parse_station

TEXT = (
    example().decode().replace("replicates = 10", "replicates = 3").replace("days = 2", "days = 1")
)
ALONE = TEXT[: TEXT.index("# Left out")]


def figures(answer, design="told"):
    table = answer.figures
    texts = (table.texts(one).cells() for one in ("design", "figure"))
    numbers = (table.numbers(one).tolist() for one in ("value", "lo", "hi"))
    rows = zip(*texts, *numbers, strict=True)
    return {name: tuple(values) for which, name, *values in rows if which == design}


def changed(*pairs, text=ALONE):
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return parse_station(text.encode())


def test_every_figure_has_an_interval_that_holds_it():
    found = figures(swapped(parse_station(ALONE.encode()), 1))
    assert len(found) == 18
    for value, low, high in found.values():
        assert low - 1e-9 <= value <= high + 1e-9
    assert found["energy_cost_per_day"][0] == pytest.approx(
        found["energy_per_day"][0] * found["cost_per_kwh"][0], rel=0.01
    )
    assert found["peak_power"][0] <= 7 * 50
    assert 0 < found["bay_use"][0] < 1


def test_energy_by_hand():
    spec = changed(
        ("low = 0.05, mode = 0.2, high = 0.5", "low = 0.4, mode = 0.4, high = 0.4"),
        ("low = 0.78, mode = 0.9, high = 0.98", "low = 0.9, mode = 0.9, high = 0.9"),
        ("queue_limit = 4", "queue_limit = 1000"),
        ("count = 7", "count = 50"), ("count = 14", "count = 200"),
    )  # fmt: skip
    found = figures(swapped(spec, 4))
    each = 60 * 0.9 * 0.5 / 0.93
    assert found["energy_per_day"][0] == pytest.approx(found["cars_per_day"][0] * each, rel=0.02)


def test_the_same_seed_gives_the_same_bits():
    spec = parse_station(ALONE.encode())
    first, second, other = (figures(swapped(spec, seed)) for seed in (7, 7, 8))
    assert first == second
    assert first != other


def test_a_search_finds_the_least_that_meets_the_target():
    spec = changed(
        ("batteries = [8, 22]", "batteries = [6, 14]"), ("chargers = [4, 10]", "chargers = [5, 7]"),
        ("late_share = 0.05", "late_share = 0.2"), text=TEXT,
    )  # fmt: skip
    answer = swapped(spec, 1)
    table = answer.designs
    rows = {
        (int(b), int(c)): (late, bool(meets), bool(front), cost)
        for b, c, late, meets, front, cost in zip(
            *(table.numbers(one).tolist() for one in
              ("batteries", "chargers", "late_hi", "meets", "frontier", "cost_per_day")),
            strict=True,
        )
    }  # fmt: skip
    front = {key: row for key, row in rows.items() if row[2]}
    assert front
    for (batteries, chargers), row in front.items():
        assert row[0] <= 0.2
        if batteries > 6:
            fewer = parse_station(
                ALONE.replace("count = 14", f"count = {batteries - 1}")
                .replace("count = 7", f"count = {chargers}")
                .replace("late_share = 0.05", "late_share = 0.2").encode()
            )  # fmt: skip
            assert not swapped(fewer, 1).told["meets_target"]
    advised = answer.told["advised"]
    cheapest = min(front, key=lambda one: front[one][3])
    assert (advised["batteries"], advised["chargers"]) == cheapest
    assert figures(answer, "advised")["batteries"][0] == cheapest[0]
    again, seen = figures(answer, "advised on other cars"), figures(answer, "advised")
    assert again["batteries"] == seen["batteries"]
    assert again["cars_per_day"] != seen["cars_per_day"]
    assert advised["late_share_hi_on_other_cars"] == again["late_share"][2]


def test_without_costs_the_fewest_batteries_are_advised():
    spec = changed(
        ("battery_cost_per_day = 4.5\ncharger_cost_per_day = 9\n", ""),
        ("batteries = [8, 22]", "batteries = [12, 14]"),
        ("chargers = [4, 10]", "chargers = [7, 8]"),
        ("late_share = 0.05", "late_share = 0.3"), text=TEXT,
    )  # fmt: skip
    answer = swapped(spec, 1)
    table = answer.designs
    front = table.numbers("frontier") == 1
    assert answer.told["advised"]["batteries"] == table.numbers("batteries")[front].min()
    assert np.isnan(table.numbers("cost_per_day")).all()


def test_where_nothing_meets_the_target_that_is_said():
    spec = changed(
        ("batteries = [8, 22]", "batteries = [1, 2]"), ("chargers = [4, 10]", "chargers = [1, 1]"),
        text=TEXT,
    )  # fmt: skip
    answer = swapped(spec, 1)
    assert answer.told["advised"] is None
    assert answer.designs.numbers("frontier").sum() == 0
    assert set(answer.figures.texts("design").labels) == {"told"}


def test_a_small_fleet_is_told_as_absent():
    found = figures(swapped(changed(("fleet = 600", "fleet = 1")), 1))
    assert found["absent_share"][0] > 0
    assert found["left_share"][0] > 0


def test_hours_add_up_to_days():
    answer = swapped(parse_station(ALONE.encode()), 2)
    found = figures(answer)
    assert answer.hours.numbers("cars").sum() == pytest.approx(found["cars_per_day"][0])
    assert answer.hours.numbers("energy_kwh").sum() == pytest.approx(found["energy_per_day"][0])
    week = changed(("warm_up_hours = 24", "warm_up_hours = 5"))
    assert swapped(week, 2).hours.rows == 24


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("per_hour = [1, ", "per_hour = ["),
        ("per_hour = [1, ", "per_hour = [-1, "),
        ("per_hour = [1, ", "per_hour = [nan, "),
        ("per_kwh = [0.14, ", "per_kwh = ["),
        ("soc = { low = 0.05, mode = 0.2", "soc = { low = 0.25, mode = 0.2"),
        ("soc = { low = 0.05", "soc = { low = 5"),
        ("queue_limit = 4", "queue_limit = -1"),
        ("queue_limit = 4\n", ""),
        ("count = 14", "count = 0"),
        ("count = 14", "count = 1.5"),
        ("count = 14", "count = 1000000"),
        ("power_kw = 50", "power_kw = 0"),
        ("power_kw = 50", "power_kw = inf"),
        ("efficiency = 0.93", "efficiency = 93"),
        ("ready_soc = 0.9", "ready_soc = 90"),
        ('dispatch = "healthiest"', 'dispatch = "best"'),
        ("replicates = 3", "replicates = 1"),
        ("level = 0.95", "level = 1"),
        ("late_share = 0.05", "late_share = 5"),
        ("wait_minutes = 5", "wait_minutes = -5"),
        ('title = "Two bays in a town"', 'title = ""'),
        ("[bays]", "[bay]"),
        ("batteries = [8, 22]", "batteries = [22, 8]"),
        ("chargers = [4, 10]", "chargers = [0, 10]"),
        ("battery_cost_per_day = 4.5\n", ""),
        ("battery_cost_per_day = 4.5", "battery_cost_per_day = -1"),
    ],
)
def test_stations_that_cannot_be(old, new):
    assert old in TEXT
    with pytest.raises(Refused) as caught:
        parse_station(TEXT.replace(old, new).encode())
    assert caught.value.code == "swap.station"


def test_work_without_end_is_refused():
    with pytest.raises(Refused) as caught:
        changed(("days = 1", "days = 366"), ("replicates = 3", "replicates = 1000"))
    assert caught.value.code == "swap.size"
    with pytest.raises(Refused):
        parse_station(re.sub(r"per_hour = .*", f"per_hour = {[0] * 24}", ALONE).encode())
    with pytest.raises(Refused) as caught:
        swapped(parse_station(ALONE.encode()), -1)
    assert caught.value.code == "swap.seed"


def test_where_nobody_comes_nothing_is_told():
    few = re.sub(r"per_hour = .*", f"per_hour = {[0.0001] * 24}", ALONE)
    with pytest.raises(Refused) as caught:
        swapped(parse_station(few.encode()), 1)
    assert caught.value.code == "swap.nobody"
    week = re.sub(r"per_hour = .*", f"per_hour = {[1] * 168}", ALONE)
    cars = swapped(parse_station(week.encode()), 1).hours.numbers("cars")
    assert np.isnan(cars).sum() == 168 - 24
