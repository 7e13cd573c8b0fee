"""A second process that verifies signatures ahead, while this one applies and syncs blocks.

Threads gave no overlap when tried: verification is short and the interpreter's lock is long. The
work of a batch is cut into chunks; the process takes them from the front, and when its turn comes
this one takes them from the back, until they meet. So neither waits long for the other, whatever
their speeds.
"""

from __future__ import annotations

import os
from multiprocessing import get_context
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from cellchain.crypto.signatures import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.sharedctypes import SynchronizedArray
    from typing import Self

    from cellchain.ledger.application import Application
    from cellchain.ledger.transaction import Transaction

CHUNK = 40
SMALL_BATCH = 8
"""Below this a batch is verified here: asking would take longer."""
WORTH_A_PROCESS = 200
"""Starting a process takes as long as verifying some thousand signatures."""
_FRONT, _BACK, _BATCH = 0, 1, 2

Work = tuple[tuple[bytes, bytes, bytes], ...]
"""Public key, signed bytes, signature."""


class Verifier(Protocol):
    """Verifies signatures in the background."""

    def start(self, transactions: Sequence[Transaction]) -> Callable[[], list[bool]]:
        """Begin a batch; the result waits for it and says which signatures are good."""
        ...


class InlineVerifier:
    """Verifies when the answer is asked for, in this process."""

    def start(self, transactions: Sequence[Transaction]) -> Callable[[], list[bool]]:
        """Begin a batch."""
        return lambda: [_good(transaction) for transaction in transactions]


class SignatureWorker:
    """Verifies in a second process and, when asked for the answer, in this one too."""

    def __init__(self) -> None:
        context = get_context("spawn")
        self._claims: SynchronizedArray[int] = context.Array("q", 3)
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, self._claims), name="signatures", daemon=True
        )
        self._process.start()
        theirs.close()
        _widen(self._pipe)
        self._batch = 0

    def start(self, transactions: Sequence[Transaction]) -> Callable[[], list[bool]]:
        """Begin a batch, the only one at a time."""
        if len(transactions) < SMALL_BATCH:
            return InlineVerifier().start(transactions)
        chunks = [transactions[i : i + CHUNK] for i in range(0, len(transactions), CHUNK)]
        self._batch += 1
        with self._claims:
            self._claims[:] = [0, len(chunks), self._batch]
        sent = 0
        for index, chunk in enumerate(chunks):
            if not self._send(index, chunk):
                break
            sent = index + 1
        return lambda: self._finish(chunks, sent)

    def close(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join(timeout=5)
        if self._process.is_alive():
            self._process.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, index: int, chunk: Sequence[Transaction]) -> bool:
        work = tuple((t.public_key, t.signed, t.signature) for t in chunk)
        try:
            self._pipe.send_bytes(msgspec.msgpack.encode((self._batch, index, work)))
        except OSError:  # the process is gone: this one does all the work
            return False
        return True

    def _finish(self, chunks: list[Sequence[Transaction]], sent: int) -> list[bool]:
        answers: dict[int, list[bool]] = {}
        while (index := self._claim_back()) is not None:
            answers[index] = [_good(transaction) for transaction in chunks[index]]
        for _ in range(sent):
            try:
                index, good = msgspec.msgpack.decode(
                    self._pipe.recv_bytes(), type=tuple[int, list[bool]]
                )
            except (OSError, EOFError):
                break
            if good:
                answers[index] = good
        for index, chunk in enumerate(chunks):
            if index not in answers:
                answers[index] = [_good(transaction) for transaction in chunk]
        return [good for index in range(len(chunks)) for good in answers[index]]

    def _claim_back(self) -> int | None:
        with self._claims:
            if self._claims[_FRONT] >= self._claims[_BACK]:
                return None
            self._claims[_BACK] -= 1
            return int(self._claims[_BACK])


class LazyWorker:
    """A `SignatureWorker` that is started by the first batch large enough to be worth it."""

    def __init__(self) -> None:
        self._worker: SignatureWorker | None = None

    def start(self, transactions: Sequence[Transaction]) -> Callable[[], list[bool]]:
        """Begin a batch."""
        if self._worker is None and len(transactions) >= WORTH_A_PROCESS and _cores() > 1:
            self._worker = SignatureWorker()
        return (self._worker or InlineVerifier()).start(transactions)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._worker:
            self._worker.close()


def _cores() -> int:
    return len(os.sched_getaffinity(0))


class Batch(NamedTuple):
    """Transactions that travel with whatever their owner needs to know about them."""

    transactions: Sequence[bytes]
    ticket: object = None


def verified_ahead(
    application: Application, batches: Iterable[Batch], verifier: Verifier
) -> Iterator[Batch]:
    """Yield each batch when its good signatures are known to ``application``.

    The next batch is fetched and begun before the current one is yielded, so that its signatures
    are verified while the caller works on the current one. A transaction that is malformed or
    not signed well is yielded all the same: the application refuses it by name.
    """
    current: tuple[Batch, Callable[[], None]] | None = None
    for batch in batches:
        if current:
            current[1]()
        following = batch, _begin(application, batch.transactions, verifier)
        if current:
            yield current[0]
        current = following
    if current:
        current[1]()
        yield current[0]


def _begin(
    application: Application, batch: Sequence[bytes], verifier: Verifier
) -> Callable[[], None]:
    transactions = [t for data in batch if (t := application.readable(data)) is not None]
    finish, codec = verifier.start(transactions), application.codec

    def remember() -> None:
        for transaction, good in zip(transactions, finish(), strict=True):
            if good and application.codec is codec:  # else a vote changed what may be read, and how
                application.remember(transaction)

    return remember


def _good(transaction: Transaction) -> bool:
    return verify(transaction.public_key, transaction.signed, transaction.signature)


def _serve(pipe: Connection, claims: SynchronizedArray[int]) -> None:
    """Verify chunks until the pipe is closed; skip those that were claimed at the other end."""
    decoder = msgspec.msgpack.Decoder(tuple[int, int, Work])
    while True:
        try:
            batch, index, work = decoder.decode(pipe.recv_bytes())
            mine = _claim_front(claims, batch, index)
            good = [verify(*case) for case in work] if mine else []
            pipe.send_bytes(msgspec.msgpack.encode((index, good)))
        except (EOFError, OSError, KeyboardInterrupt):
            os._exit(0)


def _claim_front(claims: SynchronizedArray[int], batch: int, index: int) -> bool:
    with claims:
        if claims[_BATCH] != batch or index >= claims[_BACK]:
            return False
        claims[_FRONT] = index + 1
        return True


def _widen(pipe: Connection) -> None:
    """Let a whole block wait in the socket, so that sending it does not wait for the reader."""
    import socket  # noqa: PLC0415

    with socket.socket(fileno=os.dup(pipe.fileno())) as end:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
