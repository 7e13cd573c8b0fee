"""The hub: everybody hears everything once, and who missed something is told."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from cellchain.web import live
from cellchain.web.live import WAITING_MAX, Hub


class Ear:
    """Somebody who listens."""

    def __init__(self, hub, topic="ledger", last=None, **how):
        self.events = hub.listen(topic, last, **how)

    async def head(self):
        """Begin to listen; return what was missed."""
        first = await anext(self.events)
        assert first.startswith(b"retry: ")
        return heard(first)

    async def next(self):
        return heard(await asyncio.wait_for(anext(self.events), 5))[0]


def heard(data):
    """Number and data of each event; ``missed`` where something is gone."""
    found = []
    for event in data.decode().split("\n\n"):
        if event.startswith("event: missed"):
            found.append("missed")
        elif match := re.fullmatch(r"id: (\d+)\ndata: (.*)", event):
            found.append((int(match[1]), json.loads(match[2])))
    return found


def run(play):
    asyncio.run(play())


def test_what_is_published_within_a_second_is_one_event_for_all():
    async def play():
        hub = Hub()
        ears = [Ear(hub) for _ in range(3)]
        for ear in ears:
            assert await ear.head() == []
        hub.publish("ledger", 1)
        hub.publish("ledger", {"a": 2})
        hub.publish("elsewhere", 3)
        hub.tell()
        hub.publish("ledger", 4)
        hub.tell()
        for ear in ears:
            assert await ear.next() == (1, [1, {"a": 2}])
            assert await ear.next() == (3, [4])
        assert hub.listeners == 3

    run(play)


def test_who_comes_back_gets_what_it_missed():
    async def play():
        hub = Hub()
        ear = Ear(hub)
        await ear.head()
        for value in range(4):
            hub.publish("ledger", value)
            hub.tell()
        number, _ = await ear.next()
        back = Ear(hub, last=number)
        assert await back.head() == [(2, [1]), (3, [2]), (4, [3])]
        hub.publish("ledger", 9)
        hub.tell()
        assert await back.next() == (5, [9])

    run(play)


@pytest.mark.parametrize("last", [0, 5, 10**14])
def test_who_saw_another_server_is_told_that_something_may_be_gone(last):
    async def play():
        hub = Hub(first=1_000)
        await Ear(hub).head()
        hub.publish("ledger", 1)
        hub.tell()
        (first, *_) = await Ear(hub, last=last).head()
        assert first == "missed"

    run(play)


def test_what_is_kept_is_bounded_and_what_is_gone_is_told(monkeypatch):
    monkeypatch.setattr(live, "KEPT_BYTES_MAX", 100)

    async def play():
        hub = Hub()
        await Ear(hub).head()
        await Ear(hub, "quiet").head()
        hub.publish("quiet", "early")
        for value in range(20):
            hub.publish("ledger", value)
            hub.tell()
        assert (await Ear(hub, last=1).head())[0] == "missed"
        recent = await Ear(hub, last=20).head()
        assert recent == [(21, [19])]
        assert await Ear(hub, "quiet", last=0).head() == ["missed"]
        assert sum(len(event) for t in hub._topics.values() for _, event in t.kept) <= 100

    run(play)


def test_who_is_too_slow_is_cut_off_and_holds_up_nobody():
    async def play():
        hub = Hub()
        slow, fast = Ear(hub), Ear(hub)
        await slow.head()
        await fast.head()
        for value in range(WAITING_MAX + 5):
            hub.publish("ledger", value)
            hub.tell()
            assert (await fast.next())[1] == [value]
        got = [await slow.next() for _ in range(WAITING_MAX)]
        with pytest.raises(StopAsyncIteration):
            await slow.next()
        back = Ear(hub, last=got[-1][0])
        assert [values for _, values in await back.head()] == [[n] for n in range(64, 69)]

    run(play)


def test_who_has_gone_is_forgotten_and_topics_are_bounded(monkeypatch):
    monkeypatch.setattr(live, "TOPICS_MAX", 10)

    async def play():
        hub = Hub()
        for number in range(50):
            ear = Ear(hub, f"battery {number}")
            await ear.head()
            await ear.events.aclose()
        assert hub.listeners == 0
        assert len(hub._topics) <= 10

    run(play)


def test_who_begins_to_listen_is_not_forgotten_in_between(monkeypatch):
    async def play():
        hub = Hub()
        missed = hub._missed
        monkeypatch.setattr(hub, "_missed", lambda *given: hub._forget_quiet() or missed(*given))
        ear = Ear(hub, "battery")
        await ear.head()
        hub.publish("battery", 1)
        hub.tell()
        assert await ear.next() == (1, [1])

    run(play)


def test_one_address_keeps_nobody_else_out(monkeypatch):
    monkeypatch.setattr(live, "ADDRESS_LISTENERS_MAX", 2)
    monkeypatch.setattr(live, "LISTENERS_MAX", 3)

    async def play():
        hub = Hub()
        ears = [Ear(hub, address=address) for address in ("a", "a", "b")]
        full = []
        for ear in ears:
            full.append((hub.full("a"), hub.full("b")))
            await ear.head()
        assert full == [(False, False), (False, False), (True, False)]
        assert hub.full("c")
        for ear in ears:
            await ear.events.aclose()
        assert not hub.full("a")
        assert not hub._listening

    run(play)


@pytest.mark.parametrize("busy", [False, True])
def test_who_may_no_longer_listen_is_sent_away_at_the_next_heartbeat(monkeypatch, busy):
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.02)

    async def play():
        hub, may = Hub(), [True]
        ear = Ear(hub, still=lambda: may[0])
        await ear.head()
        assert await asyncio.wait_for(anext(ear.events), 5) == live.HEARTBEAT
        may[0] = False
        with pytest.raises(StopAsyncIteration):
            for _ in range(10_000):
                if busy:
                    hub.publish("ledger", 1)
                    hub.tell()
                await asyncio.wait_for(anext(ear.events), 5)
        assert hub.listeners == 0

    run(play)


def test_an_end_is_an_end_for_all():
    async def play():
        hub = Hub()
        hub.start()
        ears = [Ear(hub) for _ in range(2)]
        for ear in ears:
            await ear.head()
        await hub.stop()
        for ear in ears:
            with pytest.raises(StopAsyncIteration):
                await ear.next()

    run(play)


def test_who_hears_nothing_hears_that_we_are_there(monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.01)

    async def play():
        ear = Ear(Hub())
        await ear.head()
        assert await asyncio.wait_for(anext(ear.events), 5) == live.HEARTBEAT

    run(play)


def test_publishing_from_many_threads_loses_nothing(monkeypatch):
    monkeypatch.setattr(live, "WAITING_MAX", 10**6)

    async def play():
        hub = Hub()
        ear = Ear(hub)
        await ear.head()

        def publish(start):
            for value in range(500):
                hub.publish("ledger", start + value)

        working = [asyncio.to_thread(publish, n * 500) for n in range(4)]
        tasks = [asyncio.create_task(one) for one in working]
        got = []
        while not all(task.done() for task in tasks):
            await asyncio.sleep(0)
            hub.tell()
        hub.tell()
        while len(got) < 2000:
            got += (await ear.next())[1]
        assert sorted(got) == list(range(2000))

    run(play)
