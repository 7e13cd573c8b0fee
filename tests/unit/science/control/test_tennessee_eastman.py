"""The Tennessee Eastman process: faults found, at a rate of false alarms measured on other rows.

The fault-free run of 500 rows is cut into five blocks; each is watched by limits fitted to the
other four, which cut their rows into blocks once more to set the limits: the rows that count alarms
served neither model nor limits. Faults 3, 9 and 15 hardly differ from normal operation and are
left out, as is usual.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from cellchain.science.control.monitoring import Plan, fit, watch
from tests.conformance.shared import shared_data

FAULTS = [fault for fault in range(1, 22) if fault not in {3, 9, 15}]


@pytest.fixture(scope="module")
def runs():
    with np.load(shared_data("health", "tep_train.npz")) as found:
        return {name: found[name].astype(np.float64) for name in found}


def detected(runs, plan):
    limits = fit(runs["d00"], plan=plan)
    return np.mean([watch(limits, runs[f"d{fault:02d}"]).alarm.mean() for fault in FAULTS])


def held_out_alarms(samples, plan):
    """Alarms on blocks of 100 rows by limits of the other blocks."""
    count = 0
    for start, stop in pairwise(range(0, len(samples) + 1, 100)):
        others = [run for run in (samples[:start], samples[stop:]) if len(run)]
        count += int(watch(fit(*others, plan=plan), samples[start:stop]).alarm.sum())
    return count


def test_four_of_five_faulty_samples_alarm_more_than_by_plain_principal_components(runs):
    found, plain = detected(runs, Plan()), detected(runs, Plan(lags=0))
    assert found >= 0.80
    assert found > plain + 0.10


def test_held_out_fault_free_rows_alarm_no_more_than_one_in_a_hundred(runs):
    from scipy.stats import binomtest

    count = held_out_alarms(runs["d00"], Plan())
    interval = binomtest(count, len(runs["d00"])).proportion_ci(0.95)
    assert count <= 0.01 * len(runs["d00"])
    # 500 rows can say no more: with none, a rate up to 0.7 % is possible, with five up to 2.3 %.
    assert interval.low <= Plan().rate
