"""How many faulty samples alarm, how many fault-free: ``tennessee_eastman.py FILE``.

FILE holds the fault-free run ``d00`` and the faults ``d01`` to ``d21``, arrays of NumPy. Faults 3,
9 and 15 hardly differ from normal operation and are left out of the mean, as is usual.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from cellchain.science.control.monitoring import Plan, fit, watch
from tests.unit.science.control.test_tennessee_eastman import held_out_alarms

LEFT_OUT = (3, 9, 15)


def main() -> None:
    """Print a line for each plan, and one for each fault."""
    with np.load(sys.argv[1]) as file:
        runs = {name: file[name].astype(np.float64) for name in file}
    for name, plan in (("all charts", Plan()), ("principal components alone", Plan(lags=0))):
        limits = fit(runs["d00"], plan=plan)
        found = {n: float(watch(limits, runs[f"d{n:02d}"]).alarm.mean()) for n in range(1, 22)}
        mean = np.mean([share for n, share in found.items() if n not in LEFT_OUT])
        alarms = held_out_alarms(runs["d00"], plan)
        each = " ".join(f"{n}:{share:.2f}" for n, share in found.items())
        print(f"{name}: {mean:.3f} of faulty samples; {alarms} of {len(runs['d00'])} fault-free")
        print(f"  {each}")


if __name__ == "__main__":
    main()
