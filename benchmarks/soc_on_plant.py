"""The filter on a cell of physics: state of charge and capacity beside what they truly are.

``python benchmarks/soc_on_plant.py FOLDER chosen|heldout|final`` reads what `physics_plant` wrote,
fits the circuit (once: FOLDER/circuit.json), spoils sensors and prints a table. Sensors: current
1 % too large and 50 mA too high, voltage with 3 mV of noise, temperature with 0.3 K; the drives of
the fit have honest currents and 2 mV. Starts are 30 points wrong, both ways where that is a charge.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from cellchain.adapters.table_files import read_table
from cellchain.science.estimation.curve import charge
from cellchain.services.analysis import circuit_fit, circuit_run
from cellchain.services.analysis.table import Table, Texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cellchain.science.estimation.equivalent import Equivalent

    Floats = NDArray[np.float64]

GAIN, OFFSET_A, NOISE_V, NOISE_K = 1.01, 0.05, 3e-3, 0.3
FIT_NOISE_V = 2e-3
WRONG = 0.3
SETTLED_S = 600.0
SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A drive from a wrong start."""

    name: str
    truth: Table
    seen: Table
    start: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Of a case, in points (%) after `SETTLED_S`."""

    name: str
    rmse: float
    largest: float
    coverage: float
    width: float
    capacity_error: float
    """At the end, % of the true one."""
    capacity_held: bool
    capacity_width: float
    counting: float
    """RMSE of counting charge from the same start."""
    lookup: float
    """RMSE of reading the curve at v + R0 I."""


def sensed(truth: Table, name: str, seed: int, *, honest: bool = False) -> Table:
    """Return what sensors make of a drive."""
    rng = np.random.default_rng(seed)
    gain, offset_a, noise_v = (1.0, 0.0, FIT_NOISE_V) if honest else (GAIN, OFFSET_A, NOISE_V)
    rows = truth.rows
    return Table(
        {
            "battery": Texts.of([name] * rows),
            "time_s": truth.numbers("time_s"),
            "current_a": gain * truth.numbers("current_a") + offset_a,
            "voltage_v": truth.numbers("voltage_v") + noise_v * rng.standard_normal(rows),
            "temperature_c": truth.numbers("temperature_c") + NOISE_K * rng.standard_normal(rows),
        }
    )


def joined(tables: list[Table]) -> Table:
    """Return all rows in one table."""
    whole = tables[0]
    for one in tables[1:]:
        whole = whole.above(one)
    return whole


def fitted(folder: Path) -> Equivalent:
    """Return the circuit of the plant, from its file or from its drives."""
    kept = folder / "circuit.json"
    if not kept.exists():
        drives = [
            sensed(read_table(one), one.stem, seed, honest=True)
            for seed, one in enumerate(sorted(folder.glob("fit_*.parquet")))
        ]
        curve = read_table(folder / "ocv.parquet")
        capacity_ah = float(curve.numbers("capacity_ah")[0])
        kept.write_bytes(
            circuit_fit.to_json(circuit_fit.fitted(joined(drives), curve, capacity_ah))
        )
    return circuit_fit.parse(kept.read_bytes())


def cases(folder: Path, pattern: str) -> list[Case]:
    """Return the drives of a set, each from every wrong start."""
    found = []
    for seed, path in enumerate(sorted(folder.glob(pattern))):
        truth = read_table(path)
        for wrong in (-WRONG, WRONG):
            start = float(truth.numbers("soc")[0]) + wrong
            if 0.0 <= start <= 1.0:
                name = f"{path.stem} {wrong:+.1f}"
                seen = sensed(truth, name, 1000 * SEED + seed)
                found.append(Case(name=name, truth=truth, seen=seen, start=start))
    return found


def scored(cell: Equivalent, several: list[Case], level: float = 0.9) -> list[Score]:
    """Return what the filter makes of cases."""
    starts = {one.name: one.start for one in several}
    table = joined([one.seen for one in several])
    told, _ = circuit_run.filtered(
        table, cell, circuit_run.none_yet(), soc0=starts, level=level,
    )  # fmt: skip
    ends = np.cumsum([one.seen.rows for one in several])
    rows = np.split(np.arange(table.rows), ends[:-1])
    return [_score(cell, one, told.taken(mine)) for one, mine in zip(several, rows, strict=True)]


def _score(cell: Equivalent, case: Case, told: Table) -> Score:
    truth, late = case.truth.numbers("soc"), case.truth.numbers("time_s") > SETTLED_S
    soc, low, high = (told.numbers(name) for name in ("soc", "soc_lo", "soc_hi"))
    capacity_ah = float(case.truth.numbers("capacity_ah")[0])
    ended, least, most = (
        float(told.numbers(f"capacity_ah{end}")[-1]) for end in ("", "_lo", "_hi")
    )
    time_s, current_a = case.seen.numbers("time_s"), case.seen.numbers("current_a")
    gone = np.cumsum(current_a * np.diff(time_s, prepend=time_s[0])) / 3600.0 / cell.capacity_ah
    shown_v = case.seen.numbers("voltage_v") + cell.resistance_ohm * current_a
    error = (soc - truth)[late]
    return Score(
        name=case.name,
        rmse=_rms(error),
        largest=100.0 * float(np.abs(error).max()),
        coverage=float(((low <= truth) & (truth <= high))[late].mean()),
        width=100.0 * float((high - low)[late].mean()),
        capacity_error=100.0 * (ended / capacity_ah - 1.0),
        capacity_held=least <= capacity_ah <= most,
        capacity_width=100.0 * (most - least) / capacity_ah,
        counting=_rms((case.start - gone - truth)[late]),
        lookup=_rms((charge(cell.curve_v, shown_v) - truth)[late]),
    )


def _rms(error: Floats) -> float:
    return 100.0 * float(np.sqrt((error**2).mean()))


def main() -> None:
    """Print the tables."""
    folder, which = Path(sys.argv[1]), sys.argv[2]
    cell = fitted(folder)
    for pattern in (f"{which}_*.parquet", f"cycles_{which}_*.parquet"):
        several = cases(folder, pattern)
        if not several:
            continue
        found = scored(cell, several)
        print("\n".join(_lines(found)), "\n")


def _lines(found: list[Score]) -> list[str]:
    heads = ("drive, start", "RMSE", "largest", "coverage", "width", "capacity error", "width",
             "held", "counting", "lookup")  # fmt: skip
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for one in found:
        numbers = (one.rmse, one.largest, 100.0 * one.coverage, one.width, one.capacity_error,
                   one.capacity_width)  # fmt: skip
        cells = [f"{number:.2f}" for number in numbers]
        naive = (f"{one.counting:.1f}", f"{one.lookup:.1f}")
        held = "yes" if one.capacity_held else "no"
        lines.append("| " + " | ".join([one.name, *cells, held, *naive]) + " |")
    rmse = [one.rmse for one in found]
    coverage = 100.0 * float(np.mean([one.coverage for one in found]))
    lines.append(
        f"RMSE: mean {np.mean(rmse):.2f}, worst {max(rmse):.2f}; coverage {coverage:.0f} %"
    )
    return lines


if __name__ == "__main__":
    main()
