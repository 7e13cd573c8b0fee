"""The one writer of a home: blocks form while the previous one is synced.

    submit → waiting → (signatures verified ahead) → sealed, synced → result

Many threads submit; one seals. What arrives during a sync goes into the next block, so a lone
client waits for one sync and a thousand clients share one. A result is given only after the write
that holds it has returned.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from threading import Condition, Thread
from typing import TYPE_CHECKING, cast

from cellchain.adapters.clock import clock_ms
from cellchain.adapters.disk import write_file
from cellchain.adapters.signature_worker import Batch, InlineVerifier, verified_ahead
from cellchain.core.errors import CellchainError, Refused, Unavailable
from cellchain.crypto.note import Checkpoint, sign_note
from cellchain.ledger.application import unread
from cellchain.ledger.engine.solo import wants_another_block

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from cellchain.adapters.signature_worker import Verifier
    from cellchain.core.names import KeyId
    from cellchain.ledger.contract import R
    from cellchain.ledger.engine.solo import Solo
    from cellchain.ledger.entry import Result
    from cellchain.ledger.parameters import Genesis

WAITING_MAX = 50_000
"""Transactions that may wait; beyond it the sender is told to come back."""

_Waiting = tuple[bytes, "Future[Result]"]


class Writer:
    """A `cellchain.ledger.port.Ledger` in this process.

    Args:
        solo: The engine.
        verifier: Verifies signatures ahead.
        clock: Milliseconds now.
        after_block: Called in the sealing thread when a block is durable, before its results.
    """

    def __init__(
        self,
        solo: Solo,
        *,
        verifier: Verifier | None = None,
        clock: Callable[[], int] = clock_ms,
        after_block: Callable[[], None] = lambda: None,
    ) -> None:
        self._solo = solo
        self._verifier = verifier or InlineVerifier()
        self._clock = clock
        self._after_block = after_block
        self._waiting: deque[_Waiting] = deque()
        self._carried: list[_Waiting] = []
        self._changed = Condition()
        self._closing = False
        self._failed: BaseException | None = None
        self.behind: Unavailable | None = None
        """Why what follows a block could not be done after the last one."""
        self._thread = Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    @property
    def genesis(self) -> Genesis:
        """The beginning of the chain."""
        return self._solo.application.genesis

    def submit(self, transactions: Sequence[bytes]) -> list[Result]:
        """Hand over transactions in order; return when each is durable or refused."""
        return [future.result() for future in self.begin(transactions)]

    def begin(self, transactions: Sequence[bytes]) -> list[Future[Result]]:
        """Hand over transactions in order; the futures say what became of each.

        Raises:
            Unavailable: ``writer.busy``, ``writer.too_many``, ``writer.closed``.
        """
        futures: list[Future[Result]] = [Future() for _ in transactions]
        if len(futures) > WAITING_MAX:
            raise Unavailable(
                "writer.too_many",
                f"{len(futures)} transactions at once; at most {WAITING_MAX} are taken",
                remedy="send them in parts",
            )
        size_max = self._solo.application.parameters.fitting_bytes
        with self._changed:
            if self._closing or self._failed:
                raise Unavailable("writer.closed", f"the writer has stopped: {self._failed or ''}")
            if len(self._waiting) + len(futures) > WAITING_MAX:
                raise Unavailable(
                    "writer.busy",
                    f"{len(self._waiting)} transactions wait already",
                    remedy="send again in a moment",
                )
            for data, future in zip(transactions, futures, strict=True):
                if len(data) > size_max:
                    future.set_result(too_long(data, size_max))
                else:
                    self._waiting.append((data, future))
            self._changed.notify()
        return futures

    def next_sequence(self, key: KeyId) -> int:
        """Return the sequence that the next transaction of ``key`` must have."""
        return self._solo.application.next_sequence(key)

    def find(self, record: type[R], subject: str) -> R | None:
        """Return a record as of the last block, or ``None``."""
        return cast("R | None", self._solo.application.state.records.peek((record, subject)))

    def now_ms(self) -> int:
        """Return the time that the next block would have."""
        return max(self._clock(), self._solo.application.state.head.time_ms)

    def close(self) -> None:
        """Seal what waits and stop."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    # -- the sealing thread ---------------------------------------------------------------------

    def _run(self) -> None:
        try:
            for batch in verified_ahead(self._solo.application, self._batches(), self._verifier):
                if batch.transactions or self._carried:
                    self._seal(cast("list[_Waiting]", batch.ticket))
        except BaseException as error:  # whatever it is, no sender may wait for ever
            self._fail(error)
            if not isinstance(error, CellchainError):
                raise

    def _batches(self) -> Iterator[Batch]:
        """Yield what waits; wait only when nothing is on its way."""
        idle = True
        while True:
            with self._changed:
                while idle and not (self._waiting or self._carried or self._closing):
                    self._changed.wait()
                if idle and not (self._waiting or self._carried):
                    return
                taken = self._solo.take([data for data, _ in self._waiting])
                ticket = [self._waiting.popleft() for _ in taken]
            idle = not taken
            yield Batch(taken, ticket)

    def _seal(self, fresh: list[_Waiting]) -> None:
        """Seal what an earlier block had no room for, and then ``fresh``, as far as it fits."""
        ticket = self._carried + fresh
        taken = ticket[: len(self._solo.take([data for data, _ in ticket]))]
        self._carried = ticket[len(taken) :]
        try:
            block = self._solo.seal([data for data, _ in taken], time_ms=self._clock(), empty=False)
        except Unavailable as error:  # nothing changed; the senders decide whether to try again
            for _, future in taken:
                future.set_exception(error)
            return
        try:
            if block.header is not None:
                self._after_block()
        except Unavailable as error:  # a full disk: the next block makes up for it
            self.behind = error
        else:
            self.behind = None
        finally:  # the block is durable, whatever became of what follows it
            self._answer(taken, block.results)

    def _answer(self, taken: list[_Waiting], results: Sequence[Result]) -> None:
        again: list[_Waiting] = []
        for (data, future), result in zip(taken, results, strict=True):
            if wants_another_block(result):
                again.append((data, future))
            else:
                future.set_result(result)
        self._carried = again + self._carried

    def _fail(self, error: BaseException) -> None:
        with self._changed:
            self._failed = error
            waiting = [*self._carried, *self._waiting]
            self._carried, self._waiting = [], deque()
        for _, future in waiting:
            future.set_exception(Unavailable("writer.closed", f"the writer has stopped: {error}"))


def too_long(data: bytes, size_max: int) -> Result:
    """Return the result of bytes that are too long to be looked at."""
    return unread(data, Refused("canonical.too_long", f"{len(data)} bytes; at most {size_max}"))


def checkpoint_writer(path: Path, solo: Solo) -> Callable[[], None]:
    """Return a function that writes the log's checkpoint as a signed note to ``path``."""

    def write() -> None:
        state = solo.application.state
        chain = solo.application.genesis.chain
        root = state.history.frontier.root()
        checkpoint = Checkpoint(origin=chain, size=state.head.log_size, root=root)
        note = sign_note(str(checkpoint), chain, solo.key)
        write_file(path, str(note).encode(), sync=False)

    return write


__all__ = ["WAITING_MAX", "Writer", "checkpoint_writer"]
