"""Envelopes on their way to the ledger: what arrives while others are under way goes together.

A thread for each would do nothing but wait for the same block, and dozens of waiting threads take
the interpreter from the one that works. So the event loop gathers, and a thread carries many.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cellchain.ledger.entry import Result

AT_ONCE = 2
"""Batches under way: while one is sealed, the signatures of the next are verified."""
BATCH_MAX = 1_000


class Gathering:
    """Hands envelopes over in batches; used in one event loop.

    Args:
        submit: Hands them over in order, and returns what became of each.
    """

    def __init__(self, submit: Callable[[Sequence[bytes]], list[Result]]) -> None:
        self._submit = submit
        self._waiting: deque[tuple[bytes, asyncio.Future[Result]]] = deque()
        self._under_way: set[asyncio.Task[None]] = set()

    async def result(self, envelope: bytes) -> Result:
        """Return what became of ``envelope``.

        Raises:
            Unavailable: The ledger cannot write now.
        """
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((envelope, future))
        self._carry_on()
        return await future

    def _carry_on(self) -> None:
        while self._waiting and len(self._under_way) < AT_ONCE:
            size = min(BATCH_MAX, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(size)]
            task = asyncio.get_running_loop().create_task(self._carry(batch))
            self._under_way.add(task)
            task.add_done_callback(self._carried)

    def _carried(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._carry_on()

    async def _carry(self, batch: Sequence[tuple[bytes, asyncio.Future[Result]]]) -> None:
        try:
            results = await run_in_threadpool(self._submit, [envelope for envelope, _ in batch])
        except BaseException as error:  # whatever it is, nobody may wait for ever
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():  # its sender may have gone away
                future.set_result(result)
