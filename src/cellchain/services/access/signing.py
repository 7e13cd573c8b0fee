"""The server signs for a party whose key it keeps: many ask at once, one transaction after another.

The sequence of a key counts without gaps, so its transactions are signed and handed over in turn.
Whoever comes while others wait for the disk joins the next batch: nobody waits for more than two.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from cellchain.core.errors import CellchainError, Refused
from cellchain.services.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.crypto.signatures import SigningKey
    from cellchain.ledger.contract import Message
    from cellchain.ledger.entry import Result
    from cellchain.ledger.port import Ledger

BATCH_MAX = 500

TRIES_MAX = 20
"""Of one that falls out because the key was used elsewhere, or behind another that fell out."""
OUT_OF_TURN = ("transaction.gap", "transaction.replayed")


@dataclass(slots=True)
class _Asked:
    messages: Sequence[Message]
    future: Future[Result]
    tries: int = 0


class SigningDesk:
    """Signs and sends for one key, for any number of threads.

    Args:
        ledger: Takes the transactions.
        key: The party's key.
    """

    def __init__(self, ledger: Ledger, key: SigningKey) -> None:
        self._ledger = ledger
        self._desk = Desk(ledger, key)
        self._waiting: deque[_Asked] = deque()
        self._turn = Lock()

    def send(self, messages: Sequence[Message]) -> Result:
        """Send ``messages`` as one transaction; return when it is durable, refused or not.

        Raises:
            Unavailable: The ledger cannot write now.
        """
        future: Future[Result] = Future()
        self._waiting.append(_Asked(messages, future))
        while not future.done():
            with self._turn:
                if not future.done():
                    self._send_waiting()
        return future.result()

    def _send_waiting(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(BATCH_MAX, len(self._waiting)))]
        try:
            signed = self._signed(batch)
            results = self._ledger.submit([transaction for transaction, _ in signed])
        except BaseException as error:  # whatever it is, no sender may wait for ever
            self._desk.recount()
            for asked in batch:
                if not asked.future.done():
                    asked.future.set_exception(error)
            if not isinstance(error, CellchainError):
                raise
            return
        if not all(result.in_log for result in results):
            self._desk.recount()
        self._settle([asked for _, asked in signed], results)

    def _signed(self, batch: Sequence[_Asked]) -> list[tuple[bytes, _Asked]]:
        """Sign what can be signed; what cannot is refused on its own."""
        signed = []
        for asked in batch:
            try:
                signed.append((self._desk.signed(*asked.messages), asked))
            except Refused as refusal:
                asked.future.set_exception(refusal)
        return signed

    def _settle(self, batch: Sequence[_Asked], results: Sequence[Result]) -> None:
        """Give everybody its result; who was only out of turn takes another one.

        That is whoever stood behind one that fell out, and everybody where the key was used
        elsewhere meanwhile.
        """
        for asked, result in zip(batch, results, strict=True):
            asked.tries += 1
            if result.code in OUT_OF_TURN and not result.in_log and asked.tries < TRIES_MAX:
                self._waiting.append(asked)
            else:
                asked.future.set_result(result)
