"""Two real cars: every row arrives exactly, once, and can be proved."""

import csv
import io
import zipfile
from fractions import Fraction
from itertools import pairwise

import pytest

from cellchain.adapters.telemetry.csv_source import boot_of
from cellchain.adapters.telemetry.query import readings
from cellchain.core.time import parse_time
from cellchain.services.gateway.evidence import audit, find_readings
from cellchain.services.gateway.format import shipped_format
from cellchain.services.gateway.window import StreamName
from tests.conformance.shared import shared_data
from tests.integration.telemetry.given import BATTERY, Home

CARS = {
    "ev_field_car1": {"rows": 66_666, "channels": 129, "windows": 20, "repeats": 6, "same": 0},
    "ev_field_car2": {"rows": 14_385, "channels": 118, "windows": 90, "repeats": 1, "same": 1},
}


@pytest.fixture(params=CARS, scope="module")
def car(request, tmp_path_factory):
    path = shared_data("health", f"{request.param}.csv.zip")
    home = Home(tmp_path_factory.mktemp(request.param))
    stream = StreamName(device="gw", battery=BATTERY, boot=boot_of(path))
    how = {"mapping": shipped_format("ev-field"), "readings_max": 3600, "stream": stream}
    summary = home.load(path, **how)
    return path, home, summary, CARS[request.param], how


def cells(path):
    with zipfile.ZipFile(path) as archive:
        (name,) = archive.namelist()
        return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


def exact(column, cell):
    if column.startswith("V_"):
        return Fraction(cell) * 1000
    if column.startswith("T_"):
        return Fraction(cell) * 1000 + 273_150
    return {
        "BMSBatteryCurrent": Fraction(cell) * 1000,
        "vehBMSPackSOC": Fraction(cell) * 10_000,
        "vehOdo": Fraction(cell) * 1000,
        "vehSpeed": Fraction(cell) * 1000,
    }[column]


def test_every_row_is_there(car):
    _, home, summary, expected, _ = car
    assert (summary.rows, summary.rejected) == (expected["rows"], 0)
    assert summary.windows == len(home.ledger.windows()) == expected["windows"]
    store = home.store()
    assert sum(window.count for window in store.kept()) == expected["rows"]
    assert len(store.rows(store.kept()[0]).layout.channels) == expected["channels"]


def test_every_tenth_row_is_exact(car):
    path, home, _, _, how = car
    source = home.source(path, how["mapping"])
    table = readings(home.store(), BATTERY, from_ms=0, until_ms=2**50).sort_by("sequence")
    rows = cells(path)
    shift = 40_000 if "BMSWarningInformation" in rows[0] else 0
    taken = [p for p in source.plan.columns if p.column[:2] in ("V_", "T_") or p.column in
             ("BMSBatteryCurrent", "vehBMSPackSOC", "vehOdo", "vehSpeed")]  # fmt: skip
    for planned in taken:
        column = table[planned.channel.name].to_pylist()[::10]
        less = shift if planned.column.startswith("T_") else 0
        assert column == [exact(planned.column, row[planned.column]) - less for row in rows[::10]]
    times = [parse_time(row["tboxTime"].replace(" ", "T") + "+08:00") for row in rows]
    assert table["time_ms"].to_pylist() == times


def test_the_probes_agree_with_what_the_car_says_is_their_greatest(car):
    _, home, *_ = car
    table = readings(home.store(), BATTERY, from_ms=0, until_ms=2**50)
    probes = [n for n in table.column_names if n.startswith("temperature_") and n[12].isdigit()]
    greatest = [max(row) for row in zip(*(table[n].to_pylist() for n in probes), strict=True)]
    stated = table["temperature_max_mk"].to_pylist()
    assert max(abs(a - b) for a, b in zip(greatest, stated, strict=True)) <= 2000


def test_again_adds_nothing_and_the_audit_finds_nothing(car):
    path, home, _, expected, how = car
    again = home.load(path, **how)
    assert (again.rows, again.windows, again.already) == (0, 0, expected["rows"])
    assert list(audit(home.store(), home.ledger.window)) == []


def test_seconds_that_repeat_keep_both_rows(car):
    _, home, _, expected, _ = car
    table = readings(home.store(), BATTERY, from_ms=0, until_ms=2**50)
    times = table["time_ms"].to_pylist()
    twice = sorted({a for a, b in pairwise(times) if a == b})
    pairs = [
        find_readings(home.store(), BATTERY, from_ms=time_ms, until_ms=time_ms + 1000)
        for time_ms in twice
    ]
    assert [len(pair) for pair in pairs] == [2] * expected["repeats"]
    assert sum(one.values == other.values for one, other in pairs) == expected["same"]
