"""The pages and the API of a served demo home, beside a bare handler and beside the library."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from benchmarks.figure import ROUNDS, Figure, interleaved, median_ratio, work_folder
from benchmarks.http_load import FORM, Connection, cpu_per_request, cpu_s, memory_bytes, server
from cellchain.app import Cellchain
from cellchain.contracts.document import Register
from cellchain.contracts.membership import AddKey
from cellchain.core.names import Digest, DocumentId
from cellchain.crypto.signatures import SigningKey
from cellchain.services.demo.cast import PLAYERS
from cellchain.services.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BATTERIES = 200
SETTINGS = '[serve]\nrequests_per_minute = 0\nlog = "nothing"\n'
PUBLIC = ("accept-language: de",)
WARM = 20
"""Pages asked for before anything is measured."""
BARE_REQUESTS = 300
"""To the bare handler in a round."""
CLIENTS = 32
EACH = 60
LISTENERS = 1_000
LIVE_S = 20
READINGS_PER_S = 5_000
PAGES = 10_000
MAIN = "from cellchain.app import main; main()"


@cache
def home() -> Path:
    """Return a demo home, made once."""
    folder = work_folder() / "served"
    Cellchain().demo(folder, batteries=BATTERIES, seed=1, listener=lambda _: None)
    (folder / "cellchain.toml").write_text(SETTINGS)
    return folder


@contextmanager
def running() -> Iterator[tuple[int, str, str]]:
    """Serve the demo home, as `served`."""
    with served(home()) as serving:
        yield serving


@contextmanager
def served(folder: Path) -> Iterator[tuple[int, str, str]]:
    """Serve a demo home; give process, URL and the cookie of a member."""
    with server("-c", MAIN, "serve", str(folder), "--port", "0") as (process, url):
        visitor = Connection(url, f"Origin: {url}")
        body = b"as=ana%40everwheel-cars.example&next=/"
        _, _, headers = visitor.ask("/sign-in", body, FORM)
        visitor.close()
        yield process, url, headers[b"set-cookie"].decode().partition(";")[0]


def packs(url: str, cookie: str) -> list[str]:
    """Return the names of the packs in the home."""
    asking = Connection(url, f"cookie: {cookie}")
    _, body, _ = asking.ask("/api/v1/batteries?sort=pack&limit=1000")
    return [row["battery"] for row in json.loads(body)["rows"]]


@contextmanager
def _bare(page: bytes) -> Iterator[Callable[[int], float]]:
    """Serve ``page`` from a bare handler; give what measures its CPU seconds for a request."""
    file = work_folder() / "page"
    file.write_bytes(page)
    with server("benchmarks/bare_server.py", str(file)) as (process, url):
        asking = Connection(url)
        cpu_per_request(process, asking, ["/"] * 1000)
        yield lambda count: cpu_per_request(process, asking, ["/"] * count)


def _page(name: str, goal: str, prefix: str, *headers: str) -> Figure:
    with running() as (process, url, cookie):
        names = packs(url, cookie)
        asking = Connection(url, f"cookie: {cookie}" if not headers else "dnt: 1", *headers)
        cpu_per_request(process, asking, [prefix + one for one in names[:WARM]])
        _, page, _ = asking.ask(prefix + names[0])
        paths = [prefix + one for one in names[WARM:]]
        with _bare(page) as bare_cpu_s:
            ours, bare = interleaved(
                lambda turn: cpu_per_request(process, asking, paths[turn::ROUNDS]),
                lambda _: bare_cpu_s(BARE_REQUESTS),
            )
    return Figure(
        name=name,
        value=1000 * statistics.median(ours),
        ceiling=1000 * statistics.median(bare),
        ratio=median_ratio(bare, ours),
        unit="ms of CPU per page",
        goal=goal,
        note=f"{len(page) / 1000:.0f} kB, every page asked for the first time",
    )


def battery() -> Figure:
    """Battery pages, each asked for the first time ÷ a bare handler of the same bytes."""
    return _page("web.battery", ">= 0.05", "/batteries/")


def public() -> Figure:
    """Public pages, each asked for the first time ÷ a bare handler of the same bytes."""
    return _page("web.public", ">= 0.15", "/", *PUBLIC)


def again() -> Figure:
    """The same battery page again, its whole body ÷ a bare handler of the same bytes."""
    with running() as (process, url, cookie):
        path = "/batteries/" + packs(url, cookie)[30]
        asking = Connection(url, f"cookie: {cookie}")
        cpu_per_request(process, asking, [path] * BARE_REQUESTS)
        _, page, _ = asking.ask(path)
        with _bare(page) as bare_cpu_s:
            ours, bare = interleaved(
                lambda _: cpu_per_request(process, asking, [path] * BARE_REQUESTS),
                lambda _: bare_cpu_s(BARE_REQUESTS),
            )
    return Figure(
        name="web.again",
        value=1000 * statistics.median(ours),
        ceiling=1000 * statistics.median(bare),
        ratio=median_ratio(bare, ours),
        unit="ms of CPU per page",
        goal=">= 0.5",
    )


def memory() -> Figure:
    """Resident memory of the server after many pages, beside that after a few."""
    with running() as (process, url, cookie):
        names = packs(url, cookie)
        asking = Connection(url, f"cookie: {cookie}")
        sizes = []
        for number in range(PAGES):
            one = names[number % len(names)]
            asking.ask(("/batteries/" if number % 2 else "/") + one)
            if number in {PAGES // 10, PAGES - 1}:
                sizes.append(memory_bytes(process))
    early, late = sizes
    return Figure(
        name="web.memory",
        value=late / 1e6,
        ceiling=early / 1e6,
        ratio=late / early,
        unit="MB",
        goal="< 150 MB, flat",
        note=f"after {PAGES} pages and after {PAGES // 10}",
    )


# -- submitting ---------------------------------------------------------------------------------


def _clients(first: int) -> list[tuple[SigningKey, str]]:
    """Give the parties of the demo keys of their own for each client; return keys and parties."""
    keys = [SigningKey((first + n).to_bytes(32, "big")) for n in range(CLIENTS)]
    with Cellchain().writing(home()) as (opened, ledger):
        for number, key in enumerate(keys):
            party = PLAYERS[1 + number % (len(PLAYERS) - 1)].party
            Desk(ledger, opened.keys.load(party)).send(AddKey(key=key.key_id))
    return [(key, PLAYERS[1 + n % (len(PLAYERS) - 1)].party) for n, key in enumerate(keys)]


def _envelopes(keys: list[tuple[SigningKey, str]], word: str) -> list[list[bytes]]:
    with Cellchain().writing(home()) as (_, ledger):
        desks = [Desk(ledger, key) for key, _ in keys]
        return [
            [
                desk.signed(
                    Register(
                        document=DocumentId(f"{word}-{client}-{n}"),
                        commitment=Digest(f"{client:032x}{n:032x}"),
                    )
                )
                for n in range(EACH)
            ]
            for client, desk in enumerate(desks)
        ]


def submit() -> Figure:
    """Transactions per second over HTTP to durable receipts ÷ the same through the library."""
    direct = _envelopes(_clients(10_000), "DIRECT")
    with Cellchain().writing(home()) as (_, ledger), ThreadPoolExecutor(CLIENTS) as pool:

        def through(envelopes: list[bytes]) -> None:
            for envelope in envelopes:
                (result,) = ledger.submit([envelope])
                assert not result.code, result.text

        began = time.perf_counter()
        list(pool.map(through, direct))
        library = CLIENTS * EACH / (time.perf_counter() - began)
    over = _envelopes(_clients(20_000), "HTTP")
    with running() as (_, url, _), ThreadPoolExecutor(CLIENTS) as pool:

        def post(envelopes: list[bytes]) -> None:
            asking = Connection(url)
            for envelope in envelopes:
                status, body, _ = asking.ask("/api/v1/transactions", envelope)
                assert status == 201, body  # noqa: PLR2004

        began = time.perf_counter()
        list(pool.map(post, over))
        http = CLIENTS * EACH / (time.perf_counter() - began)
    return Figure(
        name="web.submit",
        value=http,
        ceiling=library,
        ratio=http / library,
        unit="transactions/s",
        goal=">= 0.3",
        note=f"{CLIENTS} clients, each waiting for its receipt",
    )


# -- live ---------------------------------------------------------------------------------------


async def _listen(url: str, path: str, cookie: str, count: int, seconds: float) -> list[int]:
    """Open many listeners; return how many events each has heard after ``seconds``."""
    parts = urlsplit(url)
    heard = [0] * count

    async def one(number: int) -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        head = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nCookie: {cookie}\r\n\r\n"
        writer.write(head.encode())
        try:
            while True:
                line = await reader.readline()
                heard[number] += line.startswith(b"id: ")
        finally:
            writer.close()

    tasks = [asyncio.create_task(one(number)) for number in range(count)]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return heard


def live() -> Figure:
    """CPU of 1,000 listeners beside readings that arrive, in cores."""
    from benchmarks.live_readings import Arriving  # noqa: PLC0415

    spent: dict[int, float] = {}
    heard: list[int] = []
    with running() as (process, url, cookie):
        for count in (0, LISTENERS):
            with Arriving(home(), url, READINGS_PER_S) as arriving:
                path = f"/api/v1/batteries/{arriving.battery}/live"
                before = cpu_s(process)
                heard = asyncio.run(_listen(url, path, cookie, count, LIVE_S))
                spent[count] = (cpu_s(process) - before) / LIVE_S
                delivered = arriving.delivered
    cores = spent[LISTENERS] - spent[0]
    lost = max(heard) - min(heard)
    return Figure(
        name="web.live",
        value=cores,
        ceiling=0.3,
        ratio=cores / 0.3,
        unit="cores for the listeners",
        goal="<= 1: 0.3 core, none lost",
        note=f"{min(heard)} to {max(heard)} events each, {lost} apart; {delivered} readings came",
    )


FIGURES = {
    "web.battery": battery,
    "web.again": again,
    "web.public": public,
    "web.submit": submit,
    "web.live": live,
    "web.memory": memory,
}
