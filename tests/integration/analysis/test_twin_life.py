"""The verb `twin life`: discharge curves in, cycle lives out, whatever is odd about the file."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.adapters.table_files import read_arrays, read_table, write_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.core.errors import Refused
from cellchain.science.early.curves import grid_v
from cellchain.services.analysis import life
from cellchain.services.analysis.curves import curves_of_arrays, curves_of_table
from cellchain.services.analysis.table import Table, Texts
from tests.conformance.shared import shared_data
from tests.simulated_cells import CYCLES, discharge_curves

LIVES = np.geomspace(300.0, 2000.0, 14)
LEARNT = life.trained(curves_of_arrays({"Q": discharge_curves(LIVES), "cycle_life": LIVES}))
UNSEEN = np.array([450.0, 800.0, 1200.0])
ASKED = discharge_curves(UNSEEN, seed=5)


def told(charge, level=0.8, **more):
    curves = curves_of_arrays({"Q": charge, **more})
    return life.estimated(curves, LEARNT, life.TRAINED, level)


def numbers(table):
    return np.column_stack([table.numbers(name) for name in ("estimate", "lo", "hi")])


TOLD = told(ASKED)


@pytest.fixture
def twin(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *words: run(Cellchain(), ["twin", *map(str, words)])


def as_table(charge, cells, cycles=CYCLES):
    """The same curves, a row for each point."""
    shape = charge.shape
    cell, point, cycle = (axis.ravel() for axis in np.indices(shape))
    return {
        "cell": Texts.of(cells[n] for n in cell),
        "cycle": cycles[cycle],
        "voltage_v": grid_v()[point],
        "q_ah": charge.ravel(),
    }


def test_lives_never_seen_are_near(tmp_path, twin):
    np.savez(tmp_path / "learnt.npz", Q=discharge_curves(LIVES), cycle_life=LIVES)
    np.savez(tmp_path / "asked.npz", Q=ASKED)
    assert twin("train", "life", "--data", "learnt.npz", "--out", "model.json") == 0
    assert (tmp_path / "model.json").read_bytes() == life.to_json(LEARNT)
    assert twin("life", "--in", "asked.npz", "--model", "model.json", "--out", "told.csv") == 0
    found = read_table(tmp_path / "told.csv")
    assert found.names == ("cell", "estimate", "lo", "hi", "level", "model", "reason")
    assert found.numbers("cell").tolist() == [0.0, 1.0, 2.0]
    assert np.abs(found.numbers("estimate") / UNSEEN - 1.0).max() < 0.2


def test_a_table_says_the_same_as_arrays(tmp_path, twin):
    table = as_table(ASKED[:2, :, ::3], ("b", "a"), CYCLES[::3])
    shuffled = np.random.default_rng(1).permutation(len(table["cycle"]))
    write_table(tmp_path / "asked.parquet", Table(table).taken(shuffled))
    curves = curves_of_table(read_table(tmp_path / "asked.parquet", texts=["cell"]))
    found = life.estimated(curves, LEARNT, "m", 0.8)
    wanted = numbers(told(ASKED[:2, :, ::3], cycles=CYCLES[::3]))
    order = [("b", "a").index(one) for one in found.texts("cell").cells()]
    assert np.array_equal(numbers(found), wanted[order])


def test_a_template_is_an_empty_table(tmp_path, twin):
    assert twin("life", "--template", "--out", "empty.csv") == 0
    assert read_table(tmp_path / "empty.csv").names == life.COLUMNS
    assert twin("life", "--in", "empty.csv", "--out", "told.csv") == 0
    assert read_table(tmp_path / "told.csv").rows == 0


@given(st.lists(st.integers(0, 2), min_size=1, max_size=5), st.integers(0, 40))
@settings(max_examples=15, deadline=None)
def test_no_neighbour_and_no_future_moves_a_life_by_one_bit(order, more):
    later = np.concatenate([ASKED, ASKED[:, :, -1:].repeat(more, axis=2) - 0.2], axis=2)
    cycles = np.arange(2.0, 101.0 + more)
    found = told(later[order], cycles=cycles)
    assert np.array_equal(numbers(found), numbers(TOLD)[order])


@pytest.mark.parametrize("gone", [[8], [98], [0, 1, 2], [97, 98]])
def test_missing_cycles_are_made_good_by_the_nearest(gone):
    holed = ASKED.copy()
    holed[:, :, gone] = np.nan
    found = told(holed)
    assert np.abs(found.numbers("estimate") / TOLD.numbers("estimate") - 1.0).max() < 0.15


def test_cycles_that_are_read_elsewhere_are_named():
    found = told(ASKED[:, :, :90], cycles=CYCLES[:90])
    assert "cycle 100 is read from those around 89" in found.texts("reason").cells()[0]


def test_a_half_of_a_file_has_no_answer_and_says_why():
    found = told(ASKED[:, :, :50], cycles=CYCLES[:50])
    assert np.isnan(numbers(found)).all()
    assert found.texts("reason").cells()[0] == (
        "cycles around 10 and 100 are needed; there are those around 10 and 49"
    )


@pytest.mark.parametrize("factor", [0.0, -1.0])
def test_a_cell_without_capacity_has_no_answer_and_says_why(factor):
    found = told(ASKED * np.array([1.0, factor, 1.0])[:, None, None])
    assert np.isnan(numbers(found)[1]).all()
    assert found.texts("reason").cells()[1].endswith("Ah: not above 0")
    assert np.array_equal(numbers(found)[[0, 2]], numbers(TOLD)[[0, 2]])


def test_a_cell_without_capacity_teaches_nothing():
    dead = np.concatenate([discharge_curves(LIVES), 0.0 * ASKED[:1]])
    curves = curves_of_arrays({"Q": dead, "cycle_life": np.append(LIVES, 500.0)})
    assert life.to_json(life.trained(curves)) == life.to_json(LEARNT)


def test_a_cell_like_none_has_no_answer_rather_than_any():
    large = curves_of_arrays({"Q": 100.0 * discharge_curves([500.0])})
    found = life.estimated(large, life.shipped(), life.SHIPPED, 0.8)
    assert np.isnan(numbers(found)).all()
    assert "out of domain: start_ah" in found.texts("reason").cells()[0]
    assert "no cell lives as long" in found.texts("reason").cells()[0]


def test_spikes_and_lost_points_hardly_matter():
    broken = ASKED.copy()
    broken[:, :, 30] = 40.0
    broken[:, 5:9, 50] = np.nan
    found = told(broken)
    assert np.abs(found.numbers("estimate") / TOLD.numbers("estimate") - 1.0).max() < 0.02


def test_a_cell_that_dies_sooner_than_any_is_out_of_domain_and_held():
    found = told(discharge_curves([130.0], seed=3))
    assert "out of domain" in found.texts("reason").cells()[0]
    assert found.numbers("lo")[0] <= 130.0 <= found.numbers("hi")[0]


def test_no_life_is_shorter_than_what_was_seen():
    found = told(discharge_curves([60.0, 101.0], seed=4))
    assert (found.numbers("estimate") >= 100.0).all()
    assert (found.numbers("lo") >= 100.0).all()


def test_a_level_that_the_cells_cannot_hold_says_so():
    found = told(ASKED, level=0.99)
    assert np.isinf(found.numbers("hi")).all()
    assert "too few" in found.texts("reason").cells()[0]


CURVES_REFUSED = {
    "no Q": ("curves.axes", lambda c: {"q": c["Q"]}),
    "two axes": ("curves.axes", lambda c: {"Q": c["Q"][0]}),
    "text": ("curves.numbers", lambda c: {"Q": c["Q"].astype(str)}),
    "98 cycles unnamed": ("curves.axes", lambda c: {"Q": c["Q"][:, :, 1:]}),
    "a cycle twice": ("curves.twice", lambda c: c | {"cycles": np.full(99, 7.0)}),
    "millivolts": ("curves.millivolts", lambda c: c | {"voltage_v": 1e3 * grid_v()}),
    "milliampere-hours": ("curves.milliamperes", lambda c: {"Q": 1e3 * c["Q"]}),
    "a life too few": ("curves.axes", lambda c: c | {"cycle_life": np.ones(2)}),
}


@pytest.mark.parametrize("name", CURVES_REFUSED)
def test_arrays_that_cannot_be_meant_are_refused(name):
    code, change = CURVES_REFUSED[name]
    with pytest.raises(Refused) as refused:
        curves_of_arrays(change({"Q": ASKED}))
    assert refused.value.code == code


TABLES_REFUSED = {
    "millivolts": ("curves.millivolts", lambda t: t | {"voltage_v": 1e3 * t["voltage_v"]}),
    "milliampere-hours": ("curves.milliamperes", lambda t: t | {"q_ah": 1e3 * t["q_ah"]}),
    "no voltage": ("table.column", lambda t: {n: c for n, c in t.items() if n != "voltage_v"}),
    "no cycle": ("curves.key", lambda t: t | {"cycle": np.full(len(t["cycle"]), np.nan)}),
    "two lives": ("curves.life", lambda t: t | {"cycle_life": t["cycle"]}),
}


@pytest.mark.parametrize("name", TABLES_REFUSED)
def test_tables_that_cannot_be_meant_are_refused(name):
    code, change = TABLES_REFUSED[name]
    with pytest.raises(Refused) as refused:
        curves_of_table(Table(change(as_table(ASKED[:, :, :3], "abc"))))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("code", "lives"),
    [
        ("life.no_answer", None),
        ("life.no_answer", -LIVES),
        ("life.few_cells", np.full(14, np.nan)),
        ("life.constant", np.full(14, 500.0)),
    ],
)
def test_a_training_file_that_says_nothing_is_refused(code, lives):
    answers = {} if lives is None else {"cycle_life": lives}
    with pytest.raises(Refused) as refused:
        life.trained(curves_of_arrays({"Q": discharge_curves(LIVES), **answers}))
    assert refused.value.code == code


def test_the_model_that_ships_is_made_anew_byte_for_byte():
    data = read_arrays(shared_data("health", "matr_qv_train.npz"))
    anew = life.to_json(life.trained(curves_of_arrays(data)))
    assert anew == life.to_json(life.shipped())


def test_the_model_that_ships_knows_its_own_cells():
    data = read_arrays(shared_data("health", "matr_qv_train.npz"))
    found = life.estimated(curves_of_arrays(data), life.shipped(), life.SHIPPED, 0.9)
    error = np.abs(found.numbers("estimate") / data["cycle_life"] - 1.0)
    assert error.mean() < 0.06  # by cells left out it is 0.074: see the model card
    assert not any(found.texts("reason").cells())
