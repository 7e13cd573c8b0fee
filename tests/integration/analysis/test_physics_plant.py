"""The physics plant counts charge as it should; without PyBaMM there is none."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.physics_plant import Drive, solved, town
from tests.machine import require_twin


@pytest.fixture(autouse=True)
def _physics() -> None:
    require_twin()


def test_charge_is_what_flowed_and_a_narrow_cell_holds_less():
    current_a = town(600, 3)
    whole, narrow = (
        solved(Drive(name="town", current_a=current_a, soc=0.8, width=width))
        for width in (1.0, 0.9)
    )
    between_ah = np.trapezoid(current_a, whole["time_s"]) / 3600.0
    gone = np.ptp(whole["soc"][[0, -1]])
    assert gone * whole["capacity_ah"][0] == pytest.approx(between_ah, rel=2e-3)
    assert narrow["capacity_ah"][0] == pytest.approx(0.9 * whole["capacity_ah"][0], rel=1e-3)
    assert (whole["voltage_v"] < 4.3).all()
