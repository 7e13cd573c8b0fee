r"""Incremental capacity: how much charge goes in for each volt, and where most does.

Of a stage of constant current, the charge that goes in while the voltage is in a bin of 5 mV,
divided by its width, is smoothed by a Gaussian of 10 mV:

$$ \frac{dQ}{dV}(v_j) = \frac{1}{\Delta} \int_{v(t) \in j} I\,dt $$

Time in a bin counts, however often the voltage crosses its ends, so noise widens a peak and does
not break it. The peak is the largest value that is no end of the curve, and has fallen by
`PROMINENCE` of itself on both sides; its place is that of a parabola through it and its neighbours.

Source: Dubarry, Svoboda, Hwu and Liaw, Electrochem. Solid-State Lett. 9 (2006) A454. Valid for slow
charges: at high currents the peak moves by the resistance and widens. Bins of 5 mV show nothing of
the plateaus of LFP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cellchain.science.charging.stages import ROWS_MIN

if TYPE_CHECKING:
    from cellchain.science.charging.trace import Trace
    from cellchain.science.portable import Floats

BIN_V = 0.005
SMOOTHING_BINS = 2.0
SPAN_MIN_V = 0.2
PROMINENCE = 0.1
POINTS = 4096


def peak(stage: Trace) -> tuple[float, float]:
    """Return the height of the peak, Ah/V, and its voltage, V; NaN where the curve shows none.

    Args:
        stage: At constant current.
    """
    none = float("nan"), float("nan")
    if len(stage.time_s) < ROWS_MIN or np.ptp(stage.voltage_v) < SPAN_MIN_V:
        return none
    voltage_v, curve = _curve(stage)
    inside = int(3 * SMOOTHING_BINS)
    top = inside + int(np.argmax(curve[inside:-inside]))
    sides = curve[inside:top], curve[top + 1 : -inside]
    if max(side.min(initial=np.inf) for side in sides) > (1.0 - PROMINENCE) * curve[top]:
        return none
    before, at, after = curve[top - 1 : top + 2]
    bend = before - 2.0 * at + after
    shift = 0.5 * (before - after) / bend if bend < 0.0 else 0.0
    return float(at - 0.25 * (before - after) * shift), float(voltage_v[top] + shift * BIN_V)


def _curve(stage: Trace) -> tuple[Floats, Floats]:
    """Return voltages and dQ/dV, shapes [bins]."""
    times = np.linspace(stage.time_s[0], stage.time_s[-1], POINTS)
    voltage_v = np.interp(times, stage.time_s, stage.voltage_v)
    current_a = np.interp(times, stage.time_s, stage.current_a)
    first = np.floor(voltage_v.min() / BIN_V)
    place = (voltage_v / BIN_V - first).astype(np.intp)
    charge_ah = current_a * ((times[1] - times[0]) / 3600.0)
    density = np.bincount(place, weights=charge_ah) / BIN_V
    reach = np.arange(-int(3 * SMOOTHING_BINS), int(3 * SMOOTHING_BINS) + 1)
    kernel = np.exp(-0.5 * (reach / SMOOTHING_BINS) ** 2)
    smooth = np.convolve(density, kernel / kernel.sum(), mode="same")
    return (first + np.arange(len(density)) + 0.5) * BIN_V, smooth
