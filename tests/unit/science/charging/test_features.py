"""What is described of a charge does not hang on how it was sampled, and nothing is invented."""

from __future__ import annotations

import numpy as np
import pytest
from examples.simulated_fleet import LIMITS, one_cycle
from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.science.capacity.rows import CURVE_FEATURES
from cellchain.science.charging.differential import places
from cellchain.science.charging.features import CAPACITY, NAMES, described
from cellchain.science.charging.incremental import peak
from cellchain.science.charging.shapes import shape
from cellchain.science.charging.stages import charge_of
from cellchain.science.charging.trace import Trace

FINE = one_cycle(step_s=1.0)
KNOWN = described(FINE, LIMITS).values
BEGIN, END = charge_of(FINE)
WINDOW = [name for name in NAMES if name.startswith(("voltage", "CC"))]
STEP = [name for name in NAMES if name.startswith(("current", "CV"))]


def changed(**columns):
    kept = {name: getattr(FINE, name) for name in ("time_s", "current_a", "voltage_v")}
    return Trace(**(kept | columns))


def taken(rows):
    return Trace(FINE.time_s[rows], FINE.current_a[rows], FINE.voltage_v[rows])


def paused(at_v, *, minutes=10.0):
    """The charge with a rest from where it first reaches a voltage, which sinks by 20 mV."""
    row = int(np.argmax(FINE.voltage_v >= at_v))
    rest_s = np.arange(1.0, 60.0 * minutes)
    sunk_v = FINE.voltage_v[row] - 0.02 * (1.0 - np.exp(-rest_s / 60.0))
    later_s = FINE.time_s[row:] + rest_s[-1] + 1.0
    return Trace(
        np.concatenate([FINE.time_s[:row], FINE.time_s[row] + rest_s, later_s]),
        np.concatenate([FINE.current_a[:row], 0.0 * rest_s, FINE.current_a[row:]]),
        np.concatenate([FINE.voltage_v[:row], sunk_v, FINE.voltage_v[row:]]),
    )


def test_everything_is_known_of_a_whole_cycle():
    assert set(KNOWN) == set(NAMES) - {"DV peak", "DV peak charge"}  # this cell has one stage
    assert described(FINE, LIMITS).reasons == ()
    assert KNOWN["CC Q"] == pytest.approx(KNOWN["CC charge time"] / 3600.0)  # one ampere
    assert KNOWN["CC charge time"] == pytest.approx(0.2 / KNOWN["voltage slope"], rel=0.05)
    assert 0.2 < KNOWN["current mean"] < 0.8
    assert KNOWN["current slope"] < 0.0
    assert KNOWN[CAPACITY] == pytest.approx(2.0, rel=0.05)


def check_close(found, share):
    """Of itself; of kurtosis and skewness as they are."""
    for name in found.keys() - {CAPACITY}:
        size = 1.0 if name.endswith(("kurtosis", "skewness")) else abs(KNOWN[name])
        assert abs(found[name] - KNOWN[name]) < share * size, name
    assert set(WINDOW) | set(STEP) < set(found)


@settings(max_examples=40, deadline=None)
@given(every=st.integers(1, 40), first=st.integers(0, 39))
def test_sampling_moves_a_feature_by_less_than_half_a_percent(every, first):
    """At 40 s the window has 37 rows, the step 12."""
    check_close(described(taken(np.arange(first, len(FINE.time_s), every)), LIMITS).values, 0.005)


@settings(max_examples=40, deadline=None)
@given(every=st.integers(1, 10), seed=st.integers(0, 10_000))
def test_a_fifth_of_the_rows_lost_moves_it_by_less_than_two_percent(every, seed):
    rows = np.arange(0, len(FINE.time_s), every)
    kept = rows[np.random.default_rng(seed).random(len(rows)) > 0.2]
    check_close(described(taken(kept), LIMITS).values, 0.02)


@settings(max_examples=25, deadline=None)
@given(later_s=st.floats(0.0, 1e9), seed=st.integers(0, 99))
def test_neither_the_clock_nor_noise_of_a_logger_matters(later_s, seed):
    dice = np.random.default_rng(seed)
    noise = dice.normal(size=(2, len(FINE.time_s)))
    noisy = Trace(
        FINE.time_s + later_s, FINE.current_a + 2e-3 * noise[0], FINE.voltage_v + 1e-3 * noise[1]
    )
    found = described(noisy, LIMITS).values
    for name in set(KNOWN) - {"voltage skewness"}:  # 0.02: near nothing
        assert found[name] == pytest.approx(KNOWN[name], rel=0.03), name


def test_a_pause_before_the_window_is_no_matter():
    found = described(paused(3.7), LIMITS)
    for name in (*WINDOW, *STEP, CAPACITY):
        assert found.values[name] == pytest.approx(KNOWN[name], rel=1e-6), name


def test_a_pause_in_the_window_or_step_hides_it_alone():
    found = described(paused(4.0), LIMITS)
    assert found.reasons == ("window: a pause",)
    assert not set(WINDOW) & set(found.values)
    assert set(STEP) < set(found.values)
    cut = int(np.argmax((FINE.voltage_v > 4.149) & (FINE.current_a < 0.5)))
    rest = np.arange(1.0, 300.0)
    found = described(
        Trace(
            np.concatenate([FINE.time_s[:cut], FINE.time_s[cut] + rest]),
            np.concatenate([FINE.current_a[:cut], 0.0 * rest]),
            np.concatenate([FINE.voltage_v[:cut], 4.145 + 0.0 * rest]),
        ),
        LIMITS,
    )
    assert set(WINDOW) < set(found.values)
    assert not set(STEP) & set(found.values)
    assert "step: the current goes from" in found.reasons[0]


def test_of_a_partial_charge_only_what_was_seen_is_told():
    late = described(taken(FINE.voltage_v * (FINE.time_s < FINE.time_s[END]) > 3.95), LIMITS)
    assert set(STEP) == set(late.values)
    assert not set(WINDOW) & set(late.values)
    assert "above the window" in late.reasons[0]
    early = described(taken((FINE.voltage_v < 4.05) & (FINE.time_s < FINE.time_s[END])), LIMITS)
    assert not early.values
    assert "below the window's end" in early.reasons[0]


def test_a_charge_in_stages_counts_where_its_window_has_one_current():
    before = changed(current_a=np.where(FINE.voltage_v < 3.8, 1.5, 1.0) * FINE.current_a)
    found = described(before, LIMITS)
    assert found.values["CC Q"] == pytest.approx(KNOWN["CC Q"], rel=1e-6)
    inside = changed(current_a=np.where(FINE.voltage_v < 4.0, 1.5, 1.0) * FINE.current_a)
    assert "the current is not constant, 1 to 1.5 A" in described(inside, LIMITS).reasons[0]


@pytest.mark.parametrize("at_v", [3.5, 3.8, 3.905, 4.0, 4.095, 4.12, 4.1499])
@pytest.mark.parametrize("spike_v", [0.0, 4.3, 5.0])
def test_a_spike_of_one_row_is_no_matter_and_a_longer_one_is_told(at_v, spike_v):
    row = int(np.argmax(FINE.voltage_v >= at_v)) + 5
    voltage_v = FINE.voltage_v.copy()
    voltage_v[row] = spike_v
    found = described(changed(voltage_v=voltage_v), LIMITS)
    for name in KNOWN:
        assert found.values[name] == pytest.approx(KNOWN[name], rel=1e-3), name
    voltage_v[row : row + 3] = spike_v
    found = described(changed(voltage_v=voltage_v), LIMITS)
    for name in found.values.keys() - {CAPACITY, "IC peak"}:  # never another number
        assert found.values[name] == pytest.approx(KNOWN[name], rel=0.05, abs=0.02), name


@pytest.mark.parametrize("rows", [2, 5, 60])
def test_a_current_that_jumps_at_the_end_of_the_window_hides_the_curves_alone(rows):
    end = int(np.argmax(FINE.voltage_v >= LIMITS.to_v))
    current_a = FINE.current_a.copy()
    current_a[end - rows : end] *= 1.3
    found = described(changed(current_a=current_a), LIMITS).values
    assert {"CC Q", "voltage mean"} < set(found)
    assert not set(CURVE_FEATURES) & set(found)


def test_a_curve_that_falls_tells_nothing():
    whole = graphite(0.3)
    sunk = np.where(whole.time_s > 3600.0, whole.voltage_v - 0.06, whole.voltage_v)
    assert places(Trace(whole.time_s, whole.current_a, sunk), 0.3) == (None, None)
    wavy = whole.voltage_v + 0.05 * np.sin(whole.time_s / 200.0)
    assert places(Trace(whole.time_s, whole.current_a, wavy), 0.3) == (None, None)


@pytest.mark.parametrize("share", [1.0, 1.0 + 1e-12, 1.01])
def test_the_shortest_stage_that_is_looked_at(share):
    stage = graphite(0.3, lost_ah=0.8)
    assert len(places(stage, stage.charge_ah() / 1.2 / share)) == 2  # six widths, and a little more


def test_few_rows_and_gaps_are_no_window():
    assert (
        "rows; at least" in described(taken(np.arange(0, len(FINE.time_s), 300)), LIMITS).reasons[0]
    )
    holed = taken(
        (FINE.voltage_v < 3.95) | (FINE.voltage_v > 4.05) | (FINE.time_s > FINE.time_s[END])
    )
    assert "a gap of" in described(holed, LIMITS).reasons[0]


def test_a_discharge_that_is_cut_short_tells_no_capacity():
    short = taken((FINE.voltage_v > 3.3) | (FINE.time_s < FINE.time_s[END]))
    found = described(short, LIMITS)
    assert CAPACITY not in found.values
    assert "no capacity" in found.reasons[0]


@pytest.mark.parametrize("name", ["rest", "discharge", "nothing", "one row"])
def test_what_is_no_charge_has_no_feature(name):
    rows = slice(END + 700, None)
    trace = {
        "rest": changed(current_a=0.0 * FINE.current_a),
        "discharge": taken(rows),
        "nothing": taken(slice(0, 0)),
        "one row": taken(slice(0, 1)),
    }[name]
    assert described(trace, LIMITS).reasons == ("nothing charges for 8 rows",)


def test_a_swapped_sign_is_seen_by_the_voltage():
    assert described(changed(current_a=-FINE.current_a), LIMITS).falls


def test_shapes_are_those_of_their_formulas():
    ramp = shape(np.array([0.0, 50.0, 100.0]), np.array([3.0, 3.5, 4.0]), 3.0, 4.0)
    assert ramp.mean == pytest.approx(3.5)
    assert ramp.std == pytest.approx(12**-0.5, rel=2e-3)
    assert ramp.kurtosis == pytest.approx(-1.2, abs=2e-3)
    assert ramp.skewness == pytest.approx(0.0, abs=1e-9)
    assert ramp.slope == pytest.approx(0.01)
    assert ramp.entropy == pytest.approx(np.log(32), rel=1e-4)
    flat = shape(np.array([0.0, 100.0]), np.array([3.7, 3.7]), 3.0, 4.0)
    assert (flat.std, flat.slope, flat.entropy) == pytest.approx((0.0, 0.0, 0.0), abs=1e-12)
    assert np.isnan([flat.kurtosis, flat.skewness]).all()


def test_the_peak_is_where_most_goes_in():
    def stage(width_v):
        volts = np.linspace(3.4, 4.0, 600)
        density = 1.0 + 3.0 * np.exp(-0.5 * ((volts - 3.7) / width_v) ** 2)
        time_s = np.cumsum(density) * 3600.0 * (volts[1] - volts[0])
        return Trace(time_s, np.ones_like(volts), volts)

    height, voltage_v = peak(stage(0.05))
    assert height == pytest.approx(4.0, rel=0.05)
    assert voltage_v == pytest.approx(3.7, abs=2e-3)
    assert np.isnan(peak(stage(10.0))).all()  # a level curve has none
    rising = stage(0.05).part(0, 290)
    assert np.isnan(peak(rising)).all()  # its largest value is its end


def graphite(height, *, lost_ah=0.0):
    """A charge at one ampere whose dV/dQ has two valleys of 0.2 V/Ah and a peak between, at 1 Ah.

    The beginning may be lost, as of a charge that begins later.
    """
    charge_ah = np.linspace(0.0, 2.0, 7201)
    bumps = 0.5 * ((charge_ah - 1.0) / 0.12) ** 2, 0.5 * (charge_ah / 0.1) ** 2
    late = np.exp((charge_ah - 2.0) / 0.2)
    slope = 0.2 + height * np.exp(-bumps[0]) + 3.0 * np.exp(-bumps[1]) + 0.5 * late
    volts = 3.0 + np.cumsum(slope) * charge_ah[1]
    kept = charge_ah >= lost_ah
    return Trace(3600.0 * charge_ah[kept], np.ones(kept.sum()), volts[kept])


@pytest.mark.parametrize("lost_ah", [0.0, 0.3, 0.6])
def test_the_peak_between_two_stages_is_told_by_the_charge_to_the_end(lost_ah):
    valley, top = places(graphite(0.3, lost_ah=lost_ah), 0.3)
    assert 0.2 < valley[0] < 0.23
    assert top[0] == pytest.approx(0.47, rel=0.05)  # smoothed
    assert top[1] == pytest.approx(1.0, abs=0.01)
    whole = places(graphite(0.3), 0.3)
    assert top == pytest.approx(whole[1], rel=1e-3)


def test_where_no_stage_ends_there_is_no_peak_and_of_a_late_charge_nothing():
    valley, top = places(graphite(0.0), 0.3)
    assert valley[0] == pytest.approx(0.2, rel=0.05)
    assert top is None
    assert places(graphite(0.3, lost_ah=1.0), 0.3)[1] is None  # it begins at the peak
    assert places(graphite(0.3, lost_ah=1.8), 0.3) == (None, None)
    assert places(graphite(0.3).part(0, 5), 0.3) == (None, None)
