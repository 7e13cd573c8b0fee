"""Who asked what: one at a time, so many of each organisation, nothing for longer than a day."""

from __future__ import annotations

from threading import Event

import pytest

from cellchain.core.errors import CellchainError, Unavailable
from cellchain.core.names import PartyId
from cellchain.core.time import DAY_MS
from cellchain.services.access.viewer import Viewer
from cellchain.services.lab.bench import Ending, Fault, Step
from cellchain.services.lab.question import Parameter, Question
from cellchain.services.lab.runs import ENDED_MAX, MADE_BYTES_MAX, WAITING_MAX, Lab

ASKED = Question(
    name="twin.soh",
    help="?",
    parameters=(
        Parameter(name="in", sort="file", help="", required=True),
        Parameter(name="out", sort="made", help="", required=True, default=".csv"),
    ),
)
ALICE, BOB = (Viewer(party=PartyId(name), member=f"me@{name}.example") for name in ("alice", "bob"))


class Bench:
    """Answers when it is let; remembers what it was told to forget."""

    def __init__(self):
        self.go, self.begun, self.sizes = Event(), Event(), {"out.csv": 1}
        self.go.set()
        self.files, self.forgotten, self.fault, self.error = {}, [], None, None

    def keep(self, file, data):
        self.files[file] = data

    def drop(self, file):
        self.files.pop(file, None)

    def run(self, _run, _given, _arguments, *, told, stopped):
        told(Step(title="half", done=1, total=2))
        self.begun.set()
        while not self.go.wait(0.01):
            if stopped():
                return Ending(cancelled=True)
        if self.error is not None:
            raise self.error
        return Ending(lines=("done",), fault=self.fault)

    def made(self, _run):
        if self.sizes is None:
            raise OSError("no disk")
        return self.sizes

    def forget(self, run):
        self.forgotten.append(run)


class Laboratory:
    def __init__(self):
        self.bench, self.now_ms, self.told = Bench(), 10 * DAY_MS, []
        self.lab = Lab((ASKED,), self.bench, lambda *what: self.told.append(what), self.clock)

    def clock(self):
        self.now_ms += 1
        return self.now_ms

    def ask(self, viewer=ALICE, *, once=False):
        file = self.lab.send(viewer, "a.csv", b"x").id
        return self.lab.ask(viewer, "twin.soh", {"in": [file]}, {}, once=once).id

    def ended(self, run, viewer=ALICE):
        self.lab._pool.submit(lambda: None).result(30)
        return self.lab.find(viewer, run)


@pytest.fixture
def it():
    found = Laboratory()
    yield found
    found.bench.go.set()
    found.lab.close()


def code_of(call, *arguments, **more):
    with pytest.raises(CellchainError) as refused:
        call(*arguments, **more)
    return refused.value.code


def test_an_answer_has_its_lines_and_its_files(it):
    run = it.ended(it.ask())
    assert (run.state, run.ending.lines, run.made[0].name) == ("done", ("done",), "out.csv")
    assert run.step is None
    assert run.files == {"in": ("a.csv",)}


def test_a_run_that_is_cancelled_stops_and_leaves_nothing(it):
    it.bench.go.clear()
    run = it.ask()
    assert it.bench.begun.wait(30)
    assert it.lab.find(ALICE, run).step == Step(title="half", done=1, total=2)
    it.lab.cancel(ALICE, run)
    assert it.ended(run).state == "cancelled"
    assert it.bench.forgotten == [run]
    it.lab.cancel(ALICE, run)
    assert code_of(it.lab.find, ALICE, run) == "lab.unknown"


def test_a_run_that_waits_and_is_cancelled_never_begins(it):
    it.bench.go.clear()
    first, second = it.ask(), it.ask()
    it.lab.cancel(ALICE, second)
    it.bench.go.set()
    assert it.ended(first).state == "done"
    assert it.ended(second).state == "cancelled"


def test_so_many_of_one_organisation_wait(it):
    it.bench.go.clear()
    for _ in range(WAITING_MAX):
        it.ask()
    assert code_of(it.ask) == "lab.busy"
    assert it.ask(BOB)


def test_so_many_runs_are_remembered(it):
    runs = [it.ask() for _ in range(1)]
    for _ in range(ENDED_MAX + 5):
        it.ended(runs[-1])
        it.lab.delete(ALICE, it.lab.files(ALICE)[0].id)
        runs.append(it.ask())
    it.ended(runs[-1])
    kept = [one.id for one in it.lab.runs(ALICE)]
    assert kept == runs[: -ENDED_MAX - 1 : -1]
    assert set(it.bench.forgotten) == set(runs) - set(kept)


def test_what_runs_have_made_is_bounded_the_oldest_gives_way(it):
    it.bench.sizes = {"out.csv": MADE_BYTES_MAX // 2 + 1}
    first, second = it.ask(), it.ask()
    it.ended(second)
    assert [one.id for one in it.lab.runs(ALICE)] == [second]
    assert it.bench.forgotten == [first]


def test_what_is_older_than_a_day_is_thrown_away(it):
    run = it.ask()
    it.ended(run)
    it.now_ms += DAY_MS - 100
    assert it.lab.expire() == 0
    it.now_ms += 200
    assert it.lab.expire() == 2
    assert it.lab.files(ALICE) == it.lab.runs(ALICE) == []
    assert (it.bench.files, it.bench.forgotten) == ({}, [run])


def test_files_for_once_go_with_the_run_or_with_its_refusal(it):
    it.ended(it.ask(once=True))
    assert it.bench.files == {}
    file = it.lab.send(ALICE, "a.csv", b"x").id
    asked = (ALICE, "twin.soh", {"in": [file]}, {"hope": 1})
    assert code_of(it.lab.ask, *asked, once=True) == "lab.parameter"
    assert it.lab.files(ALICE) == []


def test_a_verb_that_refuses_is_refused_and_one_that_fails_failed(it):
    it.bench.fault = Fault(code="soh.no_training", text="…")
    assert it.ended(it.ask()).state == "refused"
    it.bench.fault = Fault(code="lab.memory", text="…")
    assert it.ended(it.ask()).state == "failed"
    assert it.told == []


@pytest.mark.parametrize(
    ("error", "code"),
    [(ValueError("…"), "lab.bug"), (Unavailable("lab.died", "…"), "lab.died")],
)
def test_what_breaks_is_told_to_the_operator_and_blocks_nothing(it, error, code):
    it.bench.error = error
    run = it.ended(it.ask())
    assert (run.state, run.ending.fault.code) == ("failed", code)
    assert it.told[0][1]["run"] == run.id
    it.bench.error = None
    assert it.ended(it.ask()).state == "done"


def test_a_disk_that_fails_after_the_answer_ends_the_run_too(it):
    it.bench.sizes = None
    assert it.ended(it.ask()).state == "failed"
