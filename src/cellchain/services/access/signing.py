"""The server signs for a party whose key it keeps: many ask at once, one transaction after another.

The sequence of a key counts without gaps, so its transactions are signed and handed over in turn.
Whoever comes while others wait for the disk joins the next batch: nobody waits for more than two.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
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

_Asked = tuple["Sequence[Message]", "Future[Result]"]


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
        self._waiting.append((messages, future))
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
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            if not isinstance(error, CellchainError):
                raise
            return
        if not all(result.in_log for result in results):
            self._desk.recount()
        self._settle(batch, [future for _, future in signed], results)

    def _signed(self, batch: Sequence[_Asked]) -> list[tuple[bytes, Future[Result]]]:
        """Sign what can be signed; what cannot is refused on its own."""
        signed = []
        for messages, future in batch:
            try:
                signed.append((self._desk.signed(*messages), future))
            except Refused as refusal:
                future.set_exception(refusal)
        return signed

    def _settle(
        self,
        batch: Sequence[_Asked],
        futures: Sequence[Future[Result]],
        results: Sequence[Result],
    ) -> None:
        """Give everybody its result; who only stood behind one that fell out takes another turn."""
        asked = {id(future): messages for messages, future in batch}
        fell_out = False
        for future, result in zip(futures, results, strict=True):
            if fell_out and result.code == "transaction.gap":
                self._waiting.append((asked[id(future)], future))
            else:
                fell_out = fell_out or not result.in_log
                future.set_result(result)
