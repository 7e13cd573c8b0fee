"""A writer under load that kills itself at a named step of its Nth commit, or waits to be killed.

Usage: python -m tests.torture.writing_process HOME ACKNOWLEDGED STEPS STEP COMMIT

Each transaction whose result was given is appended to ACKNOWLEDGED at once; the step reached is
the last line of STEPS.
"""

import os
import signal
import sys
from pathlib import Path
from threading import Thread

from cellchain.adapters.writer import Writer
from cellchain.app import Cellchain
from cellchain.contracts.custody import Register
from cellchain.core.names import battery_id
from cellchain.crypto.signatures import SigningKey
from cellchain.ledger.records import Records
from cellchain.ledger.state import Draft, State
from cellchain.services.desk import Desk

KEYS = 4
STEPS = ("finalize", "seal", "write", "written", "adopted", "checkpointed", "answered")


def client_key(number: int) -> SigningKey:
    return SigningKey(bytes([number + 1]) * 32)


class Probe:
    def __init__(self, steps: Path, wanted: str, commit: int) -> None:
        self._file = os.open(steps, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._wanted, self._left = wanted, commit

    def __call__(self, step: str) -> None:
        os.write(self._file, f"{step}\n".encode())
        if step == self._wanted:
            self._left -= 1
            if self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: type, method: str, before: str | None, after: str | None) -> None:
        inner = getattr(owner, method)

        def probed(*args, **kwargs):
            if before:
                self(before)
            outcome = inner(*args, **kwargs)
            if after:
                self(after)
            return outcome

        setattr(owner, method, probed)


def instrument(probe: Probe) -> None:
    from cellchain.adapters.rocks import RocksStore

    probe.around(State, "draft", "finalize", None)
    probe.around(Draft, "seal", "seal", None)
    probe.around(RocksStore, "write", "write", "written")
    probe.around(Records, "adopt", None, "adopted")
    probe.around(Writer, "_seal", None, "answered")


def load(ledger, number: int, acknowledged: int) -> None:
    desk = Desk(ledger, client_key(number))
    for serial in range(10**6):
        name = battery_id("09506000134352", f"{os.getpid()}.{number}.{serial}")
        result = desk.send(Register(battery=name))
        os.write(acknowledged, f"{result.transaction}\n".encode())


def main() -> None:
    home, acknowledged, steps, wanted, commit = sys.argv[1:]
    file = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    probe = Probe(Path(steps), wanted, int(commit))
    instrument(probe)
    with Cellchain().writing(Path(home)) as (_, ledger):
        after_block = ledger._after_block

        def checkpoint() -> None:
            after_block()
            probe("checkpointed")

        ledger._after_block = checkpoint
        threads = [
            Thread(target=load, args=(ledger, number, file), daemon=True) for number in range(KEYS)
        ]
        for thread in threads:
            thread.start()
        sys.stdout.write("writing\n")
        sys.stdout.flush()
        threads[0].join()


if __name__ == "__main__":
    main()
