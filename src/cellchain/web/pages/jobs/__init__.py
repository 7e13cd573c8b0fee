"""Bulk jobs: send a sheet, see how far it is, get the rows back that were not accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.datastructures import UploadFile

from cellchain.core.errors import Refused
from cellchain.ledger.contract import kind_of
from cellchain.services.jobs import Job, RowResult
from cellchain.services.jobs.rows import template_of
from cellchain.web.page import Action, Asked, Done, Page, Shown

if TYPE_CHECKING:
    from starlette.datastructures import FormData

    from cellchain.ledger.contract import Message

SHEET_BYTES_MAX = 16 << 20
WRONG_SHOWN = 50


class KindShown(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of message that rows may ask for."""

    kind: str
    columns: tuple[str, ...]


class JobsPage(msgspec.Struct, frozen=True, kw_only=True):
    """The jobs of the viewer's organisation."""

    jobs: tuple[Job, ...]
    kinds: tuple[KindShown, ...]


class JobPage(msgspec.Struct, frozen=True, kw_only=True):
    """A job, and the first rows that were not accepted."""

    job: Job
    wrong: tuple[RowResult, ...]


def show_jobs(asked: Asked) -> Shown:
    """Show jobs, and the form for another."""
    kinds = tuple(
        KindShown(kind=name, columns=tuple(template_of(message)))
        for name, message in _kinds(asked).items()
    )
    data = JobsPage(jobs=tuple(asked.site.jobs.of(asked.viewer)[:50]), kinds=kinds)
    return Shown(template="jobs/jobs.html", data=data, title="Bulk jobs")


def show_job(asked: Asked) -> Shown:
    """Show a job.

    Raises:
        Refused: ``job.unknown``.
    """
    found = asked.site.jobs.find(asked.viewer, asked.path["job"])
    results = asked.site.jobs.results(asked.viewer, found.id)
    wrong = [result for result in results if result.outcome != "accepted"]
    data = JobPage(job=found, wrong=tuple(wrong[:WRONG_SHOWN]))
    part = asked.query.get("part") == "progress"
    template = "jobs/progress.html" if part else "jobs/job.html"
    return Shown(template=template, data=data, title=f"Job of {found.total} rows")


def send(asked: Asked, form: FormData) -> Done:
    """Take a sheet."""
    kind = _kinds(asked).get(str(form.get("kind", "")))
    sheet = form.get("sheet")
    if kind is None or not isinstance(sheet, UploadFile):
        raise Refused("web.form", "choose a kind of message and a sheet")
    data = sheet.file.read(SHEET_BYTES_MAX + 1)
    columns, rows = asked.site.read_sheet(data)
    job = asked.site.jobs.begin(asked.viewer, kind, sheet.filename or "sheet", columns, rows)
    return Done(f"/jobs/{job.id}")


def cancel(asked: Asked, _: FormData) -> Done:
    """Let the rows that have not been sent yet be."""
    asked.site.jobs.cancel(asked.viewer, asked.path["job"])
    return Done(f"/jobs/{asked.path['job']}")


def _kinds(asked: Asked) -> dict[str, type[Message]]:
    return {
        kind_of(message).partition("/")[0]: message
        for contract in asked.site.contracts.values()
        for message in contract.messages
    }


JOBS = Page(path="/jobs", name="Bulk jobs", show=show_jobs, access="member", cached=False)
JOB = Page(path="/jobs/{job}", name="Job", show=show_job, access="member", cached=False)
PAGES = (JOBS, JOB)
ACTIONS = (
    Action(path="/jobs", act=send, access="member", on=JOBS),
    Action(path="/jobs/{job}/cancel", act=cancel, access="member", on=JOB),
)
