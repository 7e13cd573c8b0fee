"""Capacity from charges: what is estimated, from what, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.science.capacity.rows import CURVE_FEATURES, FEATURES
from cellchain.services.analysis.cycles import CAPACITY, cycles_of
from cellchain.services.analysis.soh import _curve_features, continued, estimated, learnt
from cellchain.services.analysis.table import Table, Texts
from tests.unit.science.capacity.charges import asked, changed, charges

ROWS = 40
ANSWERS = ("estimate", "lo", "hi", "soh_of_start")


@pytest.fixture(scope="module")
def model():
    return learnt(charges(1))


def fresh(cells=4, seed=2):
    """Cells that the model has not seen, under names that it has not either."""
    table = charges(seed, cells=cells)
    names = Texts.of(f"new {name}" for name in table.texts("cell").cells())
    return changed(table, cell=names)


def test_cells_never_seen_are_estimated_far_better_than_without_fade(model):
    truth = fresh()
    told = estimated(asked(truth), model, nominal_ah=2.0)
    late = truth.numbers("n") > 10
    error = (told.numbers("estimate") - truth.numbers(CAPACITY))[late]
    start = told.numbers("estimate") / told.numbers("soh_of_start")
    naive = (start - truth.numbers(CAPACITY))[late]
    assert np.sqrt((error**2).mean()) < 0.2 * np.sqrt((naive**2).mean())
    held = (told.numbers("lo") <= truth.numbers(CAPACITY)) & (
        truth.numbers(CAPACITY) <= told.numbers("hi")
    )
    assert held[late].mean() > 0.8
    assert told.numbers("soh") == pytest.approx(told.numbers("estimate") / 2.0)
    assert told.names == (
        *("grp", "cell", "n", "estimate", "lo", "hi", "level", "model", "reason"),
        *("soh_of_start", "soh"),
    )
    assert set(told.texts("reason").cells()) == {None}


def test_a_higher_level_is_wider(model):
    wide, narrow = (estimated(asked(fresh()), model, level=one) for one in (0.9, 0.5))
    assert (wide.numbers("hi") > narrow.numbers("hi")).all()
    assert np.array_equal(wide.numbers("estimate"), narrow.numbers("estimate"))


def test_where_too_few_cells_were_learnt_for_a_level_the_interval_has_no_end(model):
    told = estimated(asked(fresh()), model, level=0.99)
    assert np.isinf(told.numbers("hi")).all()
    assert (told.numbers("lo") == 0.0).all()
    assert "too few cells" in told.texts("reason").labels[0]


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e300, -1e300, 1e30])
def test_an_infinite_or_huge_feature_is_missing_and_said_to_be(model, value):
    def told(one):
        table = asked(fresh(cells=1))
        values = table.numbers("CC Q").copy()
        values[20] = one
        return estimated(changed(table, **{"CC Q": values}), model)

    assert bits(told(value)) == bits(told(np.nan))
    assert "missing, judged by the rows before: CC Q" in told(value).texts("reason").cells()[20]


@pytest.mark.parametrize("value", [9e29, -9e29])
def test_what_is_hardly_not_huge_is_answered(model, value):
    table = asked(fresh(cells=1))
    values = np.where(np.arange(table.rows) == 20, value, table.numbers("CC Q"))
    told = estimated(changed(table, **{"CC Q": values}), model)
    assert np.isfinite(told.numbers("estimate")[:20]).all()


def bits(table):
    """Return every answer by its key."""
    cells = zip(
        *(table.texts(name).cells() for name in ("grp", "cell", "model", "reason")),
        *(table.numbers(name).tolist() for name in ("n", *ANSWERS)),
        strict=True,
    )
    return {(row[0], row[1], row[4]): repr(row) for row in cells}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0, 2]),
    st.floats(0.0, 0.3),
)
def test_no_future_and_no_neighbour_move_an_estimate_by_a_bit(model, seed, more, gaps):
    whole = asked(fresh())
    dice = np.random.default_rng(seed)
    features = {
        name: np.where(dice.random(whole.rows) < gaps, np.nan, column)
        for name, column in whole.columns.items()
        if name not in {"grp", "cell", "n", CAPACITY}
    }
    whole = Table({**whole.columns, **features})
    expected = bits(estimated(whole, model))
    order = dice.permutation(whole.rows)
    ends = np.repeat(dice.integers(1, 41, size=whole.rows // ROWS), ROWS)
    part = whole.taken(order[whole.numbers("n")[order] <= ends[order]])
    if more:
        part = part.above(charges(seed, cells=more))
    found = bits(estimated(part, model))
    shared = set(found) & set(expected)
    assert len(shared) >= 4
    for key in shared:
        assert found[key] == expected[key]


def test_a_run_that_continues_another_says_the_same(model):
    whole = asked(fresh())
    early = whole.numbers("n") <= 23
    first, second = (whole.taken(np.flatnonzero(one)) for one in (early, ~early))
    expected = estimated(whole, model).taken(np.flatnonzero(~early))
    told = continued(first, second, model)
    assert bits(told) == bits(expected)


def test_no_measured_capacity_after_the_first_ten_is_used(model):
    known = estimated(fresh(), model)
    assert bits(known) == bits(estimated(asked(fresh()), model))


def test_the_number_of_a_row_is_no_feature_unless_asked(model):
    late = changed(asked(fresh()), n=asked(fresh()).numbers("n") + 1000)
    told, expected = (estimated(one, model).numbers("estimate") for one in (late, asked(fresh())))
    assert np.array_equal(told, expected)
    numbered = learnt(charges(1), use_row_number=True)
    moved = estimated(late, numbered).numbers("estimate")
    assert not np.array_equal(moved, estimated(asked(fresh()), numbered).numbers("estimate"))


def reason_of(table, model, row=20):
    told = estimated(table, model)
    return told.numbers("estimate")[row], told.texts("reason").cells()[row] or "", told


def test_a_cell_without_any_capacity_is_estimated_from_its_features(model):
    value, reason, told = reason_of(asked(fresh(), known=0), model)
    assert value == pytest.approx(fresh().numbers(CAPACITY)[20], rel=0.1)
    assert (reason, np.isnan(told.numbers("soh_of_start")).all()) == ("", True)


def test_a_start_that_the_features_contradict_is_not_used(model):
    table = asked(fresh())
    rising = changed(table, capacity=0.85 * table.numbers(CAPACITY))
    value, reason, told = reason_of(rising, model)
    assert reason == "the features contradict the first capacities: judged without them"
    assert value == pytest.approx(fresh().numbers(CAPACITY)[20], rel=0.05)
    assert told.texts("model").labels[-1].endswith(": features")


def test_a_gap_is_filled_from_before_and_told(model):
    table = asked(fresh())
    gap = table.numbers("CV Q").copy()
    gap[20] = -np.inf
    value, reason, _ = reason_of(changed(table, CV_Q=gap), model)
    assert reason == "missing, judged by the rows before: CV Q"
    assert value == pytest.approx(fresh().numbers(CAPACITY)[20], rel=0.05)


def test_features_that_a_cell_never_shows_widen_its_interval(model):
    table = asked(fresh())
    no = np.full(table.rows, np.nan)
    _, reason, told = reason_of(changed(table, CV_Q=no, CV_charge_time=no), model)
    usual = estimated(table, model)
    assert reason == "never seen of this cell: CV Q, CV charge time"
    width, plain = (one.numbers("hi") - one.numbers("lo") for one in (told, usual))
    assert np.median(width) > 1.2 * np.median(plain)


def test_a_row_without_any_feature_has_no_answer(model):
    table = asked(fresh())
    at = np.arange(table.rows) == 20
    none = {
        name: np.where(at, np.nan, one)
        for name, one in table.columns.items()
        if name not in {"grp", "cell", "n", CAPACITY}
    }
    value, reason, told = reason_of(Table({**table.columns, **none}), model)
    assert (np.isnan(value), reason) == (True, "no charge feature is known")
    assert np.isfinite(np.delete(told.numbers("estimate"), 20)).all()


def test_a_charge_unlike_any_is_judged_by_its_own_start_widely(model):
    table = asked(fresh())
    odd = changed(
        table,
        CV_charge_time=5 * table.numbers("CV charge time"),
        CC_charge_time=9 * table.numbers("CC charge time"),
    )
    value, reason, told = reason_of(odd, model, row=39)
    assert reason.startswith("out of domain")
    assert "fade since start" in told.texts("model").labels[0]
    assert value == pytest.approx(fresh().numbers(CAPACITY)[39], rel=0.1)
    assert told.numbers("lo")[39] < fresh().numbers(CAPACITY)[39] < told.numbers("hi")[39]
    value, reason, _ = reason_of(asked(odd, known=0), model)
    assert np.isnan(value)
    assert reason.startswith("out of domain, and none")


def test_a_group_never_seen_is_told_and_wider(model):
    table = asked(fresh())
    other = changed(table, grp=Texts.of(["elsewhere"] * table.rows))
    other = changed(other, cell=Texts.of(f"{row // 40}" for row in range(table.rows)))
    _, reason, told = reason_of(other, model)
    assert reason == "the group is not in the training file"
    assert (told.numbers("hi") > told.numbers("estimate")).all()


def test_a_cell_of_the_training_file_is_told(model):
    _, reason, _ = reason_of(charges(1), model)
    assert reason == "the cell is in the training file"


def test_one_row_is_answered(model):
    told = estimated(asked(fresh()).taken(np.array([3])), model)
    assert np.isfinite(told.numbers("estimate")).all()


def test_a_constant_feature_and_gaps_are_learnt_from():
    table = charges(1, cells=6)
    gaps = np.where(np.arange(table.rows) % 3, np.nan, table.numbers("CV Q"))
    known = learnt(changed(table, voltage_mean=np.full(table.rows, 4.0), CV_Q=gaps))
    assert np.isfinite(estimated(asked(fresh()), known).numbers("estimate")).any()


def with_value(name, row, value):
    def change(table):
        column = table.numbers(name).copy()
        column[row] = value
        return Table({**table.columns, name: column})

    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda t: changed(t, voltage_mean=1000 * t.numbers("voltage mean")), "soh.voltage"),
        (with_value(CAPACITY, 3, -1.0), "cycles.capacity"),
        (with_value(CAPACITY, 3, np.inf), "cycles.capacity"),
        (with_value("n", 3, 3.0), "cycles.twice"),
        (with_value("n", 3, np.nan), "cycles.key"),
        (lambda t: Table({k: v for k, v in t.columns.items() if k != "CC Q"}), "table.column"),
        (lambda t: Table({**t.columns, "CC Q": Texts.of(["?"] * t.rows)}), "table.not_a_number"),
        (lambda t: t.taken(np.arange(0)), "cycles.none"),
        (lambda t: Table({**t.columns, "nominal_ah": np.zeros(t.rows)}), "soh.nominal"),
    ],
)
def test_what_cannot_be_a_table_of_charges_is_refused(model, change, code):
    with pytest.raises(Refused) as refused:
        estimated(change(asked(fresh())), model)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda t: t.taken(np.arange(160)), "capacity.few_cells"),
        (lambda t: changed(t, CC_Q=0.5 * t.numbers(CAPACITY)), "soh.leak"),
        (lambda t: asked(t, known=0), "capacity.few_cells"),
    ],
)
def test_what_teaches_nothing_honest_is_refused(change, code):
    with pytest.raises(Refused) as refused:
        learnt(change(charges(1)))
    assert refused.value.code == code


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, np.nan])
def test_a_level_is_a_share(model, level):
    with pytest.raises(Refused, match=r"interval\.level"):
        estimated(asked(fresh()), model, level=level)


def test_the_same_rows_teach_the_same_bits():
    table = charges(3, cells=5)
    one, two = (estimated(asked(fresh()), learnt(table)) for _ in range(2))
    assert bits(one) == bits(two)


VALLEY, PEAK = "DV valley charge", "DV peak charge"


def with_curves(table, noise=0.002):
    """A table with a feature that goes with the capacity, and one that the curves seldom show."""
    dice = np.random.default_rng(table.rows)
    truth = charges_of(table).numbers(CAPACITY)
    seldom = np.where(dice.random(table.rows) < 0.3, 1.0, np.nan)
    said = 0.5 * truth * (1 + noise * dice.normal(size=table.rows))
    return Table({**table.columns, VALLEY: said, PEAK: seldom})


def charges_of(table):
    """The table of the same cells whose capacities are all known."""
    whole = next(one for one in (charges(1), fresh()) if one.rows == table.rows)
    assert np.array_equal(whole.numbers("CC Q"), table.numbers("CC Q"))
    return whole


@pytest.fixture(scope="module")
def curved():
    return learnt(with_curves(charges(1)), offered=(*FEATURES, *CURVE_FEATURES))


def test_curves_are_features_where_they_pay(model, curved):
    assert curved.features == (*FEATURES, VALLEY)
    whole, question = fresh(), with_curves(asked(fresh()))
    late = whole.numbers("n") > 10
    errors = [
        np.sqrt(np.mean((told.numbers("estimate") - whole.numbers(CAPACITY))[late] ** 2))
        for told in (estimated(question, one) for one in (curved, model))
    ]
    assert errors[0] < errors[1]
    told = estimated(question, curved)
    assert set(told.texts("model").cells()) == {
        "soh.trained/1 on 10 cells, with curves: features and start"
    }
    assert set(told.texts("reason").cells()) == {None}


def test_a_curve_that_is_missing_is_told_and_one_that_is_strange_is_out_of_domain(curved):
    question = with_curves(asked(fresh(cells=4)))
    gone, far = question.numbers(VALLEY).copy(), question.numbers(VALLEY) * 100.0
    gone[20] = np.nan
    told = estimated(changed(question, **{VALLEY: gone}), curved)
    assert told.texts("reason").cells()[20] == f"missing, judged by the rows before: {VALLEY}"
    never = estimated(changed(question, **{VALLEY: far * np.nan}), curved)
    assert f"never seen of this cell: {VALLEY}" in never.texts("reason").cells()[0]
    strange = estimated(changed(question, **{VALLEY: far}), curved)
    assert "out of domain" in strange.texts("reason").cells()[30]


def test_curves_that_do_not_pay_move_no_bit(model):
    found = learnt(with_curves(charges(1), noise=100.0), offered=(*FEATURES, *CURVE_FEATURES))
    assert found.features == FEATURES
    assert bits(estimated(with_curves(asked(fresh())), found)) == bits(
        estimated(asked(fresh()), model)
    )


def test_curves_are_tried_where_both_tables_have_them_and_none_is_the_answer():
    cycles = cycles_of(with_curves(charges(1)))
    assert _curve_features(cycles, CURVE_FEATURES) == (VALLEY,)  # the peak is seldom there
    assert _curve_features(cycles, FEATURES) == ()
    assert _curve_features(cycles_of(charges(1)), CURVE_FEATURES) == ()
    assert _curve_features(cycles_of(with_curves(charges(1), noise=0.0)), CURVE_FEATURES) == ()
