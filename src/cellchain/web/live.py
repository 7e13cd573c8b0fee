"""Live: what happens is told to everybody who listens, once a second and each thing once.

A topic is ``ledger`` or a battery. What is published within a second goes out as one event, made
once for all listeners. Each has a number; who comes back with ``Last-Event-ID`` gets what it
missed, as far as the last minutes reach, and is told where they do not (HTML Standard, section
9.2, server-sent events).
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from contextlib import aclosing, suppress
from threading import Lock
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.concurrency import run_in_threadpool

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

PERIOD_S = 1.0
KEPT_BYTES_MAX = 16 << 20
"""Of the events of all topics together; the oldest go first."""
TOPICS_MAX = 5_000
LISTENERS_MAX = 5_000
ADDRESS_LISTENERS_MAX = LISTENERS_MAX // 4
"""From one address: nobody alone keeps everybody else out."""
WAITING_MAX = 64
"""Events that a slow listener may be behind; then it is cut off, and comes back for the rest."""
HEARTBEAT_S = 15.0
"""How often a listener hears that we are there, and is looked at whether it still may listen."""
HEARTBEAT = b": still here\n\n"


class Topic:
    """Events of one topic, and who listens.

    Args:
        gone: The last event that is not kept: whoever saw an earlier one has missed something.
    """

    def __init__(self, gone: int) -> None:
        self.kept: deque[tuple[int, bytes]] = deque()
        self.gone = gone
        self.listeners: set[asyncio.Queue[bytes | None]] = set()
        self.waiting: list[Any] = []


class Hub:
    """Takes what any thread publishes to the listeners in the event loop.

    Args:
        first: Number of the first event; higher than any of the server that ran before, so that
            nobody takes an event of this one for one of that.
    """

    def __init__(self, first: int = 1) -> None:
        self._topics: dict[str, Topic] = {}
        self._lock = Lock()
        self._last = first - 1
        self._order: deque[Topic] = deque()
        """The topic of each event that is kept, the oldest first."""
        self._kept_bytes = 0
        self._listening: Counter[str] = Counter()
        """How many listen from each address."""
        self._closing = False
        self._ticker: asyncio.Task[None] | None = None

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return self._listening.total()

    def full(self, address: str) -> bool:
        """Whether nobody else can listen from ``address``."""
        here = self._listening[address]
        return here >= ADDRESS_LISTENERS_MAX or self.listeners >= LISTENERS_MAX

    def publish(self, topic: str, value: Any) -> None:
        """Tell ``value`` to whoever listens to ``topic``, within a second. From any thread."""
        with self._lock:
            self._topic(topic).waiting.append(value)

    def start(self) -> None:
        """Begin to tell; in the event loop."""
        self._ticker = asyncio.get_running_loop().create_task(self._tick())

    async def stop(self) -> None:
        """Send everybody away."""
        self._closing = True
        if self._ticker is not None:
            self._ticker.cancel()
            with suppress(asyncio.CancelledError):
                await self._ticker
        with self._lock:
            topics = tuple(self._topics.values())
        for topic in topics:
            for listener in topic.listeners:
                _hand(listener, None)

    async def listen(
        self,
        name: str,
        last: int | None,
        *,
        address: str = "",
        still: Callable[[], bool] | None = None,
    ) -> AsyncIterator[bytes]:
        """Yield the events of a topic.

        Args:
            name: Of the topic.
            last: Number of the last event seen: those after it come first.
            address: Where the listener is.
            still: Says, in a thread and at each heartbeat, whether the listener still may listen;
                ``None``: anybody may.
        """
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING_MAX + 1)
        with self._lock:  # a topic that nobody listens to may be forgotten at any moment
            topic = self._topic(name)
            topic.listeners.add(queue)
        self._listening[address] += 1
        try:
            yield b"".join((b"retry: 2000\n\n", *self._missed(topic, last)))
            async with aclosing(self._heard(queue, still)) as heard:
                async for event in heard:
                    yield event
        finally:
            topic.listeners.discard(queue)
            self._listening[address] -= 1
            if not self._listening[address]:
                del self._listening[address]

    async def _heard(
        self, queue: asyncio.Queue[bytes | None], still: Callable[[], bool] | None
    ) -> AsyncGenerator[bytes]:
        """Yield what comes, and heartbeats as long as the listener may listen."""
        now = asyncio.get_running_loop().time
        beat = now() + HEARTBEAT_S
        while not self._closing:
            event = HEARTBEAT if now() >= beat else await _next(queue, beat)
            if event is None:
                return
            if event is HEARTBEAT:
                beat = now() + HEARTBEAT_S
                if still is not None and not await run_in_threadpool(still):
                    return
            yield event

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        following = loop.time() + PERIOD_S
        while True:
            await asyncio.sleep(max(0.0, following - loop.time()))
            following += PERIOD_S
            self.tell()

    def tell(self) -> None:
        """Hand out what was published since the last time."""
        with self._lock:
            ready = [(topic, topic.waiting) for topic in self._topics.values() if topic.waiting]
            for topic, _ in ready:
                topic.waiting = []
        for topic, values in ready:
            self._last += 1
            data = msgspec.json.encode(values)
            event = b"id: %d\ndata: %b\n\n" % (self._last, data)
            self._keep(topic, event)
            for listener in tuple(topic.listeners):
                _hand(listener, event)

    def _keep(self, topic: Topic, event: bytes) -> None:
        topic.kept.append((self._last, event))
        self._order.append(topic)
        self._kept_bytes += len(event)
        while self._kept_bytes > KEPT_BYTES_MAX:
            oldest = self._order.popleft()
            oldest.gone, gone = oldest.kept.popleft()
            self._kept_bytes -= len(gone)

    def _topic(self, name: str) -> Topic:
        found = self._topics.get(name)
        if found is None:
            if len(self._topics) >= TOPICS_MAX:
                self._forget_quiet()
            found = self._topics[name] = Topic(self._last)
        return found

    def _forget_quiet(self) -> None:
        """Forget topics that nobody listens to; what is kept of them ages out with the rest."""
        quiet = [n for n, t in self._topics.items() if not t.listeners and not t.waiting]
        for name in quiet:
            del self._topics[name]

    def _missed(self, topic: Topic, last: int | None) -> list[bytes]:
        """Return what came after number ``last``, with a word where some of it is gone."""
        if last is None:
            return []
        kept = [event for number, event in topic.kept if number > last]
        whole = topic.gone <= last <= self._last
        return kept if whole else [b"event: missed\ndata: {}\n\n", *kept]


async def _next(queue: asyncio.Queue[bytes | None], beat: float) -> bytes | None:
    """Return the next event, or a heartbeat where none comes until then."""
    try:
        async with asyncio.timeout_at(beat):
            return await queue.get()
    except TimeoutError:
        return HEARTBEAT


def _hand(listener: asyncio.Queue[bytes | None], event: bytes | None) -> None:
    if listener.qsize() >= WAITING_MAX:
        with suppress(asyncio.QueueFull):
            listener.put_nowait(None)  # cut off: it comes back with the number it has seen
        return
    listener.put_nowait(event)
