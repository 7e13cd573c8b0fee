"""What is kept of a job: how far it is, and what became of each row."""

from __future__ import annotations

from typing import Literal

import msgspec

from cellchain.core.names import PartyId
from cellchain.services.access.records import Kept

JobState = Literal["cancelled", "done", "failed", "interrupted", "running", "waiting"]
Outcome = Literal["accepted", "duplicate", "rejected"]


class Job(Kept, frozen=True, kw_only=True):
    """A sheet under way. Key: its id."""

    id: str
    party: PartyId
    member: str
    kind: str
    """The kind of message that each row asks for."""
    file_name: str
    created_ms: int
    state: JobState = "waiting"
    total: int
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0
    finished_ms: int | None = None
    code: str = ""
    """Why it failed: of a rule that stopped all of it, or ``job.bug``."""

    @property
    def done(self) -> int:
        """Rows that have been answered."""
        return self.accepted + self.rejected + self.duplicate


class RowResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a row."""

    row: int
    """Its line in the sheet: the head is line 1."""
    outcome: Outcome
    code: str = ""
    text: str = ""
    transaction: str = ""
    digest: str = ""
    """SHA-256 of the message: the same row again has the same."""
    given: dict[str, str] = {}
    """The cells as they were, where the row was not accepted."""


class JobRows(Kept, frozen=True, kw_only=True):
    """Results of some neighbouring rows. Key: job and number of the part."""

    rows: tuple[RowResult, ...]
