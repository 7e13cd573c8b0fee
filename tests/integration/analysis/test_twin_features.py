"""The verb ``twin features``: raw rows in, a row for each cycle out, from which ``soh`` learns."""

from __future__ import annotations

import json

import numpy as np
import pytest
from examples.simulated_fleet import LIMITS, raw_table
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.adapters.table_files import read_table, write_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.core.errors import Refused
from cellchain.science.capacity.rows import FEATURES
from cellchain.services.analysis.features import COLUMNS, featured
from cellchain.services.analysis.picture import picture_of
from cellchain.services.analysis.table import Table, Texts

OPTIONS = ("--from-v", LIMITS.from_v, "--to-v", LIMITS.to_v, "--hold-v", LIMITS.hold_v,
           "--empty-v", LIMITS.empty_v)  # fmt: skip
RAW = raw_table(5, cells=2, cycles=3, step_s=30.0)
WHOLE = featured(RAW, LIMITS)
TEXTS = ("grp", "cell", "reason")
ONE_STAGE = ("DV peak", "DV peak charge")
"""The open circuit of the simulated cells has no peak between stages."""


@pytest.fixture
def twin(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *words: run(Cellchain(), ["twin", *map(str, words)])


def numbers(table):
    names = (name for name in table.names if name not in (*TEXTS, *ONE_STAGE))
    return np.column_stack([table.numbers(name) for name in names])


def changed(**columns):
    return Table({**RAW.columns, **columns})


def with_value(name, row, value):
    values = RAW.numbers(name).copy()
    values[row] = value
    return changed(**{name: values})


def test_capacity_is_estimated_from_features_of_cells_that_were_not_learnt(tmp_path, twin, capsys):
    write_table(tmp_path / "known.parquet", raw_table(1, cells=8, cycles=24))
    write_table(tmp_path / "asked.parquet", raw_table(2, cells=4, cycles=24))
    for name in ("known", "asked"):
        assert twin("features", "--in", f"{name}.parquet", "--out", f"{name}.csv", *OPTIONS) == 0
    assert "known.csv: 192 cycles, 192 with a window, 192 with a step" in capsys.readouterr().out
    whole = read_table(tmp_path / "asked.csv", texts=TEXTS)
    truth = whole.numbers("capacity")
    early = whole.numbers("n") <= 10
    write_table(
        tmp_path / "question.csv",
        Table({**whole.columns, "capacity": np.where(early, truth, np.nan)}),
    )
    words = ("--in", "question.csv", "--train", "known.csv", "--out", "told.csv")
    assert twin("soh", *words) == 0
    told = read_table(tmp_path / "told.csv", texts=TEXTS)
    naive = np.repeat([np.median(one) for one in truth.reshape(4, 24)[:, :10]], 24)
    error, without = (
        np.sqrt(np.mean((one - truth)[~early] ** 2)) for one in (told.numbers("estimate"), naive)
    )
    assert error < 0.25 * without
    held = (told.numbers("lo") <= truth) & (truth <= told.numbers("hi"))
    assert held[~early].mean() > 0.7


def test_a_row_for_each_cycle_as_soh_reads_it():
    assert WHOLE.names[:3] == ("grp", "cell", "n")
    assert set(FEATURES) < set(WHOLE.names)
    assert WHOLE.texts("grp").cells() == ["all"] * 6
    assert WHOLE.numbers("n").tolist() == [1, 2, 3] * 2
    assert not np.isnan(numbers(WHOLE)).any()
    assert all(np.isnan(WHOLE.numbers(name)).all() for name in ONE_STAGE)
    assert WHOLE.texts("reason").cells() == [None] * 6


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_neither_order_nor_neighbour_nor_later_rows_move_a_cycle_by_one_bit(data):
    kept = data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=6, unique=True))
    starts = np.flatnonzero(np.diff(RAW.numbers("cycle"), prepend=0.0))
    parts = np.split(np.arange(RAW.rows), starts[1:])
    rows = np.concatenate([parts[one] for one in kept])
    if data.draw(st.booleans()):  # cells and cycles interleaved, each in its order
        rows = rows[np.lexsort((rows, RAW.numbers("time_s")[rows]))]
    found = featured(RAW.taken(rows), LIMITS)
    keys = list(zip(found.texts("cell").cells(), found.numbers("n"), strict=True))
    whole = list(zip(WHOLE.texts("cell").cells(), WHOLE.numbers("n"), strict=True))
    same = WHOLE.taken(np.array([whole.index(key) for key in keys]))
    assert np.array_equal(numbers(found), numbers(same))


def test_what_is_odd_about_rows_is_said_and_left_out():
    shuffled = RAW.taken(np.random.default_rng(0).permutation(RAW.rows))
    found = featured(shuffled, LIMITS)
    assert set(found.texts("reason").cells()) == {"rows out of order: sorted by time"}
    twice = featured(RAW.above(RAW.taken(np.arange(5))), LIMITS)
    assert "5 rows at a time that was there left out" in twice.texts("reason").cells()[0]
    assert np.array_equal(numbers(twice), numbers(WHOLE))
    time_s = RAW.numbers("time_s")
    anew = featured(changed(time_s=np.where(time_s > 5000.0, time_s - 5010.0, time_s)), LIMITS)
    assert all("times go back and repeat" in one for one in anew.texts("reason").cells())
    assert np.isnan(anew.numbers("CC Q")).all()
    for value in (np.nan, np.inf):
        holed = featured(with_value("voltage_v", 7, value), LIMITS)
        assert holed.texts("reason").cells()[0].startswith("1 rows without a time, current or")
        assert np.array_equal(numbers(holed)[1:], numbers(WHOLE)[1:])
    none = featured(changed(voltage_v=np.full(RAW.rows, np.nan)), LIMITS)
    assert all("nothing charges" in one for one in none.texts("reason").cells())
    assert np.isnan(none.numbers("CC Q")).all()


def test_a_temperature_is_that_of_the_charge():
    warm = featured(changed(temperature_c=25.0 + RAW.numbers("current_a")), LIMITS)
    assert warm.numbers("temperature mean") == pytest.approx(24.1, abs=0.1)  # an ampere, nearly


REFUSED = {
    "no row": ("features.none", lambda: RAW.taken(np.array([], dtype=int))),
    "millivolts": ("features.voltage", lambda: changed(voltage_v=1e3 * RAW.numbers("voltage_v"))),
    "a swapped sign": ("features.sign", lambda: changed(current_a=-RAW.numbers("current_a"))),
    "no cell": ("features.key", lambda: changed(cell=Texts.of([None] * RAW.rows))),
    "a cycle without a number": ("features.key", lambda: with_value("cycle", 3, np.nan)),
    "text in a voltage": (
        "table.not_a_number", lambda: changed(voltage_v=Texts.of(["high"] * RAW.rows)),
    ),
    "a renamed column": (
        "table.column",
        lambda: Table({name.replace("_s", "_h"): one for name, one in RAW.columns.items()}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_table_that_cannot_be_meant_is_refused(name):
    code, made = REFUSED[name]
    with pytest.raises(Refused) as refused:
        featured(made(), LIMITS)
    assert refused.value.code == code


def test_other_names_units_and_signs_are_told_by_a_map(tmp_path, twin, capsys):
    theirs = {
        "Zelle": RAW.column("cell"),
        "Zyklus": RAW.column("cycle"),
        "h": RAW.numbers("time_s") / 3600.0,
        "I_mA": -1000.0 * RAW.numbers("current_a"),
        "U_mV": 1000.0 * RAW.numbers("voltage_v"),
    }
    write_table(tmp_path / "raw.csv", Table(theirs))
    (tmp_path / "map.toml").write_text(
        '[columns]\ncell = {from = "Zelle"}\ncycle = {from = "Zyklus"}\n'
        'time_s = {from = "h", factor = 3600}\ncurrent_a = {from = "I_mA", factor = -0.001}\n'
        'voltage_v = {from = "U_mV", factor = 0.001}\n'
    )
    words = ("--in", "raw.csv", "--map", "map.toml", "--out", "told.parquet", "--json")
    assert twin("features", *words, *OPTIONS) == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {"rows": RAW.rows, "cycles": 6, "windows": 6, "steps": 6}
    told = read_table(tmp_path / "told.parquet", texts=TEXTS)
    assert numbers(told) == pytest.approx(numbers(WHOLE), rel=1e-6)


def test_a_picture_shows_the_feature_that_most_charges_have(tmp_path, twin):
    write_table(tmp_path / "raw.parquet", RAW)
    assert (
        twin("features", "--in", "raw.parquet", "--out", "f.csv", "--plot", "f.svg", *OPTIONS) == 0
    )
    assert b"CC charge time, s" in (tmp_path / "f.svg").read_bytes()
    drawn = picture_of(WHOLE)
    assert [one.x for one in drawn.courses] == [(1.0, 2.0, 3.0)] * 2
    lost = np.full(WHOLE.rows, np.nan)
    peaks = picture_of(Table({**WHOLE.columns, "CC charge time": lost}))
    assert peaks.y_name == "IC peak, Ah/V"
    assert sorted(one.y for one in peaks.courses) == sorted(
        tuple(one) for one in WHOLE.numbers("IC peak").reshape(2, 3).tolist()
    )


def test_a_template_is_empty_and_voltages_rise(tmp_path, twin, capsys):
    assert twin("features", "--template", "--out", "empty.csv") == 0
    assert read_table(tmp_path / "empty.csv").names == COLUMNS
    write_table(tmp_path / "raw.csv", RAW)
    words = ("--in", "raw.csv", "--out", "told.csv", "--from-v", "4.2", "--to-v", "4.1")
    assert twin("features", *words) != 0
    assert "features.limits: " in capsys.readouterr().err
