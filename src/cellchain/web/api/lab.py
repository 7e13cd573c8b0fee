"""The lab: send a file, ask a question of it, see how far it is, get the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.services.lab.question import Question
from cellchain.services.lab.runs import LabFile, Run
from cellchain.web.api.endpoint import CSV, JSON, LIMIT, XLSX, Answer, Call, Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

SCOPE = "lab"
BYTES = "application/octet-stream"


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """Of a file that is sent."""

    name: str
    """Its suffix says what it is."""


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """A question, and what it is asked of."""

    question: str
    files: dict[str, list[str]] = {}
    """Parameter → ids of files that were sent."""
    options: dict[str, str | float | bool | list[str] | None] = {}
    """Parameter → value; of a file that is made, its suffix."""


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows of an answer."""

    offset: int = 0
    limit: int = LIMIT


def lab_endpoints() -> Iterator[Endpoint]:
    """Yield the endpoints of the lab."""
    yield Endpoint(
        method="GET", path="/lab/questions", name="lab.questions",
        summary="What may be asked of files, and what each question takes.",
        answer=_questions, scope=SCOPE, result=list[Question], tag="lab",
    )  # fmt: skip
    yield Endpoint(
        method="POST", path="/lab/files", name="lab.send",
        summary="Send a file: CSV, zipped CSV, Parquet, arrays of NumPy, JSON, TOML.",
        answer=_send, scope=SCOPE, query=Sent, body=bytes, takes=BYTES, result=LabFile, status=201,
        refusals=(422, 503), tag="lab",
    )  # fmt: skip
    yield Endpoint(
        method="GET", path="/lab/files", name="lab.files",
        summary="List the files that were sent, the newest first.",
        answer=_files, scope=SCOPE, result=list[LabFile], tag="lab",
    )  # fmt: skip
    yield Endpoint(
        method="DELETE", path="/lab/files/{id}", name="lab.delete",
        summary="Delete a file.", answer=_delete, scope=SCOPE, status=204, refusals=(404,),
        tag="lab",
    )  # fmt: skip
    yield Endpoint(
        method="POST", path="/lab/runs", name="lab.ask",
        summary="Ask a question of files.", answer=_ask, scope=SCOPE, body=Asking, result=Run,
        status=202, refusals=(404, 422, 503), tag="lab",
    )  # fmt: skip
    yield Endpoint(
        method="GET", path="/lab/runs", name="lab.runs",
        summary="List what was asked, the newest first.",
        answer=_runs, scope=SCOPE, result=list[Run], tag="lab",
    )  # fmt: skip
    yield Endpoint(
        method="GET", path="/lab/runs/{id}", name="lab.show",
        summary="Show how far a question is, and what came of it.",
        answer=_run, scope=SCOPE, result=Run, refusals=(404,), tag="lab",
    )  # fmt: skip
    yield Endpoint(
        method="GET", path="/lab/runs/{id}/files/{name}", name="lab.made",
        summary="Get a file that an answer consists of, byte for byte as the verb wrote it.",
        answer=_made, scope=SCOPE, result=bytes, offers=(BYTES,), refusals=(404,), tag="lab",
    )  # fmt: skip
    yield Endpoint(
        method="GET", path="/lab/runs/{id}/rows", name="lab.rows",
        summary="The first rows of the table that an answer consists of; the file has all.",
        answer=_rows, scope=SCOPE, query=Rows, result=list[dict[str, str | float | None]],
        offers=(JSON, CSV, XLSX), rows=list, refusals=(404, 422), tag="lab",
    )  # fmt: skip
    yield Endpoint(
        method="DELETE", path="/lab/runs/{id}", name="lab.cancel",
        summary="Cancel a question, or throw its answer away.",
        answer=_cancel, scope=SCOPE, status=204, refusals=(404,), tag="lab",
    )  # fmt: skip


def _questions(call: Call) -> Answer:
    return Answer(data=list(call.site.lab.questions.values()))


def _send(call: Call) -> Answer:
    file = call.site.lab.send(call.viewer, call.query.name, call.body)
    return Answer(data=file, status=201)


def _files(call: Call) -> Answer:
    return Answer(data=call.site.lab.files(call.viewer))


def _delete(call: Call) -> Answer:
    call.site.lab.delete(call.viewer, call.path["id"])
    return Answer(status=204)


def _ask(call: Call) -> Answer:
    asked: Asking = call.body
    run = call.site.lab.ask(call.viewer, asked.question, asked.files, asked.options)
    return Answer(data=run, status=202, headers={"location": f"/api/v1/lab/runs/{run.id}"})


def _runs(call: Call) -> Answer:
    return Answer(data=call.site.lab.runs(call.viewer))


def _run(call: Call) -> Answer:
    return Answer(data=call.site.lab.find(call.viewer, call.path["id"]))


def _made(call: Call) -> Answer:
    name = call.path["name"]
    content = call.site.lab.made(call.viewer, call.path["id"], name)
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "content-security-policy": "sandbox",
    }
    return Answer(content=content, media_type=BYTES, headers=headers)


def _rows(call: Call) -> Answer:
    found = call.site.lab.answer(call.viewer, call.path["id"])
    start = max(0, call.query.offset)
    return Answer(data=found.some(start, start + call.query.limit))


def _cancel(call: Call) -> Answer:
    call.site.lab.cancel(call.viewer, call.path["id"])
    return Answer(status=204)
