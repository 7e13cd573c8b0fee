"""Runs jobs one after the other, beside everything else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from secrets import token_hex
from threading import Event
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.core.errors import CellchainError, Refused, Unavailable
from cellchain.core.time import DAY_MS
from cellchain.ledger.contract import kind_of
from cellchain.ledger.stage import encode
from cellchain.services.access.records import Approval
from cellchain.services.access.viewer import require_duty, require_member, require_scope
from cellchain.services.jobs.records import Job, JobRows, JobState, RowResult
from cellchain.services.jobs.rows import check_columns, message_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cellchain.ledger.contract import Message
    from cellchain.ledger.entry import Result
    from cellchain.services.access.shelf import Shelf
    from cellchain.services.access.viewer import Viewer

    Send = Callable[[Viewer, Sequence[Message]], Result | Approval]

ROWS_MAX = 10_000
PART_ROWS = 200
"""Rows whose results are kept together: a crash forgets the answers of at most so many."""
KEPT_MS = 30 * DAY_MS
WAITING_MAX = 20
AGAIN_S = 5.0
"""Until the end of a job is written down again, where accounts could not be reached."""
UNDER_WAY: tuple[JobState, ...] = ("running", "waiting")
DUPLICATES = ("exists", "already_installed")
"""Reasons for which a message is refused when it has happened before."""


class Jobs:
    """The jobs of every organisation at home here.

    Args:
        shelf: Where they are kept.
        send: Sends the messages of a member.
        again: Returns who a viewer is by now.
        told: Hears of a job that failed, and why.
        now_ms: The time.
        shown: Returns once the pages show what has been sent: only then is a job done.
    """

    def __init__(
        self,
        shelf: Shelf,
        send: Send,
        again: Callable[[Viewer], Viewer],
        told: Callable[[str, dict[str, object]], object],
        now_ms: Callable[[], int],
        *,
        shown: Callable[[], object],
    ) -> None:
        self._shelf = shelf
        self._send = send
        self._again = again
        self._shown = shown
        self._told = told
        self._now_ms = now_ms
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="jobs")
        self._stop = Event()
        for job in shelf.every(Job):
            if job.state in UNDER_WAY:  # of a server that was killed
                self._shelf.change(
                    Job, job.id, lambda j: replace(j, state="interrupted", finished_ms=now_ms())
                )

    def close(self) -> None:
        """Stop after the row under way."""
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def begin(
        self,
        viewer: Viewer,
        kind: type[Message],
        file_name: str,
        columns: Sequence[str],
        rows: Sequence[Mapping[str, str]],
    ) -> Job:
        """Take a sheet; return its job, which runs in the background.

        Raises:
            Refused: ``access.…``, ``job.columns``, ``job.rows``; Unavailable: ``job.busy``.
        """
        party = require_duty(viewer, "signer")
        require_scope(viewer, kind_of(kind).partition(".")[0])
        check_columns(kind, columns)
        if not 0 < len(rows) <= ROWS_MAX:
            raise Refused("job.rows", f"{len(rows)} rows; 1 to {ROWS_MAX} go in one sheet")
        mine = [job for job in self.of(viewer) if job.state in UNDER_WAY]
        if len(mine) >= WAITING_MAX:
            raise Unavailable("job.busy", f"{len(mine)} jobs of {party} wait already")
        job = Job(
            id=token_hex(8),
            party=party,
            member=viewer.member or "",
            kind=kind_of(kind).partition("/")[0],
            file_name=file_name[:120],
            created_ms=self._now_ms(),
            total=len(rows),
        )
        self._shelf.put(job, job.id, of=party, until_ms=job.created_ms + KEPT_MS)
        self._pool.submit(self._run, viewer, job, kind, rows)
        return job

    def of(self, viewer: Viewer) -> Sequence[Job]:
        """Return the jobs of the viewer's organisation, the newest first."""
        found = self._shelf.of(Job, require_member(viewer))
        return sorted(found, key=lambda job: -job.created_ms)

    def find(self, viewer: Viewer, job: str) -> Job:
        """Return a job of the viewer's organisation.

        Raises:
            Refused: ``job.unknown``.
        """
        found = self._shelf.get(Job, job)
        if found is None or found.party != require_member(viewer):
            raise Refused("job.unknown", f"there is no job {job[:40]!a}")
        return found

    def results(self, viewer: Viewer, job: str) -> list[RowResult]:
        """Return what became of each row so far, in order."""
        self.find(viewer, job)
        parts = self._shelf.of(JobRows, job)
        return sorted((r for part in parts for r in part.rows), key=lambda result: result.row)

    def cancel(self, viewer: Viewer, job: str) -> None:
        """Let the rows that have not been sent yet be; a job that has ended stays as it is."""
        self.find(viewer, job)
        require_duty(viewer, "signer")
        self._move(job, UNDER_WAY, "cancelled")

    def _run(
        self, viewer: Viewer, job: Job, kind: type[Message], rows: Sequence[Mapping[str, str]]
    ) -> None:
        try:
            self._run_parts(viewer, job, kind, rows)
        except Exception as error:  # noqa: BLE001  # the edge of a thread: nobody looks at its future
            self._told("job", {"job": job.id, "error": f"{type(error).__name__}: {error}"})
            self._fail(job.id, error.code if isinstance(error, CellchainError) else "job.bug")

    def _run_parts(
        self, viewer: Viewer, job: Job, kind: type[Message], rows: Sequence[Mapping[str, str]]
    ) -> None:
        """Send the rows part by part, as long as the member may.

        Raises:
            Refused: ``access.…``: it may not any more.
        """
        self._move(job.id, ("waiting",), "running")
        for start in range(0, len(rows), PART_ROWS):
            found = self._shelf.get(Job, job.id)
            if self._stop.is_set() or found is None or found.state == "cancelled":
                break
            viewer = self._again(viewer)
            require_duty(viewer, "signer")
            require_scope(viewer, kind_of(kind).partition(".")[0])
            part = rows[start : start + PART_ROWS]
            results = [
                self._row(viewer, kind, start + place + 2, row) for place, row in enumerate(part)
            ]
            self._keep(job, start, results)
        self._shown()
        self._finish(job.id)

    def _row(
        self, viewer: Viewer, kind: type[Message], number: int, cells: Mapping[str, str]
    ) -> RowResult:
        digest = ""
        try:
            message = message_of(kind, cells)
            digest = sha256(encode(message)).hexdigest()
            sent = self._send(viewer, [message])
        except CellchainError as error:
            again = error.code.partition(".")[2] in DUPLICATES
            return RowResult(
                row=number,
                outcome="duplicate" if again else "rejected",
                code=error.code,
                text=error.text,
                digest=digest,
                given=dict(cells),
            )
        transaction = sent.id if isinstance(sent, Approval) else sent.transaction
        return RowResult(row=number, outcome="accepted", transaction=transaction, digest=digest)

    def _keep(self, job: Job, start: int, results: Sequence[RowResult]) -> None:
        outcomes = [result.outcome for result in results]
        kept = JobRows(rows=tuple(results))
        until_ms = job.created_ms + KEPT_MS
        self._shelf.put(kept, f"{job.id}/{start:06d}", of=job.id, until_ms=until_ms)
        self._shelf.change(
            Job,
            job.id,
            lambda j: replace(
                j,
                accepted=j.accepted + outcomes.count("accepted"),
                rejected=j.rejected + outcomes.count("rejected"),
                duplicate=j.duplicate + outcomes.count("duplicate"),
            ),
        )

    def _finish(self, job: str) -> None:
        def finished(found: Job) -> Job:
            state = found.state
            if state == "running":
                state = "done" if found.done == found.total else "interrupted"
            return replace(found, state=state, finished_ms=self._now_ms())

        self._shelf.change(Job, job, finished)

    def _fail(self, job: str, code: str) -> None:
        """Say that a job failed; where accounts fail too, later, or at the next start."""

        def failed(found: Job) -> Job:
            state: JobState = "failed" if found.state in UNDER_WAY else found.state
            return replace(found, state=state, code=code, finished_ms=self._now_ms())

        while True:
            try:
                self._shelf.change(Job, job, failed)
            except Unavailable:
                if self._stop.wait(AGAIN_S):
                    return
            else:
                return

    def _move(self, job: str, from_states: Sequence[JobState], state: JobState) -> None:
        self._shelf.change(
            Job,
            job,
            lambda found: replace(found, state=state) if found.state in from_states else found,
        )
