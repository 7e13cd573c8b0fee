"""Envelopes that go together: each gets its own answer, nobody waits for ever."""

from __future__ import annotations

import asyncio
from threading import Event

import pytest

from cellchain.core.errors import Unavailable
from cellchain.web.api.gathering import AT_ONCE, Gathering


class Ledger:
    """Takes envelopes when it is let; remembers what came together."""

    def __init__(self, problem=None):
        self.came = []
        self.let = Event()
        self.problem = problem

    def submit(self, envelopes):
        self.came.append(list(envelopes))
        assert self.let.wait(10)
        if self.problem:
            raise self.problem
        return [envelope.upper() for envelope in envelopes]


async def begun(gathering, envelopes):
    tasks = [asyncio.create_task(gathering.result(one)) for one in envelopes]
    await asyncio.sleep(0)
    return tasks


def test_what_arrives_while_others_are_under_way_goes_together():
    async def run():
        ledger = Ledger()
        gathering = Gathering(ledger.submit)
        sent = [b"a%d" % n for n in range(40)]
        tasks = await begun(gathering, sent)
        ledger.let.set()
        return sent, ledger.came, await asyncio.gather(*tasks)

    sent, came, answers = asyncio.run(run())
    assert answers == [one.upper() for one in sent]
    assert sorted(one for batch in came for one in batch) == sorted(sent)
    assert len(came) <= AT_ONCE + 1


def test_who_went_away_takes_no_answer_from_others():
    async def run():
        ledger = Ledger()
        first, second = await begun(Gathering(ledger.submit), [b"gone", b"there"])
        first.cancel()
        ledger.let.set()
        return await asyncio.gather(first, second, return_exceptions=True)

    gone, there = asyncio.run(run())
    assert isinstance(gone, asyncio.CancelledError)
    assert there == b"THERE"


@pytest.mark.parametrize("problem", [Unavailable("writer.busy", "later"), ValueError("a bug")])
def test_a_ledger_that_fails_fails_everybody_who_waits_and_the_next_are_taken(problem):
    async def run():
        ledger = Ledger(problem)
        ledger.let.set()
        gathering = Gathering(ledger.submit)
        failed = await asyncio.gather(
            *await begun(gathering, [b"a", b"b", b"c"]), return_exceptions=True
        )
        ledger.problem = None
        return failed, await gathering.result(b"d")

    failed, following = asyncio.run(run())
    assert failed == [problem] * 3
    assert following == b"D"
