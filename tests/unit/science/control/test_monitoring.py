"""Charts of many variables: their algebra, their joint limits, and no look into the future."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.science.control import quadratic
from cellchain.science.control.canonical import canonical
from cellchain.science.control.dynamic import lagged
from cellchain.science.control.limits import Limits
from cellchain.science.control.monitoring import Plan, fit, unseen_scores, watch
from cellchain.science.control.principal import principal
from cellchain.science.control.quadratic import summed

SMALL = Plan(lags=1, rate=0.05, blocks=3)


def process(seed, rows, variables=4):
    """A process that remembers: two hidden states of first order, seen by noisy sensors."""
    drawn = np.random.default_rng(seed)
    states = np.zeros((rows, 2))
    for n in range(1, rows):
        states[n] = 0.7 * states[n - 1] + drawn.normal(size=2)
    seen = np.random.default_rng(0).normal(size=(2, variables))
    return 10.0 + states @ seen + 0.3 * drawn.normal(size=(rows, variables))


def standardised(samples):
    return (samples - samples.mean(axis=0)) / samples.std(axis=0, ddof=1)


@pytest.fixture(scope="module")
def limits():
    return fit(process(1, 300), plan=SMALL)


def same(one, other, rows):
    assert one.chart[:rows] == other.chart
    for name in ("alarm", "score", "limit", "contributions"):
        assert getattr(one, name)[:rows].tobytes() == getattr(other, name).tobytes()


def test_lagged_rows_hold_the_newest_row_first():
    rows = np.arange(8.0).reshape(4, 2)
    assert lagged(rows, 1).tolist() == [[2, 3, 0, 1], [4, 5, 2, 3], [6, 7, 4, 5]]
    assert lagged(rows, 4).shape == (0, 10)


@pytest.mark.parametrize("lags", [0, 2])
def test_principal_charts_are_t2_and_spe_by_singular_values(lags):
    rows = standardised(process(2, 200))
    wide = lagged(rows, lags)
    _, values, directions = np.linalg.svd(wide, full_matrices=False)
    shares = np.cumsum(values**2) / (values**2).sum()
    kept = int(np.argmax(shares >= 0.8)) + 1
    scores = wide @ directions[:kept].T
    t2 = (scores**2 / (values[:kept] ** 2 / (len(wide) - 1))).sum(axis=1)
    spe = ((wide - scores @ directions[:kept]) ** 2).sum(axis=1)
    for form, expected in zip(principal([rows], variance=0.8, lags=lags), (t2, spe), strict=True):
        np.testing.assert_allclose(summed(form.contributions(rows))[lags:], expected, rtol=1e-9)


def test_canonical_states_are_those_of_the_generalised_eigenproblem():
    from scipy.linalg import eigh

    rows = standardised(process(3, 800))
    windows = lagged(rows, 3)
    future, past = windows[:, :8], windows[:, 8:]
    cross, within = past.T @ future / len(past), past.T @ past / len(past)
    foreseen = cross @ np.linalg.solve(future.T @ future / len(past), cross.T)
    _, directions = eigh(foreseen, within)  # scaled so that a direction has variance one
    seen = lagged(rows, 1)
    variates = (seen @ directions[:, ::-1]) ** 2
    states, rest = canonical([rows], length=2)
    # Two hidden states made the rows, and two are found.
    np.testing.assert_allclose(
        summed(states.contributions(rows))[1:], variates[:, :2].sum(axis=1), rtol=1e-7
    )
    np.testing.assert_allclose(
        summed(rest.contributions(rows))[1:], variates[:, 2:].sum(axis=1), rtol=1e-7
    )


@given(st.integers(0, 10**6), st.integers(60, 160), st.sampled_from([0.01, 0.05, 0.2]))
@settings(max_examples=25, deadline=None)
def test_on_unseen_fault_free_rows_all_charts_together_alarm_no_more_than_stated(seed, rows, rate):
    plan = Plan(lags=1, rate=rate, blocks=3)
    samples = process(seed, rows)
    found = fit(samples, plan=plan)
    alarms = (unseen_scores(samples, plan=plan) > found.limits).any(axis=1)
    assert alarms.mean() <= rate
    assert 0.0 < found.confidence < 1.0


def test_limits_are_no_wider_than_the_confidence_asks():
    # Of 300 rows at 5 %: P(B <= 8) = 0.035, P(B <= 9) = 0.067.
    samples = process(1, 300)
    alarms = (unseen_scores(samples, plan=SMALL) > fit(samples, plan=SMALL).limits).any(axis=1)
    assert alarms.sum() == 8


def roots(limits):
    return np.concatenate([form.root.ravel() for form in limits.model.forms])


def test_runs_have_no_order_and_no_row_is_the_past_of_another_run():
    one, other = process(4, 150), process(5, 100)
    apart = roots(fit(one, other, plan=SMALL))
    np.testing.assert_allclose(roots(fit(other, one, plan=SMALL)), apart, rtol=1e-6, atol=1e-9)
    assert not np.allclose(roots(fit(np.vstack([one, other]), plan=SMALL)), apart, rtol=1e-6)


def test_few_rows_lower_the_confidence_and_say_so():
    found = fit(process(5, 100), plan=Plan(lags=0, blocks=4))
    assert found.confidence == pytest.approx(1 - 0.99**100)


def test_fresh_rows_of_the_same_process_alarm_about_as_seldom_as_stated():
    limits = fit(process(6, 3000), plan=Plan(lags=1))
    rate = watch(limits, process(7, 20_000)).alarm.mean()
    assert 0.002 < rate < 0.012


@pytest.mark.parametrize("block", [5, quadratic._BLOCK])
def test_no_later_row_moves_an_earlier_answer_by_one_bit(limits, monkeypatch, block):
    samples = process(8, 2 * quadratic._BLOCK + 50 if block > 5 else 60)
    whole = watch(limits, samples)
    monkeypatch.setattr(quadratic, "_BLOCK", block)
    for rows in (0, 1, 2, 3, 4, 5, 6, 7, 11, 50, block - 1, block, block + 1, len(samples)):
        same(whole, watch(limits, samples[:rows]), rows)


@given(st.integers(0, 10**6), st.integers(0, 30), st.floats(-1e6, 1e6))
@settings(max_examples=30, deadline=None)
def test_whatever_comes_later_an_answer_stays(limits, seed, kept, later):
    samples = process(seed, 31)
    changed = samples.copy()
    changed[kept:] = later
    same(watch(limits, changed), watch(limits, samples[:kept]), kept)


def test_contributions_add_up_to_the_score_and_none_is_negative(limits):
    found = watch(limits, process(9, 200))
    assert (found.contributions >= 0.0).all()
    np.testing.assert_allclose(found.contributions.sum(axis=1), found.score, rtol=1e-12)
    assert (found.alarm == (found.score > found.limit)).all()


@pytest.mark.parametrize("variable", range(4))
def test_the_variable_whose_sensor_jumps_contributes_most(limits, variable):
    samples = process(10, 40)
    samples[20:, variable] += 8.0 * limits.model.deviation[variable]
    found = watch(limits, samples)
    assert found.alarm[20:].all()
    assert np.argmax(found.contributions[20]) == variable


def test_a_copy_of_a_variable_does_not_alarm_until_it_parts():
    samples = process(11, 300)
    doubled = fit(np.column_stack([samples, 2.0 * samples[:, 0]]), plan=SMALL)
    later = process(12, 300)
    later = np.column_stack([later, 2.0 * later[:, 0]])
    assert watch(doubled, later).alarm.mean() < 0.1
    later[:, -1] += 0.05 * samples[:, 0].std()
    assert watch(doubled, later).alarm.all()


def test_of_two_equal_variables_any_difference_alarms_and_nothing_else_does():
    samples = np.random.default_rng(15).integers(0, 9, (300, 1)) * np.ones(2)
    limits = fit(samples, plan=SMALL)
    assert np.isfinite(limits.limits).all()
    assert not watch(limits, samples[:100]).alarm.any()
    samples[50:, 1] += 0.1
    assert watch(limits, samples).alarm[50:].all()


@pytest.mark.parametrize("value", [1e75, -1e75])
def test_a_value_out_of_all_proportion_is_an_alarm_with_a_finite_score(limits, value):
    samples = process(16, 10)
    samples[5, 1] = value
    found = watch(limits, samples)
    assert found.alarm[5]
    assert np.isfinite(found.score).all()
    assert np.isfinite(found.contributions).all()


def test_numbers_of_any_kind_are_taken_as_float64():
    narrow = process(17, 100).astype(np.float32)
    assert fit(narrow).plain() == fit(narrow.astype(np.float64)).plain()
    assert fit(narrow.tolist()).plain() == fit(narrow).plain()


def test_without_scipy_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    with pytest.raises(Refused) as refused:
        fit(process(18, 100))
    assert refused.value.code == "control.scipy_missing"
    assert "cellchain[science]" in refused.value.remedy


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(0, 49), max_size=12), st.integers(0, 3))
def test_a_gap_moves_no_sample_whose_past_it_does_not_touch(limits, gaps, variable):
    samples = process(19, 50)
    whole = watch(limits, samples)
    samples[list(gaps), variable] = np.nan
    found = watch(limits, samples)
    lags = max(form.lags for form in limits.model.forms)
    touched = {row + lag for row in gaps for lag in range(lags + 1)}
    kept = [row for row in range(50) if row not in touched]
    for name in ("alarm", "score", "limit", "contributions", "silent"):
        assert getattr(found, name)[kept].tobytes() == getattr(whole, name)[kept].tobytes()
    assert set(np.flatnonzero(np.isnan(found.score))) == gaps
    assert not found.alarm[list(gaps)].any()


def test_limits_in_a_file_are_the_same_limits(limits):
    read = Limits.from_plain(json.loads(json.dumps(limits.plain())))
    samples = process(13, 50)
    same(watch(limits, samples), watch(read, samples), 50)
    assert read.plain() == limits.plain()


def spoilt(**changes):
    return fit(process(1, 60), plan=Plan(lags=0)).plain() | changes


ROWS = process(14, 60)


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda: fit(ROWS[:1]), "control.few_rows"),
        (lambda: fit(ROWS[:26], plan=Plan(lags=2)), "control.few_rows"),
        (lambda: fit(ROWS[:10], plan=Plan(lags=20)), "control.few_rows"),
        (lambda: fit(ROWS[:9], plan=Plan(lags=0)), "control.few_rows"),
        (fit, "control.variables"),
        (lambda: fit(ROWS, ROWS[:, :3]), "control.variables"),
        (lambda: fit(ROWS[:, 0]), "control.shape"),
        (lambda: fit(ROWS[:, :1]), "control.shape"),
        (lambda: fit(ROWS[:, :0]), "control.shape"),
        (lambda: fit(np.where(ROWS[7, 2] == ROWS, np.nan, ROWS)), "control.not_finite"),
        (lambda: fit(np.where(ROWS[7, 2] == ROWS, np.inf, ROWS)), "control.not_finite"),
        (lambda: fit(np.column_stack([ROWS, np.full(60, 0.1)])), "control.constant"),
        (lambda: fit(np.column_stack([ROWS, np.arange(60) == 0])), "control.constant"),
        (lambda: fit(ROWS * 1e80), "control.not_finite"),
        (lambda: fit(ROWS * 1e-60), "control.constant"),
        (lambda: fit(np.full((60, 2), "a")), "control.shape"),
        (lambda: Plan(rate=0.0), "control.setting"),
        (lambda: Plan(confidence=1.0), "control.setting"),
        (lambda: Plan(variance=np.nan), "control.setting"),
        (lambda: Plan(lags=-1), "control.setting"),
        (lambda: Plan(blocks=1), "control.setting"),
        (lambda: watch(fit(ROWS, plan=SMALL), ROWS[:, :3]), "control.variables"),
        (lambda: watch(fit(ROWS, plan=SMALL), ROWS * np.inf), "control.not_finite"),
        (lambda: Limits.from_plain({}), "control.limits_version"),
        (lambda: Limits.from_plain(spoilt(version=2)), "control.limits_version"),
        (lambda: Limits.from_plain(spoilt(mean=[0.0])), "control.limits_form"),
        (lambda: Limits.from_plain(spoilt(mean=None)), "control.limits_form"),
        (lambda: Limits.from_plain(spoilt(charts=[])), "control.limits_form"),
        (lambda: Limits.from_plain(spoilt(deviation=[0.0] * 4)), "control.limits_form"),
        (lambda: Limits.from_plain({"version": 1}), "control.limits_form"),
    ],
)
def test_what_cannot_be_watched_is_refused(ask, code):
    with pytest.raises(Refused) as refused:
        ask()
    assert refused.value.code == code
