"""The verb `twin grade`: pulses in, health out, whatever is odd about the file."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.adapters.table_files import read_table, write_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.core.errors import Refused
from cellchain.services.analysis import grade
from cellchain.services.analysis.protocols.grade import evaluated
from cellchain.services.analysis.report import Figures, markdown
from cellchain.services.analysis.table import Table, Texts
from tests.conformance.shared import shared_data
from tests.simulated_cells import pulse_tests


def pulses(*, answers=False, charges=True, **made):
    names, voltages, charge, health = pulse_tests(**made)
    columns = {"Idx": Texts.of(names), "Qn": np.full(len(names), 2.1)}
    if answers:
        columns |= {"SOH": health} | ({"SOC": charge} if charges else {})
    return columns | dict(zip(grade.CORNERS, voltages.T.copy(), strict=True))


LEARNT = grade.trained(Table(pulses(answers=True)))
ASKED = Table(pulses(cells=3, seed=9))
TOLD = grade.estimated(ASKED, LEARNT, grade.TRAINED, 0.8)


@pytest.fixture
def twin(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *words: run(Cellchain(), ["twin", *map(str, words)])


def numbers(table):
    return np.column_stack([table.numbers(name) for name in ("estimate", "lo", "hi")])


def test_it_learns_grades_and_keeps_its_model(tmp_path, twin):
    write_table(tmp_path / "learnt.csv", Table(pulses(answers=True)))
    write_table(tmp_path / "asked.parquet", ASKED)
    asked = ("grade", "--in", "asked.parquet", "--level", 0.8)
    assert twin(*asked, "--train", "learnt.csv", "--out", "told.csv") == 0
    assert twin("train", "grade", "--data", "learnt.csv", "--out", "model.json") == 0
    assert twin(*asked, "--model", "model.json", "--out", "again.csv") == 0
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "told.csv").read_bytes()
    told = read_table(tmp_path / "told.csv", texts=["Idx"])
    assert told.names == ("Idx", "estimate", "lo", "hi", "level", "model", "reason")
    assert told.texts("Idx").cells() == ASKED.texts("Idx").cells()
    assert set(told.texts("model").cells()) == {"grade.trained"}
    assert twin("train", "grade", "--data", "learnt.csv", "--out", "other.json") == 0
    assert (tmp_path / "other.json").read_bytes() == (tmp_path / "model.json").read_bytes()


def test_the_model_that_ships_says_that_these_cells_are_none_of_its_kind(tmp_path, twin):
    write_table(tmp_path / "asked.csv", ASKED)
    assert twin("grade", "--in", "asked.csv", "--out", "told.csv") == 0
    told = read_table(tmp_path / "told.csv", texts=["Idx"])
    assert set(told.texts("model").cells()) == {"grade.shipped/1 Cylind21"}
    assert all("out of domain" in one for one in told.texts("reason").cells())
    assert (told.numbers("hi") - told.numbers("lo") > 0.3).all()


def test_a_template_is_an_empty_table(tmp_path, twin):
    assert twin("grade", "--template", "--out", "empty.csv") == 0
    assert read_table(tmp_path / "empty.csv").names == grade.COLUMNS
    assert twin("grade", "--in", "empty.csv", "--out", "told.csv") == 0
    assert read_table(tmp_path / "told.csv").rows == 0


def test_without_states_of_charge_the_tests_are_ranked():
    ranked = grade.trained(Table(pulses(answers=True, charges=False)))
    told = grade.estimated(ASKED, ranked, grade.TRAINED, 0.8)
    apart = told.numbers("estimate") - TOLD.numbers("estimate")
    assert np.sqrt(np.mean(apart**2)) < 0.02


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_no_neighbour_moves_a_grade_by_one_bit(data):
    rows = np.array(
        data.draw(st.lists(st.integers(0, ASKED.rows - 1), min_size=1, max_size=12)), dtype=np.intp
    )
    told = grade.estimated(ASKED.taken(rows), LEARNT, grade.TRAINED, 0.8)
    assert np.array_equal(numbers(told), numbers(TOLD)[rows])
    assert told.texts("reason").cells() == [TOLD.texts("reason").cells()[row] for row in rows]


def test_what_leaks_the_answer_is_not_looked_at():
    _, _, charge, health = pulse_tests(cells=3, seed=9)
    leaky = Table({**ASKED.columns, "SOC": charge, "SOE": charge * health, "Q": 2.1 * health})
    told = grade.estimated(leaky, LEARNT, grade.TRAINED, 0.8)
    assert np.array_equal(numbers(told), numbers(TOLD))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_row_with_a_gap_has_no_answer_and_says_why(value):
    columns = {name: one.copy() for name, one in pulses(cells=3, seed=9).items() if name != "Idx"}
    columns["U7"][4] = value
    told = grade.estimated(Table({"Idx": ASKED.column("Idx"), **columns}), LEARNT, "m", 0.8)
    assert np.isnan(told.numbers("estimate")[4])
    assert told.texts("reason").cells()[4] == "no voltage at U7"
    kept = np.arange(ASKED.rows) != 4
    assert np.array_equal(numbers(told)[kept], numbers(TOLD)[kept])


@pytest.mark.parametrize("value", [0.0, -3.3])
def test_a_row_that_is_not_above_0_v_has_no_answer_and_says_why(value):
    nothing = Table({**ASKED.columns, **dict.fromkeys(grade.CORNERS, np.full(ASKED.rows, value))})
    told = grade.estimated(nothing, LEARNT, "m", 0.8)
    assert np.isnan(numbers(told)).all()
    assert set(told.texts("reason").cells()) == {f"U1 is {value:g} V: not above 0"}


def test_another_nominal_capacity_is_out_of_domain():
    other = Table({**ASKED.columns, "Qn": np.full(ASKED.rows, 3.1)})
    told = grade.estimated(other, LEARNT, "m", 0.8)
    assert all("nominal capacity of 3.1 Ah" in one for one in told.texts("reason").cells())
    assert (told.numbers("hi") >= TOLD.numbers("hi")).all()


def test_a_level_that_the_cells_cannot_hold_says_so():
    told = grade.estimated(ASKED, LEARNT, "m", 0.99)
    assert np.isinf(told.numbers("hi")).all()
    assert "too few cells" in told.texts("reason").cells()[0]


REFUSED = {
    "millivolts": ("grade.millivolts", lambda c: c | {n: 1e3 * c[n] for n in grade.CORNERS}),
    "no U21": ("table.column", lambda c: {n: v for n, v in c.items() if n != "U21"}),
    "a renamed column": ("table.column", lambda c: {n.lower(): v for n, v in c.items()}),
    "text in a voltage": ("table.not_a_number", lambda c: c | {"U1": Texts.of(["high"] * 120)}),
    "SOH in percent": ("grade.health", lambda c: c | {"SOH": 100 * c["SOH"]}),
    "SOC as a fraction": ("grade.charge", lambda c: c | {"SOC": c["SOC"] / 100}),
    "no SOH": ("table.column", lambda c: {n: v for n, v in c.items() if n != "SOH"}),
    "no answer known": ("grade.few_cells", lambda c: c | {"SOH": np.full(120, np.nan)}),
    "one health": ("grade.constant", lambda c: c | {"SOH": np.full(120, 0.8)}),
    "the answer in a voltage": ("grade.leak", lambda c: c | {"U3": 3.0 + c["SOH"]}),
    "one cell": ("grade.few_cells", lambda c: c | {"Idx": Texts.of(["SOC-A-1"] * 120)}),
    "no name": ("grade.no_cell", lambda c: c | {"Idx": Texts.of([None] * 120)}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_training_file_that_cannot_be_meant_is_refused(name):
    code, change = REFUSED[name]
    with pytest.raises(Refused) as refused:
        grade.trained(Table(change(pulses(answers=True))))
    assert refused.value.code == code


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"kind": "life/1"}', b'{"kind": "grade/1", "model": {}}']
)
def test_a_file_that_is_no_model_is_refused(data):
    with pytest.raises(Refused) as refused:
        grade.parse(data)
    assert refused.value.code == "model.malformed"


def test_a_model_whose_parts_do_not_fit_is_refused():
    cut = grade.to_json(LEARNT).replace(b'"shares":[', b'"shares":[0.1,', 1)
    with pytest.raises(Refused, match="do not fit"):
        grade.parse(cut)


def test_two_models_are_one_too_many(tmp_path, twin, capsys):
    write_table(tmp_path / "asked.csv", ASKED)
    both = ("--train", "asked.csv", "--model", "asked.csv", "--out", "told.csv")
    assert twin("grade", "--in", "asked.csv", *both) == 2
    assert "cli.two_models" in capsys.readouterr().err


def test_the_evaluation_sets_the_naive_answer_beside_it():
    report = evaluated(Table(pulses(answers=True, cells=4, stages=3, charges=(10, 30, 50))))
    errors = next(one for one in report.parts if isinstance(one, Figures))
    model, naive = (float(row[1]) for row in errors.rows[:2])
    assert model < naive
    assert "Variants tried" in markdown(report)


def test_the_model_that_ships_is_made_anew_byte_for_byte():
    data = shared_data("health", "secondlife_pulse_Cylind21.csv")
    anew = grade.to_json(grade.trained(read_table(data, texts=["Idx"])))
    assert anew == grade.to_json(grade.shipped())


def test_cells_of_another_kind_are_out_of_domain_and_held():
    table = read_table(shared_data("health", "secondlife_pulse_Pouch31.csv"), texts=["Idx"])
    told = grade.estimated(table, grade.shipped(), grade.SHIPPED, 0.9)
    health = table.numbers("SOH")
    assert all("out of domain" in one for one in told.texts("reason").cells())
    assert np.mean((told.numbers("lo") <= health) & (health <= told.numbers("hi"))) > 0.9
