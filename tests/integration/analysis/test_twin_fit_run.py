"""``twin fit`` and ``twin run``: drives in, a circuit out; rows in, where batteries stand out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.adapters.table_files import read_table, write_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.core.errors import Refused
from cellchain.services.analysis import circuit_fit, circuit_run
from cellchain.services.analysis.table import Table, Texts
from tests.unit.science.estimation.plants import (
    BIASED,
    CAPACITY_AH,
    Plant,
    aged,
    current,
    driven,
    open_circuit,
)

ANSWERS = ("soc", "soc_lo", "soc_hi", "capacity_ah", "resistance_ohm", "resistance_ohm_hi")


@pytest.fixture
def twin(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *words: run(Cellchain(), ["twin", *map(str, words)])


def together(*tables):
    whole = tables[0]
    for one in tables[1:]:
        whole = whole.above(one)
    return whole


def fit_drives():
    return together(
        *(
            driven(current(2.0, 7 + n), celsius=celsius, seed=n, battery=f"at {celsius}")[0]
            for n, celsius in enumerate((10.0, 30.0))
        )
    )


@pytest.fixture(scope="module")
def cell():
    return circuit_fit.fitted(fit_drives(), open_circuit(), CAPACITY_AH)


def changed(table, **columns):
    return Table({**table.columns, **columns})


def fleet_table():
    """Three batteries of different lengths, in turns."""
    tables = [
        driven(current(0.4 + 0.1 * n, 20 + n), soc=0.8, seed=n, sensors=BIASED, battery=f"b{n}")[0]
        for n in range(3)
    ]
    whole = together(*tables)
    return whole.taken(np.random.default_rng(4).permutation(whole.rows))


FLEET = fleet_table()


def answers(table, cell, **options):
    return circuit_run.filtered(table, cell, circuit_run.none_yet(), **options)[0]


def bits(table, rows=slice(None)):
    return [table.numbers(name)[rows].tobytes() for name in ANSWERS]


def test_the_circuit_is_found_and_survives_its_file(tmp_path, twin, capsys, cell):
    write_table(tmp_path / "drives.parquet", fit_drives())
    write_table(tmp_path / "ocv.csv", open_circuit())
    words = ("--in", "drives.parquet", "--ocv", "ocv.csv", "--capacity-ah", CAPACITY_AH)
    assert twin("fit", *words, "--out", "circuit.json", "--plot", "fit.png") == 0
    assert (tmp_path / "fit.png").read_bytes().startswith(b"\x89PNG")
    assert "mohm" in capsys.readouterr().out
    read = circuit_fit.parse((tmp_path / "circuit.json").read_bytes())
    assert circuit_fit.to_json(read) == circuit_fit.to_json(cell)
    assert read.resistance_ohm == pytest.approx(0.02, rel=0.05)
    assert read.tau_s == pytest.approx([20.0, 600.0], rel=0.5)
    assert read.activation_j_mol[0] == pytest.approx(20_000.0, rel=0.1)
    assert read.noise_v == pytest.approx(1e-3, rel=0.3)


def test_the_picture_shows_that_the_circuit_explains_its_drive(cell):
    drawn = circuit_fit.picture(fit_drives(), cell)
    assert (drawn.title, drawn.x_name) == ("The longest drive: at 10.0", "time_s")
    measured, circuit, rest = (np.array(one.y) for one in drawn.courses)
    assert np.sqrt(np.mean((measured - circuit) ** 2)) < 2.0 * np.hypot(cell.error_v, cell.noise_v)
    assert np.sqrt(np.mean((measured - rest) ** 2)) > 0.05
    assert measured[:5] == pytest.approx(rest[:5], abs=0.01)


def test_a_wrong_start_is_found_out_and_the_interval_holds(tmp_path, twin, cell):
    table, soc = driven(current(1.5, 31), soc=0.9, sensors=BIASED, battery="x")
    write_table(tmp_path / "drive.npz", table)
    (tmp_path / "circuit.json").write_bytes(circuit_fit.to_json(cell))
    words = ("--in", "drive.npz", "--params", "circuit.json", "--soc0", 0.6)
    assert twin("run", *words, "--out", "soc.csv") == 0
    told = read_table(tmp_path / "soc.csv", texts=["battery"])
    assert told.names == (
        *("battery", "time_s", "soc", "soc_lo", "soc_hi", "capacity_ah", "capacity_ah_lo"),
        *("capacity_ah_hi", "resistance_ohm", "resistance_ohm_lo", "resistance_ohm_hi"),
        *("level", "model", "reason"),
    )
    late = table.numbers("time_s") > 600.0
    error = (told.numbers("soc") - soc)[late]
    counted = 0.6 - np.cumsum(table.numbers("current_a")) * 2.0 / 3600.0 / CAPACITY_AH
    assert np.sqrt((error**2).mean()) < 0.015
    assert np.sqrt(((counted - soc)[late] ** 2).mean()) > 0.25
    held = (told.numbers("soc_lo") <= soc) & (soc <= told.numbers("soc_hi"))
    assert held[late].mean() > 0.8
    assert (told.numbers("soc_hi") - told.numbers("soc_lo"))[late].mean() < 0.1


def test_an_aged_cell_is_told_by_capacity_and_resistance(cell):
    old = aged(Plant(), capacity=0.9, times_ohm=1.3)
    drive = np.concatenate([current(1.6, 41), np.full(2000, -0.4 * CAPACITY_AH)] * 2)
    table, soc = driven(drive, soc=0.95, plant=old)
    told = answers(table, cell, soc0=0.8)
    texts = {"model", "reason"}
    last = {name: told.numbers(name)[-1] for name in told.names if name not in texts}
    assert last["capacity_ah"] == pytest.approx(0.9 * CAPACITY_AH, rel=0.03)
    assert last["capacity_ah_lo"] < 0.9 * CAPACITY_AH < last["capacity_ah_hi"]
    assert last["resistance_ohm"] == pytest.approx(1.3 * 0.02, rel=0.08)
    assert last["soc"] == pytest.approx(soc[-1], abs=0.02)


def test_without_a_start_the_first_voltage_says_it(cell):
    table, soc = driven(current(0.3, 51, rest_s=60.0), soc=0.7)
    told = answers(table, cell)
    assert told.numbers("soc")[0] == pytest.approx(0.7, abs=0.03)
    assert told.numbers("soc")[-1] == pytest.approx(soc[-1], abs=0.02)


def test_a_higher_level_is_wider(cell):
    narrow, wide = (answers(FLEET, cell, level=level) for level in (0.5, 0.95))
    assert (wide.numbers("soc_hi") >= narrow.numbers("soc_hi")).all()
    assert np.array_equal(wide.numbers("soc"), narrow.numbers("soc"))


@settings(max_examples=6, deadline=None)
@given(st.integers(1, FLEET.rows), st.integers(0, 99))
def test_no_future_no_neighbour(cell, stop, seed):
    whole = answers(FLEET, cell, soc0=0.6)
    time_s = FLEET.numbers("time_s")
    early = np.flatnonzero(time_s <= np.sort(time_s)[stop - 1])
    early = np.random.default_rng(seed).permutation(early)
    assert bits(answers(FLEET.taken(early), cell, soc0=0.6)) == bits(whole, early)
    alone = np.flatnonzero(np.array(FLEET.texts("battery").cells()) == f"b{seed % 3}")
    assert bits(answers(FLEET.taken(alone), cell, soc0=0.6)) == bits(whole, alone)


def test_a_state_carries_on(tmp_path, twin, cell):
    (tmp_path / "circuit.json").write_bytes(circuit_fit.to_json(cell))
    whole = answers(FLEET, cell, soc0=0.6)
    time_s = FLEET.numbers("time_s")
    for part, (low, high) in enumerate(((0, 500), (500, 1600), (1600, 1e9))):
        rows = np.flatnonzero((time_s >= low) & (time_s < high))
        write_table(tmp_path / "part.parquet", FLEET.taken(rows))
        words = ("--in", "part.parquet", "--params", "circuit.json", "--soc0", 0.6)
        assert twin("run", *words, "--state", "s", "--out", f"{part}.npz") == 0
        assert bits(read_table(tmp_path / f"{part}.npz")) == bits(whole, rows)
    assert twin("run", *words, "--state", "s", "--out", "again.csv") == 1


def test_rows_that_cannot_be_used_say_why_and_change_no_other(cell):
    table = driven(current(0.3, 61), battery="x")[0]
    rows = table.rows
    spoilt = {name: np.append(table.numbers(name), np.full(4, 1.0)) for name in
              ("time_s", "current_a", "voltage_v", "temperature_c")}  # fmt: skip
    spoilt["time_s"][rows:] = [101.0, 103.0, 105.0, 100.0]
    spoilt["voltage_v"][rows:] = [np.nan, 3600.0, np.inf, 3.6]
    spoilt["battery"] = Texts.of(["x"] * (rows + 4))
    told = answers(Table(spoilt), cell, soc0=0.9)
    assert told.texts("reason").cells()[rows:] == [
        "voltage_v is missing or not finite",
        "voltage_v is beyond what a cell can show",
        "voltage_v is missing or not finite",
        "a second row of this time",
    ]
    assert np.isnan(told.numbers("soc")[rows:]).all()
    assert bits(told, slice(rows)) == bits(answers(table, cell, soc0=0.9))


def test_what_is_not_excited_is_not_corrected_and_the_row_says_so(cell):
    table = driven(np.zeros(600), soc=0.5)[0]
    told = answers(table, cell, soc0=0.7)
    assert "too little charge has gone" in told.texts("reason").cells()[-1]
    assert "current has hardly changed" in told.texts("reason").cells()[-1]
    assert set(told.numbers("capacity_ah")) == {CAPACITY_AH}
    assert set(told.numbers("resistance_ohm")) == {cell.resistance_ohm}
    assert told.numbers("soc")[-1] == pytest.approx(0.5, abs=0.02)


def test_a_gap_makes_doubt(cell):
    table = driven(current(0.6, 71), soc=0.9)[0]
    time_s = table.numbers("time_s").copy()
    time_s[800:] += 4 * 3600.0
    told = answers(changed(table, time_s=time_s), cell, soc0=0.9)
    width = told.numbers("soc_hi") - told.numbers("soc_lo")
    assert width[800] > 1.5 * width[799]
    assert "no row for more than" in told.texts("reason").cells()[800]


def test_far_from_the_temperatures_of_the_fit_the_row_says_so(cell):
    told = answers(driven(current(0.4, 81), celsius=-15.0)[0], cell, soc0=0.9)
    usual = answers(driven(current(0.4, 81), celsius=20.0)[0], cell, soc0=0.9)
    assert "out of domain" in told.texts("reason").cells()[-1]
    wide, narrow = (one.numbers("soc_hi")[-1] - one.numbers("soc_lo")[-1] for one in (told, usual))
    assert wide > 1.5 * narrow


DRIVE = driven(current(0.5, 91), battery="x")[0]


def less(table, name):
    return Table({one: column for one, column in table.columns.items() if one != name})


REFUSED = [
    (less(DRIVE, "current_a"), "table.column"),
    (less(DRIVE, "temperature_c"), "table.column"),
    (changed(DRIVE, voltage_v=1e3 * DRIVE.numbers("voltage_v")), "twin.unit"),
    (changed(DRIVE, temperature_c=1.8 * DRIVE.numbers("temperature_c") + 32.0), "twin.unit"),
    (changed(DRIVE, temperature_c=DRIVE.numbers("temperature_c") + 273.15), "twin.unit"),
    (changed(DRIVE, current_a=-DRIVE.numbers("current_a")), "twin.sign"),
    (changed(DRIVE, current_a=Texts.of(["fast"] * DRIVE.rows)), "table.not_a_number"),
]


@pytest.mark.parametrize(("table", "code"), REFUSED)
def test_a_table_that_is_no_drive_is_refused(cell, table, code):
    with pytest.raises(Refused) as refused:
        answers(table, cell)
    assert refused.value.code == code
    with pytest.raises(Refused) as refused:
        circuit_fit.fitted(table, open_circuit(), CAPACITY_AH)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("table", "capacity_ah", "code"),
    [
        (DRIVE.taken(np.arange(50)), CAPACITY_AH, "twin.drive"),
        (DRIVE.taken(np.arange(0)), CAPACITY_AH, "twin.drive"),
        (DRIVE.taken(np.arange(400, DRIVE.rows)), CAPACITY_AH, "twin.drive"),
        (driven(np.zeros(900))[0], CAPACITY_AH, "twin.excitation"),
        (DRIVE, 0.2, "twin.capacity"),
        (DRIVE, 0.0, "twin.capacity"),
        (DRIVE, float("nan"), "twin.capacity"),
    ],
)
def test_a_drive_that_cannot_identify_is_refused(table, capacity_ah, code):
    with pytest.raises(Refused) as refused:
        circuit_fit.fitted(table, open_circuit(), capacity_ah)
    assert refused.value.code == code


@pytest.mark.parametrize("rows", [0, 1])
def test_hardly_a_row_is_no_error(cell, rows):
    told = answers(DRIVE.taken(np.arange(rows)), cell)
    assert told.rows == rows
    assert (told.numbers("soc_hi") - told.numbers("soc_lo") > 0.02).all()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--soc0", "70"), "twin.soc0"),
        (("--soc0", "nan"), "twin.soc0"),
        (("--level", "90"), "twin.level"),
        (("--state", "drive.csv"), "twin.state_form"),
        (("--params", "drive.csv"), "model.malformed"),
    ],
)
def test_settings_and_files_that_are_none_are_refused(tmp_path, twin, capsys, cell, words, code):
    (tmp_path / "circuit.json").write_bytes(circuit_fit.to_json(cell))
    write_table(tmp_path / "drive.csv", DRIVE)
    given_words = ("--in", "drive.csv", "--params", "circuit.json", "--out", "out.csv")
    assert twin("run", *given_words, *words) in (1, 2)
    assert code in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("verb", ["fit", "run"])
def test_a_template_is_empty(tmp_path, twin, verb):
    assert twin(verb, "--template", "--out", "empty.csv") == 0
    names = ("time_s", "current_a", "voltage_v", "temperature_c", "battery")
    assert read_table(tmp_path / "empty.csv").names == names
    assert twin(verb, "--in", "empty.csv", "--out", "other.csv") == 2
