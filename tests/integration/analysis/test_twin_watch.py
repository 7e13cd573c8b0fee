"""``twin watch``: the table of a car in, a table of onsets out."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.adapters.table_files import read_table, write_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.core.errors import Refused
from cellchain.science.warning.fleet import DAY_S, REALISTIC, Make, Short, simulated
from cellchain.services.analysis.protocols import watch as protocol
from cellchain.services.analysis.report import markdown
from cellchain.services.analysis.table import Table, Texts
from cellchain.services.analysis.watch import CURRENT, TIME, Battery, begun, watched
from tests.conformance.shared import shared_data

CELLS = 12
MAKE = Make(cells=CELLS, days=28, period_s=120.0)


@pytest.fixture
def twin(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *words: run(Cellchain(), ["twin", *map(str, words)])


def columns(seed=8, ohms=40.0, make=MAKE):
    return car(make, seed, Short(cell=4, onset_s=12 * DAY_S, resistance_ohm=ohms))


def car(make, seed=8, short=None):
    """The columns of a simulated car."""
    made = simulated(make, REALISTIC, seed, short)
    begin = datetime(2026, 3, 20)  # noqa: DTZ001  # local
    times = [(begin + timedelta(seconds=one)).isoformat(" ", "seconds") for one in made.time_s]
    cells = {f"V_{n + 1}": made.voltage_v[:, n] for n in range(make.cells)}
    return {TIME: Texts.of(times), CURRENT: made.current_a, **cells}


CAR = Table(columns())


def rows(table):
    cells = [one.cells() if isinstance(one, Texts) else map(repr, one.tolist())
             for one in table.columns.values()]  # fmt: skip
    return list(zip(*cells, strict=True))


def said(table, **battery):
    return watched(table, begun(table), battery=Battery(**battery))


WHOLE = rows(said(CAR))


def test_a_leak_is_told_of_with_its_size(tmp_path, twin, capsys):
    write_table(tmp_path / "car.csv.zip", CAR)
    assert twin("watch", "--in", "car.csv.zip", "--capacity-ah", 150, "--out", "told.csv") == 0
    assert "1 alarms, 0 notices" in capsys.readouterr().out
    told = read_table(tmp_path / "told.csv")
    assert told.names == ("time", "cell", "kind", "severity", "score", "leak_ma", "reason")
    ((time, cell, kind, severity, _, leak, reason),) = rows(told)
    assert (cell, kind, severity) == ("V_5", "drift", "alarm")
    assert "2026-04-01" < time < "2026-04-08"
    assert float(leak) == pytest.approx(3.7e3 / 40.0, rel=0.4)
    assert "V_5 sinks" in reason
    assert "as a leak of" in reason


def test_without_capacity_there_is_no_leak_and_without_current_the_row_says_so():
    assert WHOLE[0][5] == "nan"
    without = Table({name: one for name, one in CAR.columns.items() if name != CURRENT})
    (told,) = rows(said(without))
    assert told[1:4] == WHOLE[0][1:4]
    assert "no current was given" in told[-1]


def test_ends_of_charges_are_counted_in_the_reason_with_the_rate_of_false_alarms():
    charged = Table(columns(make=replace(MAKE, charges=1.0, period_s=60.0)))
    (told,) = rows(said(charged))
    assert told[1:3] == ("V_5", "drift")
    assert re.search(r"days with data and \d+ ends of charges\)", told[-1])
    assert "false alarms of simulated cars: 0.17 a car-year" in told[-1]
    assert rows(said(Table({**charged.columns, CURRENT: -charged.numbers(CURRENT)}))) == [told]


def warmed(offset_c=0.0):
    dice = np.random.default_rng(1)
    probes_c = 25.0 + np.tile(np.arange(5.0), (CAR.rows, 1)) + dice.normal(size=(CAR.rows, 5))
    probes_c[(np.arange(CAR.rows) > CAR.rows // 3), 3] += 6.0
    probes_c[:, 1] = np.nan
    probes = {f"T_{n}": np.round(probes_c[:, n] + offset_c) for n in range(5)}
    return Table({**CAR.columns, **probes})


@settings(max_examples=5, deadline=None)
@given(st.integers(0, CAR.rows), st.integers(0, 99))
def test_temperatures_are_evidence_beside_the_same_alarm(stop, seed):
    notice, alarm = rows(said(warmed()))
    assert notice[1:4] == ("T_1", "sensor", "notice")
    assert "trust its temperature" in notice[-1]
    assert alarm[:6] == WHOLE[0][:6]
    assert alarm[-1].startswith(WHOLE[0][-1] + "; T_3 has run ")
    early = rows(said(warmed().taken(np.arange(stop))))
    assert early == [notice, alarm][: len(early)]
    shuffled = np.random.default_rng(seed).permutation(CAR.rows)
    assert rows(said(warmed().taken(shuffled))) == [notice, alarm]


@pytest.mark.parametrize("offset_c", [50.0, 273.15, np.nan, np.inf, -100.0])
def test_temperatures_that_are_no_degrees_celsius_are_left_out_with_a_reason(offset_c):
    (alarm,) = rows(said(warmed(offset_c)))
    assert alarm[:6] == WHOLE[0][:6]
    assert "temperatures are left out" in alarm[-1]


def test_a_probe_of_the_state_may_not_be_missing():
    vehicle = begun(warmed())
    with pytest.raises(Refused, match="T_0 is in one only"):
        watched(CAR, vehicle, battery=Battery())


def test_a_current_of_the_other_sign_is_the_same():
    turned = Table({**CAR.columns, CURRENT: -CAR.numbers(CURRENT)})
    assert rows(said(turned)) == WHOLE


@settings(max_examples=10, deadline=None)
@given(st.integers(0, CAR.rows), st.integers(0, 99))
def test_no_future_no_order_no_double(stop, seed):
    early = rows(said(CAR.taken(np.arange(stop))))
    assert early == WHOLE[: len(early)]
    doubled = np.concatenate([np.arange(CAR.rows), np.arange(0, CAR.rows, 7)])
    shuffled = np.random.default_rng(seed).permutation(doubled)
    assert rows(said(CAR.taken(shuffled))) == WHOLE


def test_a_state_carries_on(tmp_path, twin):
    told = []
    for part, some in enumerate(np.array_split(np.arange(CAR.rows), 4)):
        write_table(tmp_path / "part.parquet", CAR.taken(some))
        assert twin("watch", "--in", "part.parquet", "--state", "s", "--out", f"{part}.npz") == 0
        told += rows(read_table(tmp_path / f"{part}.npz"))
    assert [one[:4] for one in told] == [one[:4] for one in WHOLE]
    assert [one[4] for one in told] == [one[4] for one in WHOLE]
    assert (tmp_path / "s").stat().st_size < 1_000_000
    assert twin("watch", "--in", "part.parquet", "--state", "s", "--out", "again.csv") == 1


def header(cells=2):
    return f"{TIME},{CURRENT}," + ",".join(f"V_{n}" for n in range(1, cells + 1)) + "\n"


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("V_1,V_2\n3,3\n", "table.column"),
        (f"{TIME},V_1\n2026-01-01 00:00:00,3.7\n", "watch.cells"),
        (f"{TIME},U1,U2\n2026-01-01 00:00:00,3.7,3.7\n", "watch.cells"),
        (header() + "2026-01-01 00:00:00,0,3700,3701\n", "watch.unit"),
        (header() + "2026-01-01 00:00:00,,3.7,3.7\n", "watch.current"),
        (f"{TIME},V_1,V_2,T_1\n2026-01-01 00:00:00,3,3,warm\n", "table.not_a_number"),
        (header() + "2026-01-01 00:00:00,0,3.7,x\n", "table.not_a_number"),
        (header() + "yesterday,0,3.7,3.7\n", "watch.time"),
        (header() + ",0,3.7,3.7\n", "watch.time"),
        (f"{TIME},V_1,V_1\n2026-01-01 00:00:00,3,3\n", "table.twice"),
    ],
)
def test_a_table_that_cannot_be_watched_is_refused(tmp_path, twin, capsys, table, code):
    (tmp_path / "t.csv").write_text(table)
    assert twin("watch", "--in", "t.csv", "--out", "out.csv") in (1, 2)
    assert code in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--capacity-ah", "0"), "watch.battery"),
        (("--ocv-slope-v", "nan"), "watch.battery"),
        (("--rest-a", "-1"), "watch.setting"),
        (("--state", "t.csv"), "watch.state_form"),
    ],
)
def test_settings_and_states_that_are_none_are_refused(tmp_path, twin, capsys, words, code):
    (tmp_path / "t.csv").write_text(header() + "2026-01-01 00:00:00,0,3.7,3.7\n")
    assert twin("watch", "--in", "t.csv", "--out", "out.csv", *words) in (1, 2)
    assert code in capsys.readouterr().err


def test_the_state_of_another_pack_is_refused(tmp_path, twin, capsys):
    (tmp_path / "two.csv").write_text(header(2) + "2026-01-01 00:00:00,0,3.7,3.7\n")
    (tmp_path / "three.csv").write_text(header(3) + "2026-01-02 00:00:00,0,3.7,3.7,3.7\n")
    assert twin("watch", "--in", "two.csv", "--state", "s", "--out", "out.csv") == 0
    assert twin("watch", "--in", "three.csv", "--state", "s", "--out", "out.csv") == 1
    assert "watch.state_cells" in capsys.readouterr().err


def test_the_state_of_an_earlier_version_is_refused(tmp_path, twin, capsys):
    (tmp_path / "two.csv").write_text(header(2) + "2026-01-01 00:00:00,0,3.7,3.7\n")
    assert twin("watch", "--in", "two.csv", "--state", "s", "--out", "out.csv") == 0
    with np.load(tmp_path / "s") as file:
        kept = dict(file)
    with (tmp_path / "s").open("wb") as sink:
        np.savez(sink, **(kept | {"version": np.array([1])}))
    assert twin("watch", "--in", "two.csv", "--state", "s", "--out", "out.csv") == 1
    assert "watch.state_version" in capsys.readouterr().err


@pytest.mark.parametrize(
    "lines",
    ["", "2026-01-01 00:00:00,0,3.7,3.7\n", "2026-01-01 00:00:00,0,,\n",
     "2026-01-01 00:00:00,0,inf,-inf\n2026-01-02 00:00:00,0,nan,3.7\n"],
)  # fmt: skip
def test_hardly_a_row_says_nothing(tmp_path, twin, lines):
    (tmp_path / "t.csv").write_text(header() + lines)
    assert twin("watch", "--in", "t.csv", "--out", "out.csv") == 0
    assert read_table(tmp_path / "out.csv").rows == 0


def test_a_template_is_empty(tmp_path, twin):
    assert twin("watch", "--template", "--out", "empty.csv") == 0
    assert read_table(tmp_path / "empty.csv").names == (TIME, CURRENT, "V_1", "V_2")
    assert twin("watch", "--out", "other.csv") == 2


def test_the_protocol_prints_goal_naive_and_interval(monkeypatch):
    for name, value in {"CARS": 1, "PLANTED": 2, "OHMS": (300.0, 100.0),
                        "_YEAR": MAKE, "_TRIAL": MAKE}.items():  # fmt: skip
        monkeypatch.setattr(protocol, name, value)
    steps = []
    text = markdown(protocol.evaluated({"one": CAR}, progress=lambda *one: steps.append(one)))
    assert steps[-1] == (12, 12)
    assert "| 100 | planted | 2 | 2 |" in text
    assert "naive" in text
    assert "95 % (Poisson)" in text
    assert "V_5 sinks" in text


def test_naive_sums_are_those_of_the_formula():
    residual_v = np.zeros((10, 5))
    residual_v[8:, 2] = -0.015
    assert protocol.naive_sums(residual_v)[:, 2].tolist()[7:] == pytest.approx([0.0, 9.0, 18.0])


def test_onsets_count_after_quiet_days_alone():
    score = np.zeros((20, 1))
    score[[2, 3, 8, 18]] = 9.0
    assert protocol.onsets(score, 6.5) == 2


@pytest.mark.parametrize(
    ("car", "alarms"), [("ev_field_car1", set()), ("ev_field_car2", {("V_82", "drift")})]
)
def test_field_cars_alarm_as_the_model_card_says(car, alarms):
    table = read_table(shared_data("health", f"{car}.csv.zip"), texts=[TIME])
    told = rows(said(table))
    assert {one[1:3] for one in told if one[3] == "alarm"} == alarms


def test_a_row_earlier_than_the_state_is_refused():
    vehicle = begun(CAR)
    watched(CAR, vehicle, battery=Battery())
    with pytest.raises(Refused, match=r"watch\.order"):
        watched(CAR, vehicle, battery=Battery())
