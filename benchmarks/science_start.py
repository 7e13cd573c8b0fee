"""Seconds until the command line answers, beside Python alone: what is heavy is not imported.

``python benchmarks/science_start.py``: ``science.start_help`` and ``science.start_verify``.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.figure import Figure, interleaved
from tests.e2e.proofs import PROOFS, TRUST

MAIN = "from cellchain.app import main; main()"


def start_help() -> Figure:
    """``cellchain --help``."""
    return _start("help", "--help")


def start_verify() -> Figure:
    """``cellchain verify`` of the proof of a record."""
    with tempfile.TemporaryDirectory() as folder:
        proof, trust = Path(folder, "proof.json"), Path(folder, "operator.pub")
        proof.write_bytes(PROOFS["record"])
        trust.write_text(TRUST)
        return _start("verify", "verify", str(proof), "--trust", str(trust))


def _start(name: str, *words: str) -> Figure:
    ours, bare = interleaved(partial(_seconds, MAIN, words), partial(_seconds, "pass", ()))
    above = statistics.median(one - other for one, other in zip(ours, bare, strict=True))
    return Figure(
        name=f"science.start_{name}",
        value=statistics.median(ours),
        ceiling=statistics.median(bare),
        ratio=above,
        unit="s",
        goal="≤ 0.3 s above",
        note="ceiling: python -c pass; the first figure is the difference",
    )


def _seconds(code: str, words: tuple[str, ...], _round: int) -> float:
    since = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, *words], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - since


FIGURES = {"science.start_help": start_help, "science.start_verify": start_verify}

if __name__ == "__main__":
    for figure in FIGURES.values():
        print(figure().line())
