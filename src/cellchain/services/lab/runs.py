"""Who asked what of which files, how far it is, and what came of it.

One question runs at a time; others wait. Nothing of it outlives the server, and a day is the
longest that anything is kept: a lab is no archive.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from secrets import token_hex
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec.structs import replace

from cellchain.core.errors import CellchainError, Refused, Unavailable
from cellchain.core.names import PartyId
from cellchain.core.time import DAY_MS
from cellchain.services.access.viewer import require_member
from cellchain.services.lab.bench import Ending, Fault, Step
from cellchain.services.lab.question import Given, Question, command_line, suffix_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cellchain.services.access.viewer import Viewer
    from cellchain.services.lab.bench import Bench
    from cellchain.services.lab.question import CommandLine
    from cellchain.services.lab.shown import Shown

FILES_MAX = 50
FILES_BYTES_MAX = 256 << 20
"""Of one organisation."""
WAITING_MAX = 5
ENDED_MAX = 50
"""Runs of one organisation that are remembered; the oldest gives way."""
MADE_BYTES_MAX = 512 << 20
"""Of what the runs of one organisation have made; the oldest gives way."""
NAME_MAX = 120
KEPT_MS = DAY_MS
RunState = Literal["waiting", "running", "done", "refused", "failed", "cancelled"]
UNDER_WAY: tuple[RunState, ...] = ("waiting", "running")


class LabFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that somebody sent."""

    id: str
    party: PartyId
    name: str
    bytes: int
    sent_ms: int


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a run has made."""

    name: str
    bytes: int


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A question that was asked."""

    id: str
    party: PartyId
    member: str
    question: str
    files: dict[str, tuple[str, ...]]
    """Parameter → names of the files, as they were sent."""
    options: dict[str, Any]
    asked_ms: int
    ended_ms: int | None = None
    state: RunState = "waiting"
    step: Step | None = None
    ending: Ending = Ending()
    made: tuple[Made, ...] = ()


class Lab:
    """The files and runs of every organisation at home here.

    Args:
        questions: What may be asked.
        bench: Where files lie and questions run.
        told: Hears of a run that failed, and why.
        now_ms: The time.
    """

    def __init__(
        self,
        questions: Sequence[Question],
        bench: Bench,
        told: Callable[[str, dict[str, object]], object],
        now_ms: Callable[[], int],
    ) -> None:
        self.questions = {one.name: one for one in questions}
        self._bench = bench
        self._told = told
        self._now_ms = now_ms
        self._files: dict[str, LabFile] = {}
        self._runs: dict[str, Run] = {}
        self._lock = Lock()
        self._closing = False
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="lab")

    def close(self) -> None:
        """Stop what runs."""
        self._closing = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    # -- files ------------------------------------------------------------------------------------

    def send(self, viewer: Viewer, name: str, data: bytes) -> LabFile:
        """Keep a file for questions to come.

        Raises:
            Refused: ``access.…``, ``lab.suffix``, ``lab.empty``, ``lab.full``.
            Unavailable: ``disk.…``.
        """
        party = require_member(viewer)
        suffix_of(name)
        if not data:
            raise Refused("lab.empty", f"{name[-60:]!a} is empty")
        file = LabFile(
            id=token_hex(8), party=party, name=name[-NAME_MAX:], bytes=len(data),
            sent_ms=self._now_ms(),
        )  # fmt: skip
        with self._lock:
            mine = [one for one in self._files.values() if one.party == party]
            total = sum(one.bytes for one in mine) + file.bytes
            if len(mine) >= FILES_MAX or total > FILES_BYTES_MAX:
                raise Refused(
                    "lab.full",
                    f"{len(mine) + 1} files of {party} would take {total} bytes here",
                    remedy=f"delete some: {FILES_MAX} files and {FILES_BYTES_MAX} bytes are kept",
                )
            self._files[file.id] = file
        try:
            self._bench.keep(file.id, data)
        except BaseException:
            self._files.pop(file.id, None)
            raise
        return file

    def files(self, viewer: Viewer) -> list[LabFile]:
        """Return the files of the viewer's organisation, the newest first."""
        party = require_member(viewer)
        mine = [one for one in list(self._files.values()) if one.party == party]
        return sorted(mine, key=lambda one: -one.sent_ms)

    def delete(self, viewer: Viewer, file: str) -> None:
        """Keep a file no longer.

        Raises:
            Refused: ``access.…``, ``lab.unknown``.
        """
        self._file(viewer, file)
        with self._lock:
            self._files.pop(file, None)
        self._bench.drop(file)

    # -- runs -------------------------------------------------------------------------------------

    def question(self, name: str) -> Question:
        """Return what may be asked, by its name.

        Raises:
            Refused: ``lab.unknown_question``.
        """
        found = self.questions.get(name)
        if found is None:
            known = ", ".join(self.questions)
            raise Refused(
                "lab.unknown_question", f"{name[:60]!a} is no question", remedy=f"ask {known}"
            )
        return found

    def ask(
        self,
        viewer: Viewer,
        question: str,
        files: Mapping[str, Sequence[str]],
        options: Mapping[str, Any],
        *,
        once: bool = False,
    ) -> Run:
        """Ask a question; return the run, which goes on in the background.

        Args:
            viewer: Who asks.
            question: What.
            files: Parameter → ids of files.
            options: Parameter → value.
            once: Whether the files are deleted when the run ends, or is refused.

        Raises:
            Refused: ``access.…``, ``lab.…``. Unavailable: ``lab.busy``.
        """
        sent = [one for ids in files.values() for one in ids] if once else []
        try:
            run, command = self._asked(viewer, question, files, options)
        except CellchainError:
            for one in sent:
                self.delete(viewer, one)
            raise
        self._pool.submit(self._run, run.id, command, sent)
        return run

    def _asked(
        self,
        viewer: Viewer,
        question: str,
        files: Mapping[str, Sequence[str]],
        options: Mapping[str, Any],
    ) -> tuple[Run, CommandLine]:
        party, asked = require_member(viewer), self.question(question)
        named = {name: [self._file(viewer, one) for one in ids] for name, ids in files.items()}
        given = {
            name: [Given(id=one.id, suffix=suffix_of(one.name)) for one in several]
            for name, several in named.items()
        }
        command = command_line(asked, given, options)
        run = Run(
            id=token_hex(8),
            party=party,
            member=viewer.member or "",
            question=asked.name,
            files={name: tuple(one.name for one in several) for name, several in named.items()},
            options=dict(options),
            asked_ms=self._now_ms(),
        )
        with self._lock:
            mine = [one for one in self._runs.values() if one.party == party]
            waiting = sum(one.state in UNDER_WAY for one in mine)
            if waiting >= WAITING_MAX:
                raise Unavailable(
                    "lab.busy", f"{waiting} questions of {party} wait already",
                    remedy="wait for one of them, or cancel it",
                )  # fmt: skip
            self._runs[run.id] = run
        self._make_room(party)
        return run, command

    def runs(self, viewer: Viewer) -> list[Run]:
        """Return the runs of the viewer's organisation, the newest first."""
        party = require_member(viewer)
        mine = [one for one in list(self._runs.values()) if one.party == party]
        return sorted(mine, key=lambda one: -one.asked_ms)

    def find(self, viewer: Viewer, run: str) -> Run:
        """Return a run of the viewer's organisation.

        Raises:
            Refused: ``lab.unknown``.
        """
        found = self._runs.get(run)
        if found is None or found.party != require_member(viewer):
            raise _unknown("run", run)
        return found

    def cancel(self, viewer: Viewer, run: str) -> None:
        """Stop a run; one that has ended is forgotten, with what it made."""
        found = self.find(viewer, run)
        if found.state in UNDER_WAY:
            self._change(run, state="cancelled", ended_ms=self._now_ms())
        else:
            self._forget(found)

    def made(self, viewer: Viewer, run: str, name: str) -> bytes:
        """Return a file that a run has made.

        Raises:
            Refused: ``lab.unknown``.
        """
        self._check_made(viewer, run, name)
        return self._bench.read(run, name)

    def answer(self, viewer: Viewer, run: str) -> Shown:
        """Return the beginning of the table that an answer consists of.

        Raises:
            Refused: ``lab.unknown``, ``lab.no_table``.
        """
        self.find(viewer, run)
        return self._bench.shown(run)

    def expire(self) -> int:
        """Throw away what is older than a day; return how much that was."""
        before_ms = self._now_ms() - KEPT_MS
        files = [one for one in list(self._files.values()) if one.sent_ms < before_ms]
        for file in files:
            self._files.pop(file.id, None)
            self._bench.drop(file.id)
        runs = [one for one in list(self._runs.values()) if (one.ended_ms or before_ms) < before_ms]
        for run in runs:
            self._forget(run)
        return len(files) + len(runs)

    def _file(self, viewer: Viewer, file: str) -> LabFile:
        found = self._files.get(file)
        if found is None or found.party != require_member(viewer):
            raise _unknown("file", file)
        return found

    def _check_made(self, viewer: Viewer, run: str, name: str) -> None:
        if name not in {one.name for one in self.find(viewer, run).made}:
            raise _unknown("file", name)

    def _forget(self, run: Run) -> None:
        if run.state not in UNDER_WAY and self._runs.pop(run.id, None) is not None:
            self._bench.forget(run.id)

    def _make_room(self, party: PartyId) -> None:
        """Forget the oldest runs of ``party``, where there are too many or they made too much."""
        mine = [one for one in list(self._runs.values()) if one.party == party]
        mine = [one for one in mine if one.state not in UNDER_WAY]
        kept, total = 0, 0
        for one in sorted(mine, key=lambda one: -one.asked_ms):
            kept, total = kept + 1, total + sum(file.bytes for file in one.made)
            if kept > ENDED_MAX or (kept > 1 and total > MADE_BYTES_MAX):
                self._forget(one)

    def _change(self, run: str, **changes: Any) -> Run | None:
        with self._lock:
            found = self._runs.get(run)
            if found is None or found.state not in UNDER_WAY:
                return None
            self._runs[run] = changed = replace(found, **changes)
            return changed

    def _stopped(self, run: str) -> bool:
        found = self._runs.get(run)
        return self._closing or found is None or found.state == "cancelled"

    def _told_step(self, run: str, step: Step) -> None:
        self._change(run, step=step)

    def _run(self, run: str, command: CommandLine, sent: Sequence[str]) -> None:
        """Run a command line; this is the edge of a thread, whose future nobody looks at."""
        try:
            if self._change(run, state="running") is not None:
                self._ended(run, self._ran(run, command))
        except Exception as error:  # noqa: BLE001  # see above
            self._told("lab", {"run": run, "error": f"{type(error).__name__}: {error}"})
            fault = Fault(code="lab.bug", text="this question failed, and the operator was told")
            if isinstance(error, CellchainError):
                fault = Fault(code=error.code, text=error.text, remedy=error.remedy)
            self._ended(run, Ending(fault=fault), failed=True)
        finally:
            for one in sent:
                if self._files.pop(one, None) is not None:
                    self._bench.drop(one)

    def _ran(self, run: str, command: CommandLine) -> Ending:
        try:
            return self._bench.run(
                run, command.given, command.arguments,
                told=partial(self._told_step, run),
                stopped=lambda: self._stopped(run),
            )  # fmt: skip
        except Refused as refusal:  # a file was deleted meanwhile
            fault = Fault(code=refusal.code, text=refusal.text, remedy=refusal.remedy)
            return Ending(fault=fault)

    def _ended(self, run: str, ending: Ending, *, failed: bool = False) -> None:
        made = () if failed else self._made(run)
        state: RunState = "done"
        if ending.fault is not None:
            own = ending.fault.code.startswith("lab.") and ending.fault.code != "lab.unknown"
            state = "failed" if failed or own else "refused"
        done = self._change(
            run, state=state, ended_ms=self._now_ms(), ending=ending, step=None, made=made
        )
        if done is None:  # it was cancelled
            self._bench.forget(run)
        else:
            self._make_room(done.party)

    def _made(self, run: str) -> tuple[Made, ...]:
        return tuple(Made(name=k, bytes=v) for k, v in sorted(self._bench.made(run).items()))


def _unknown(what: str, name: str) -> Refused:
    return Refused("lab.unknown", f"there is no {what} {name[:40]!a}")
