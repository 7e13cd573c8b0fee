"""The ledger of a node: what is handed over goes to CometBFT, and is answered once in a block.

    submit → CometBFT → checked here → (the other nodes) → a block → durable here → result

A transaction that this node's check refuses is answered at once. Of what no block speaks in time
its sender knows nothing: the receipt says later whether it happened. Sent again, the same bytes are
refused as replayed if they did.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, cast

from cellchain.adapters.clock import clock_ms
from cellchain.adapters.writer import WAITING_MAX, too_long
from cellchain.core.errors import Refused, Unavailable
from cellchain.ledger.account import Sequence
from cellchain.ledger.application import unread

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Sequence as Many

    from cellchain.adapters.cometbft.api import NodeApi
    from cellchain.core.names import KeyId
    from cellchain.ledger.contract import R
    from cellchain.ledger.engine.comet.answering import Comet
    from cellchain.ledger.entry import Result
    from cellchain.ledger.parameters import Genesis

ANSWER_S = 60
"""How long a sender waits for a block."""
IN_CACHE, CATCHING_UP = "already exists in cache", "catching up"
"""What CometBFT says of bytes that it has seen before, and while it has not all blocks yet."""
AGAIN = "send again in a moment"


class NodeWriter:
    """A `cellchain.ledger.port.Ledger` over the engine of a node.

    Args:
        engine: The application as CometBFT drives it.
        api: CometBFT.
    """

    def __init__(self, engine: Comet, api: NodeApi) -> None:
        self._engine = engine
        self._api = api
        self._waiting: defaultdict[str, list[Future[Result]]] = defaultdict(list)
        self._lock = Lock()
        engine.checked = self._checked
        engine.committed.append(self._committed)

    @property
    def genesis(self) -> Genesis:
        """The beginning of the chain."""
        return self._engine.application.genesis

    def submit(self, transactions: Many[bytes]) -> list[Result]:
        """Hand over transactions in order; return when each is durable or refused.

        Raises:
            Unavailable: ``node.busy``, ``node.api``; ``node.slow``: not in a block yet.
        """
        if len(transactions) > WAITING_MAX or len(self._waiting) > WAITING_MAX:
            raise Unavailable("node.busy", "too many transactions wait", remedy=AGAIN)
        names = [sha256(data).hexdigest() for data in transactions]
        futures = [self._expected(name) for name in names]
        try:
            self._hand_over(list(zip(transactions, futures, strict=True)))
            return [self._answer(future) for future in futures]
        finally:
            self._forget(zip(names, futures, strict=True))

    def next_sequence(self, key: KeyId) -> int:
        """Return the sequence that the next transaction of ``key`` must have."""
        return self._engine.application.next_sequence(key)

    def find(self, record: type[R], subject: str) -> R | None:
        """Return a record as of the last block, or ``None``."""
        return cast("R | None", self._engine.application.state.records.peek((record, subject)))

    def now_ms(self) -> int:
        """Return this clock, never behind the last block; validators say what time a block has."""
        return max(clock_ms(), self._engine.application.state.head.time_ms)

    def fail(self, error: Exception) -> None:
        """Tell everybody who waits that the node has stopped."""
        with self._lock:
            futures = [future for several in self._waiting.values() for future in several]
        for future in futures:
            _settle(future, error)

    def _hand_over(self, given: list[tuple[bytes, Future[Result]]]) -> None:
        fitting = []
        size_max = self._engine.application.parameters.fitting_bytes
        for data, future in given:
            if len(data) > size_max:
                _settle(future, too_long(data, size_max))
            else:
                fitting.append((data, future))
        whys = self._api.broadcast([data for data, _ in fitting])
        for why, (data, future) in zip(whys, fitting, strict=True):
            if IN_CACHE in why:  # it waits already, or it was in a block
                self._look_up(data, future)
            elif why:
                code = "node.behind" if CATCHING_UP in why else "node.busy"
                refused = Unavailable(code, f"the node takes nothing now: {why}", remedy=AGAIN)
                _settle(future, refused)

    def _look_up(self, data: bytes, future: Future[Result]) -> None:
        """Refuse what was in a block, as every later check would; let the rest go on waiting."""
        application = self._engine.application
        try:
            body = application.codec.decode(data).body
        except Refused as refusal:
            _settle(future, unread(data, refusal))
            return
        last = application.state.records.peek((Sequence, body.key))
        if isinstance(last, Sequence) and body.sequence <= last.last:
            again = Refused("transaction.replayed", f"sequence {body.sequence} was used already")
            _settle(future, unread(data, again))

    def _answer(self, future: Future[Result]) -> Result:
        try:
            return future.result(ANSWER_S)
        except FutureTimeoutError as error:
            raise Unavailable(
                "node.slow",
                f"in no block after {ANSWER_S} s: too few validators may be running",
                remedy="look at `cellchain node status`; the receipt says whether it happened",
            ) from error

    def _expected(self, name: str) -> Future[Result]:
        future: Future[Result] = Future()
        with self._lock:
            self._waiting[name].append(future)
        return future

    def _forget(self, pairs: Iterable[tuple[str, Future[Result]]]) -> None:
        with self._lock:
            for name, future in pairs:
                several = self._waiting.get(name, [])
                if future in several:
                    several.remove(future)
                if not several:
                    self._waiting.pop(name, None)

    # -- told by the engine -----------------------------------------------------------------------

    def _checked(self, data: bytes, refusal: Refused) -> None:
        for future in self._those_of(sha256(data).hexdigest()):
            _settle(future, unread(data, refusal))

    def _committed(self, results: Many[Result]) -> None:
        for result in results:
            for future in self._those_of(result.transaction):
                _settle(future, result)

    def _those_of(self, name: str) -> list[Future[Result]]:
        with self._lock:
            return list(self._waiting.get(name, ()))


def _settle(future: Future[Result], outcome: Result | Exception) -> None:
    """Give an answer, unless there is one."""
    with suppress(InvalidStateError):  # another thread was quicker
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
