"""A cell of physics on drives, to judge a filter by: the DFN model of PyBaMM, Chen2020.

``python benchmarks/physics_plant.py FOLDER [SET …]`` writes the drives as Parquet files; it wants
PyBaMM 26.10 and pyarrow, and takes about ten minutes. Each file has `time_s`, `current_a` (positive
on discharge), `voltage_v` and `temperature_c` as they truly are, `soc` (of the stoichiometry of the
negative electrode) and `capacity_ah` of the plant. The sensors' errors are added by who scores.

fit       a drive to identify by, at 10, 25 and 40 °C, and the open circuit from C/40
chosen    drives by which the filter was designed
heldout   drives of other seeds, starts, temperatures and shapes, scored once
final     drives scored once, after the rule for capacity had been changed by the two sets before
cycles    ten cycles of plants whose electrodes are narrower: another capacity and resistance
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NOMINAL_AH = 5.0
C = NOMINAL_AH
KELVIN = 273.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """A current on a plant."""

    name: str
    current_a: Floats
    soc: float
    celsius: float = 25.0
    period_s: float = 1.0
    width: float = 1.0
    """Of the electrodes, of that of a fresh cell."""


def blocks(*parts: tuple[float, float]) -> Floats:
    """Return a current in seconds from pairs of (multiple of C, seconds)."""
    return np.concatenate([np.full(int(seconds), rate * C) for rate, seconds in parts])


def identification(seed: int) -> Floats:
    """Return a drive from full to nearly empty, and back half the way.

    At each tenth pulses, rests and a random stretch; then a charge with pauses, for what a
    discharge alone cannot tell: whether a voltage is high at rest or low under current.
    """
    rng = np.random.default_rng(seed)
    level = [(0.0, 600), (1.0, 10), (0.0, 60), (-0.25, 10), (0.0, 60), (0.5, 300), (0.0, 600)]
    parts: list[Floats] = []
    for _ in range(8):
        random = np.repeat(np.clip(rng.normal(0.45, 0.7, 45), -0.25, 2.0), 10)
        parts += [blocks(*level), C * random]
    charge = [(0.0, 900), (-1 / 3, 1500), (0.0, 300), (0.5, 60), (0.0, 240)]
    return np.concatenate([*parts, *[blocks(*charge)] * 4])


def town(seconds: int, seed: int, mean: float = 0.35) -> Floats:
    """Return a drive of starts, cruises, brakings and stops, in four phases of rising speed."""
    rng = np.random.default_rng(seed)
    parts: list[tuple[float, float]] = []
    passed = 0.0
    while passed < seconds:
        speed = 0.5 + 1.2 * ((passed / 450) % 4) / 3
        trip = [
            (speed * rng.uniform(0.8, 1.4), rng.integers(6, 20)),
            (speed * rng.uniform(0.1, 0.5), rng.integers(20, 90)),
            (-0.4 * speed * rng.uniform(0.4, 1.0), rng.integers(4, 14)),
            (0.01, rng.integers(2, 40)),
        ]
        parts += [(rate * mean / 0.35, length) for rate, length in trip]
        passed += sum(length for _, length in trip)
    return blocks(*parts)[:seconds]


def pulses(seconds: int, rate: float, pulse: float, every: int = 120, length: int = 15) -> Floats:
    """Return a constant current with pulses upon it."""
    at = np.arange(seconds)
    return C * np.where(at % every < length, pulse, rate)


def walk(seconds: int, seed: int, mean: float, hold: int = 5) -> Floats:
    """Return a random walk that returns to its mean."""
    rng = np.random.default_rng(seed)
    now, values = mean, []
    for shock in rng.normal(0.0, 0.25, seconds // hold + 1):
        now += 0.1 * (mean - now) + shock
        values.append(np.clip(now, -0.6, 1.8))
    return C * np.repeat(values, hold)[:seconds]


def rests(seed: int) -> Floats:
    """Return short drives between long rests."""
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(5):
        parts += [
            walk(900, int(rng.integers(1 << 30)), 0.5),
            np.zeros(int(rng.integers(1500, 4500))),
        ]
    return np.concatenate(parts)


def cycling(seed: int, cycles: int = 10, period_s: int = 5) -> Floats:
    """Return cycles of a drive to about 10 % and a charge at a third of C to where it began."""
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(cycles):
        depth = rng.uniform(0.6, 0.72) * 0.88 * NOMINAL_AH * 3600
        drive = np.maximum(walk(30_000, int(rng.integers(1 << 30)), 0.45), -0.2 * C)
        gone = np.cumsum(drive)
        drive = drive[: int(np.argmax(gone >= depth))]
        charge = np.full(int(drive.sum() / (C / 3)), -C / 3)
        parts += [drive, np.zeros(900), charge, np.zeros(1800)]
    return np.concatenate(parts)[::period_s]


def drives() -> dict[str, list[Drive]]:
    """Return every drive, by the set that it belongs to."""
    return {
        "fit": [
            Drive(name=f"fit_{celsius}", current_a=identification(celsius), soc=0.95,
                  celsius=celsius)
            for celsius in (10, 25, 40)
        ],
        "chosen": [
            Drive(name="town", current_a=town(6000, 1), soc=0.9),
            Drive(name="pulses", current_a=pulses(5400, 0.4, 1.2), soc=0.85),
            Drive(name="walk", current_a=walk(4800, 2, 0.35), soc=0.65),
            Drive(name="rests", current_a=rests(3), soc=0.92),
            Drive(name="cold", current_a=town(5400, 4), soc=0.8, celsius=5),
            Drive(name="hot", current_a=walk(5400, 5, 0.4), soc=0.75, celsius=38),
            Drive(name="charged", current_a=np.concatenate(
                [walk(1200, 6, 0.2), blocks((-0.4, 4500), (0, 900)), town(2400, 7)]), soc=0.35),
        ],
        "heldout": [
            Drive(name="town", current_a=town(6600, 101, 0.4), soc=0.95),
            Drive(name="pulses", current_a=pulses(4800, 0.55, -0.3, 200, 30), soc=0.8),
            Drive(name="walk", current_a=walk(5400, 102, 0.3, 8), soc=0.7),
            Drive(name="rests", current_a=rests(103), soc=0.8),
            Drive(name="cold", current_a=walk(5400, 104, 0.3), soc=0.85, celsius=8),
            Drive(name="hot", current_a=town(5400, 105), soc=0.7, celsius=35),
            Drive(name="motorway", current_a=np.concatenate(
                [blocks((0.0, 300), (0.7, 2700)), town(1500, 106)]), soc=0.9),
            Drive(name="stopped", current_a=np.concatenate(
                [town(1800, 107), np.zeros(3600), blocks((-1 / 3, 2400)), walk(2400, 108, 0.3)]),
                soc=0.55),
        ],
        "final": [
            Drive(name="town", current_a=town(6600, 201, 0.4), soc=0.92),
            Drive(name="walk", current_a=walk(6000, 202, 0.4, 8), soc=0.9),
            Drive(name="rests", current_a=rests(203), soc=0.75),
            Drive(name="cold", current_a=walk(5400, 204, 0.32), soc=0.8, celsius=9),
            Drive(name="pulses", current_a=pulses(5400, 0.45, -0.2, 150, 20), soc=0.88),
            Drive(name="aged", current_a=town(5400, 205, 0.4), soc=0.9, celsius=20, width=0.9),
        ],
        "cycles": [
            Drive(name=f"{which}_{width}", current_a=cycling(seed), soc=0.85, period_s=5.0,
                  width=width)
            for which, seed, width in (("chosen", 1, 0.92), ("chosen", 2, 1.0),
                                       ("heldout", 101, 0.9), ("heldout", 102, 0.97))
        ],
    }  # fmt: skip


def solved(drive: Drive) -> dict[str, Floats]:
    """Return what the plant does on a drive, up to the first limit of voltage."""
    import pybamm  # noqa: PLC0415

    time_s = drive.period_s * np.arange(len(drive.current_a))
    values = _plant(drive)
    current = pybamm.Interpolant(time_s, drive.current_a, pybamm.t)
    values["Current function [A]"] = current
    model = pybamm.lithium_ion.DFN({"thermal": "lumped"})
    solver = pybamm.IDAKLUSolver(rtol=1e-5, atol=1e-6)
    simulation = pybamm.Simulation(model, parameter_values=values, solver=solver)
    # The solver must stop where the current bends, or it steps over pulses.
    bends = np.diff(drive.current_a, n=2, prepend=np.nan, append=np.nan) != 0.0
    found = simulation.solve(time_s[bends], t_interp=time_s, initial_soc=drive.soc)
    rows = time_s <= found.t[-1]
    at = time_s[rows]
    empty, full, *_ = pybamm.lithium_ion.get_min_max_stoichiometries(values)
    stoichiometry = found["Average negative particle stoichiometry"](at)
    soc = (stoichiometry - empty) / (full - empty)
    return {
        "time_s": at,
        "current_a": drive.current_a[rows],
        "voltage_v": found["Voltage [V]"](at),
        "temperature_c": found["X-averaged cell temperature [K]"](at) - KELVIN,
        "soc": soc,
        "capacity_ah": np.full(len(at), _capacity_ah(found, soc, at)),
    }


def open_circuit() -> dict[str, Floats]:
    """Return what a laboratory measures at C/40: its capacity is the charge between the limits."""
    period_s = 30.0
    current_a = np.full(int(42 * 3600 / period_s), C / 40)
    slow = solved(Drive(name="ocv", current_a=current_a, soc=0.9999, period_s=period_s))
    charge_ah = slow["time_s"] / 3600 * C / 40
    return {
        "soc": 1.0 - charge_ah / charge_ah[-1],
        "voltage_v": slow["voltage_v"],
        "capacity_ah": np.full(len(charge_ah), charge_ah[-1]),
    }


def _plant(drive: Drive) -> pybamm.ParameterValues:  # type: ignore[name-defined] # noqa: F821
    import pybamm  # noqa: PLC0415

    values = pybamm.ParameterValues("Chen2020")
    values["Ambient temperature [K]"] = values["Initial temperature [K]"] = KELVIN + drive.celsius
    values["Electrode width [m]"] *= drive.width
    return values


def _capacity_ah(found: pybamm.Solution, soc: Floats, at: Floats) -> float:  # type: ignore[name-defined] # noqa: F821
    gone = found["Discharge capacity [A.h]"](at)
    return float(np.ptp(gone) / np.ptp(soc))


def main() -> None:
    """Write the files."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"
    folder, *wanted = map(Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(open_circuit()), folder / "ocv.parquet")
    for kind, several in drives().items():
        if wanted and Path(kind) not in wanted:
            continue
        for drive in several:
            plant = solved(drive)
            pq.write_table(pa.table(plant), folder / f"{kind}_{drive.name}.parquet")
            print(
                kind,
                drive.name,
                len(plant["time_s"]),
                "rows of",
                len(drive.current_a),
                "soc",
                plant["soc"][[0, -1]],
                "Ah",
                plant["capacity_ah"][0],
                flush=True,
            )


if __name__ == "__main__":
    main()
