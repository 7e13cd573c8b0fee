"""One node, run once, with one fault built in: what a machine or its operator may do to it.

Usage: python -m tests.torture.faulty_node FAULT HOME
"""

from __future__ import annotations

import errno
import itertools
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from cellchain.adapters.journal import Journal
from cellchain.adapters.rocks import RocksStore
from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.contracts.custody import Register, Registered
from cellchain.ledger.application import Application
from cellchain.ledger.engine.comet import abci_pb2 as abci
from cellchain.ledger.engine.comet.answering import Comet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CLOCK_VARIABLE = "CLOCK_OFF_MS"
ROOT = Path(__file__).parents[2]
SLOW_S = 0.2
FRAME_BYTES = 8
"""What CometBFT puts around a transaction in a block, at most."""
BLOCKS = 3
"""So many go well before one is killed."""


def die_around(owner: type, method: str, *, before: bool, times: int = BLOCKS) -> None:
    """Be killed at the so-manieth call, before it or when it has done its work."""
    inner, left = getattr(owner, method), [times]

    def deadly(*args, **kwargs):
        left[0] -= 1
        if before and not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        outcome = inner(*args, **kwargs)
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return outcome

    setattr(owner, method, deadly)


def die_half_written() -> None:
    """Be killed when half of a block's frame is in the journal."""
    left = [BLOCKS]

    def torn(journal, pieces):
        left[0] -= 1
        data = b"".join(pieces)
        if not left[0]:
            os.pwrite(journal._file, data[: len(data) // 2], journal.end)
            os.kill(os.getpid(), signal.SIGKILL)
        put(journal, pieces)

    put, Journal._put = Journal._put, torn


def slow_store() -> None:
    write = RocksStore.write

    def slow(store, rows):
        time.sleep(SLOW_S)  # the fault itself
        write(store, rows)

    RocksStore.write = slow


def full_disk() -> None:
    """Take the first half of a block's frame, as a disk does that is full then."""
    left = [BLOCKS]

    def full(journal, pieces):
        left[0] -= 1
        if left[0] <= 0:
            data = b"".join(pieces)
            os.pwrite(journal._file, data[: len(data) // 2], journal.end)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        put(journal, pieces)

    put, Journal._put = Journal._put, full


def another_rule() -> None:
    """Write down another maker than all others do, as a release with a mistake would."""
    decide = Register.decide

    def mistaken(message, book, context):
        for event in decide(message, book, context):
            if isinstance(event, Registered):
                yield msgspec.structs.replace(event, maker="member-1")
            else:
                yield event

    Register.decide = mistaken


def takes_everything() -> None:
    """Pass on to the others, and propose to them, whatever it is given."""
    Comet._check = lambda *_: abci.Response(check_tx={})
    Application.propose = lambda _, transactions, *, bytes_max, **__: _fitting(
        transactions, bytes_max
    )


def _fitting(transactions: Sequence[bytes], bytes_max: int) -> list[bytes]:
    ends = itertools.accumulate(len(data) + FRAME_BYTES for data in transactions)
    return [data for data, end in zip(transactions, ends, strict=True) if end <= bytes_max]


def wrong_clock() -> None:
    """Let the application go by the same wrong clock as CometBFT."""
    off_ns, right = int(os.environ[CLOCK_VARIABLE]) * 1_000_000, time.time_ns
    time.time_ns = lambda: right() + off_ns


FAULTS = {
    "after-finalize": lambda: die_around(Comet, "_finalize", before=False),
    "before-write": lambda: die_around(RocksStore, "write", before=True),
    "half-written": die_half_written,
    "after-write": lambda: die_around(RocksStore, "write", before=False),
    "after-commit": lambda: die_around(Comet, "_commit", before=False),
    "slow-store": slow_store,
    "full-disk": full_disk,
    "another-rule": another_rule,
    "takes-everything": takes_everything,
    "wrong-clock": wrong_clock,
}


@contextmanager
def faulty(
    fault: str, home: Path, log: Path, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the node of a home once, with a fault."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.faulty_node", fault, str(home)],
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=os.environ | environment,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def main() -> None:
    fault, home = sys.argv[1:]
    FAULTS[fault]()
    sys.exit(run(Cellchain(), ["node", "run", str(Path(home))]))


if __name__ == "__main__":
    main()
