"""Links between nodes that can be cut, muted in one direction and slowed down: one proxy each.

Every pair of nodes has one connection, which the first of them dials through the link's own port.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING

from tests.e2e.network import told

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Iterator
    from pathlib import Path
    from typing import Any

PIECE = 65_536


@dataclass
class Link:
    """What one node says to another, passed on.

    Attributes:
        target: Port of the node that is dialled.
        up: Whether anything is passed on at all; down, whoever dials is hung up on.
        forth: Whether what the dialling node says arrives; what does not is held, as by a cable
            that is dead in one direction.
        back: Whether what the dialled node says arrives.
        delay_s: How much later.
    """

    target: int
    up: bool = True
    forth: bool = True
    back: bool = True
    delay_s: float = 0.0
    port: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self) -> asyncio.Server:
        server = await asyncio.start_server(self._dialled, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def cut(self) -> None:
        self.up = False
        for writer in list(self._open):
            writer.transport.abort()

    async def _dialled(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.up:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, far_writer}
        ways = [
            asyncio.ensure_future(way)
            for way in (
                self._pass(reader, far_writer, "forth"),
                self._pass(far_reader, writer, "back"),
            )
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for end in (writer, far_writer):
                end.transport.abort()
                self._open.discard(end)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str
    ) -> None:
        loop, queue = asyncio.get_running_loop(), asyncio.Queue[tuple[float, bytes]](256)

        async def read() -> None:
            while data := await reader.read(PIECE):
                await queue.put((loop.time() + self.delay_s, data))

        reading = asyncio.ensure_future(read())
        try:
            while not (reading.done() and queue.empty()):
                with suppress(TimeoutError):
                    due, data = await asyncio.wait_for(queue.get(), 0.2)
                    await asyncio.sleep(max(0.0, due - loop.time()))
                    while not getattr(self, way):
                        await asyncio.sleep(0.05)
                    writer.write(data)
                    await writer.drain()
        except OSError:
            pass  # the far end is gone: the other way ends as well
        finally:
            reading.cancel()


@dataclass
class Links:
    """The links between nodes, by their numbers from 0, the dialling one first."""

    links: dict[tuple[int, int], Link]
    loop: asyncio.AbstractEventLoop

    def of(self, node: int) -> Iterable[tuple[Link, bool]]:
        """Yield the links of a node, and whether the node is the one that dials."""
        for (first, second), link in self.links.items():
            if node in (first, second):
                yield link, node == first

    def part(self, *groups: Iterable[int]) -> None:
        """Cut every link between nodes of different groups, and mend all others."""
        sides = {node: number for number, group in enumerate(groups) for node in group}
        for (first, second), link in self.links.items():
            link.forth = link.back = True
            if sides[first] == sides[second]:
                link.up = True
            else:
                self._run(link.cut())

    def heal(self) -> None:
        for link in self.links.values():
            link.up = link.forth = link.back = True
            link.delay_s = 0.0

    def deafen(self, node: int) -> None:
        """Let a node hear nothing, and be heard by all."""
        for link, dials in self.of(node):
            link.forth, link.back = dials, not dials

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop).result(10)


@contextmanager
def linked(homes: list[Path]) -> Iterator[Links]:
    """Lay a link between every two nodes that do not run yet, and let them use no other way."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    own = [told("node", "keys", home, "--party", home.name) for home in homes]
    ports = [int(one["external"].rpartition(":")[2]) for one in own]
    links = {
        (first, second): Link(ports[second])
        for first in range(len(homes))
        for second in range(first + 1, len(homes))
    }
    servers = [
        asyncio.run_coroutine_threadsafe(link.serve(), loop).result(10) for link in links.values()
    ]
    for number, home in enumerate(homes):
        peers = [
            f"{own[second]['node']}@127.0.0.1:{link.port}"
            for (first, second), link in links.items()
            if first == number
        ]
        _dial(home / "node" / "node.toml", peers)
    try:
        yield Links(links, loop)
    finally:
        asyncio.run_coroutine_threadsafe(_end(servers), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(servers: list[asyncio.Server]) -> None:
    for server in servers:
        server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _dial(settings: Path, peers: list[str]) -> None:
    lines = [line for line in settings.read_text().splitlines() if not line.startswith("peers")]
    said = ", ".join(f'"{peer}"' for peer in peers)
    settings.write_text("\n".join([*lines, f"peers = [{said}]"]) + "\n")
