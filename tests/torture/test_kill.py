"""A writer killed at any step has kept every promise it made, and no half of anything.

`make torture` runs 200 rounds (or TORTURE_ROUNDS), `make test` a few.
"""

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from cellchain.app import Cellchain
from cellchain.ledger.proof import find_receipt
from tests.homes import found_home, replayed_head
from tests.torture.writing_process import KEYS, STEPS, client_key

ROUNDS_PER_HOME = 20
ROOT = Path(__file__).parents[2]


def kill_once(folder, acknowledged, step, chance):
    """Run a writer until it dies; return the step it had reached."""
    steps = folder.with_name("steps")
    steps.unlink(missing_ok=True)
    commit = chance.randrange(1, 6) if step else 10**9
    arguments = [folder, acknowledged, steps, step or "never", commit]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.torture.writing_process", *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    if step is None:
        process.stdout.readline()
        for _ in range(chance.randrange(1, 400)):  # so many results, then the end
            if process.poll() is not None:
                break
            _wait_for_growth(acknowledged)
        process.kill()
    process.communicate()
    assert process.returncode == -9
    return steps.read_text().splitlines()[-1] if steps.exists() else "starting"


def _wait_for_growth(path):
    size = path.stat().st_size if path.exists() else 0
    while (path.stat().st_size if path.exists() else 0) == size:
        os.sched_yield()


def check_promises(folder, acknowledged):
    with Cellchain().reading(folder) as (_, application):
        lines = acknowledged.read_text().splitlines() if acknowledged.exists() else []
        for line in lines:
            if len(line) == 64:  # the last line may be torn by the kill itself
                assert find_receipt(application.state, bytes.fromhex(line)), line
        return application.state.head, len(lines)


def torture(tmp_path, rounds, seed):
    chance = random.Random(seed)
    reached, promises = Counter(), 0
    planned = [STEPS[i % len(STEPS)] if i % 3 else None for i in range(rounds)]
    for start in range(0, rounds, ROUNDS_PER_HOME):
        folder = tmp_path / f"home{start}"
        found_home(folder, [client_key(number) for number in range(KEYS)])
        acknowledged = tmp_path / f"acknowledged{start}"
        for step in planned[start : start + ROUNDS_PER_HOME]:
            reached[kill_once(folder, acknowledged, step, chance)] += 1
            head, _ = check_promises(folder, acknowledged)
        _, kept = check_promises(folder, acknowledged)
        promises += kept
        assert replayed_head(folder) == head
    print(f"\n{rounds} kills, {promises} receipts kept; steps reached: {dict(reached)}")
    return reached


def test_a_few_kills(tmp_path):
    reached = torture(tmp_path, 9, seed=1)
    assert sum(reached.values()) == 9


@pytest.mark.torture
def test_many_kills_at_every_step(tmp_path):
    rounds = int(os.environ.get("TORTURE_ROUNDS", "200"))
    reached = torture(tmp_path, rounds, seed=2)
    for step in STEPS:
        assert reached[step] >= 5, f"{step} was hit {reached[step]} times: {dict(reached)}"
