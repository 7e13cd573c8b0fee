"""Bulk jobs: a sheet in, an answer for every row, an error sheet back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.ledger.contract import kind_of
from cellchain.services.jobs import Job, RowResult
from cellchain.services.jobs.rows import template_of
from cellchain.web.api.endpoint import CSV, JSON, XLSX, Answer, Call, Endpoint
from cellchain.web.api.table import csv_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from cellchain.ledger.contract import Contract, Message

SHEET = "application/octet-stream"


def job_endpoints(contracts: Mapping[str, Contract]) -> Iterator[Endpoint]:
    """Yield the endpoints of bulk jobs."""
    kinds = {
        kind_of(message).partition("/")[0]: message
        for contract in contracts.values()
        for message in contract.messages
    }
    yield Endpoint(
        method="POST", path="/jobs/{kind}", name="jobs.begin",
        summary="Send a sheet, CSV or xlsx: each row asks for one message of this kind.",
        answer=partial(_begin, kinds), scope="send", body=bytes, takes=SHEET,
        result=Job, status=202, refusals=(404, 422, 503), tag="jobs",
    )  # fmt: skip
    yield Endpoint(
        method="GET", path="/jobs/{kind}/template", name="jobs.template",
        summary="An empty sheet with the columns of a kind of message.",
        answer=partial(_template, kinds), result=str, offers=(CSV,), refusals=(404,), tag="jobs",
    )  # fmt: skip
    yield Endpoint(
        method="GET", path="/jobs", name="jobs.list", summary="List jobs, the newest first.",
        answer=_jobs, result=list[Job], tag="jobs",
    )  # fmt: skip
    yield Endpoint(
        method="GET", path="/jobs/{id}", name="jobs.show", summary="Show how far a job is.",
        answer=_job, result=Job, refusals=(404,), tag="jobs",
    )  # fmt: skip
    yield Endpoint(
        method="GET", path="/jobs/{id}/rows", name="jobs.rows",
        summary="What became of each row.",
        answer=_results, result=list[RowResult], offers=(JSON, CSV, XLSX),
        rows=list, refusals=(404,), tag="jobs",
    )  # fmt: skip
    yield Endpoint(
        method="GET", path="/jobs/{id}/errors", name="jobs.errors",
        summary="The rows that were not accepted, as they were, each with why.",
        answer=_errors, result=list[dict[str, str]], offers=(CSV, XLSX, JSON),
        rows=list, refusals=(404,), tag="jobs",
    )  # fmt: skip
    yield Endpoint(
        method="DELETE", path="/jobs/{id}", name="jobs.cancel",
        summary="Let the rows that have not been sent yet be.",
        answer=_cancel, scope="send", status=204, refusals=(404,), tag="jobs",
    )  # fmt: skip


def _kind(kinds: Mapping[str, type[Message]], name: str) -> type[Message]:
    found = kinds.get(name)
    if found is None:
        raise Refused("job.unknown_kind", f"there is no kind of message {name[:60]!a}")
    return found


def _begin(kinds: Mapping[str, type[Message]], call: Call) -> Answer:
    kind = _kind(kinds, call.path["kind"])
    columns, rows = call.site.read_sheet(call.body)
    name = call.headers.get("x-file-name", "sheet")
    job = call.site.jobs.begin(call.viewer, kind, name, columns, rows)
    return Answer(data=job, status=202, headers={"location": f"/api/v1/jobs/{job.id}"})


def _template(kinds: Mapping[str, type[Message]], call: Call) -> Answer:
    kind = _kind(kinds, call.path["kind"])
    sheet = csv_of([dict.fromkeys(template_of(kind), "")]).partition(b"\r\n")[0] + b"\r\n"
    name = {"content-disposition": f'attachment; filename="{call.path["kind"]}.csv"'}
    return Answer(content=sheet, media_type=CSV, headers=name)


def _jobs(call: Call) -> Answer:
    return Answer(data=list(call.site.jobs.of(call.viewer)))


def _job(call: Call) -> Answer:
    return Answer(data=call.site.jobs.find(call.viewer, call.path["id"]))


def _results(call: Call) -> Answer:
    return Answer(data=call.site.jobs.results(call.viewer, call.path["id"]))


def _errors(call: Call) -> Answer:
    found = call.site.jobs.results(call.viewer, call.path["id"])
    sheet: list[dict[str, Any]] = [
        {**result.given, "line": str(result.row), "code": result.code, "why": result.text}
        for result in found
        if result.outcome != "accepted"
    ]
    name = {"content-disposition": 'attachment; filename="errors"'}
    return Answer(data=sheet, headers=name)


def _cancel(call: Call) -> Answer:
    call.site.jobs.cancel(call.viewer, call.path["id"])
    return Answer(status=204)
