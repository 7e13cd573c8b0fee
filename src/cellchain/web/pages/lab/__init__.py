"""The lab: a file is dropped, and the answer appears as a sentence, a chart and a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.datastructures import UploadFile

from cellchain.core.errors import CellchainError
from cellchain.services.lab.question import Parameter, Question, suffix_of
from cellchain.services.lab.runs import UNDER_WAY, Run
from cellchain.web.frame.picture import picture_svg
from cellchain.web.page import Action, Asked, Done, Page, Shown
from cellchain.web.pages.lab.circle import show_circle
from cellchain.web.pages.lab.drawn import Drawn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import FormData

ROWS_SHOWN = 50
FILES_ASKED = frozenset(("in", "train", "fit", "data", "ocv", "params"))
"""Files that a form asks for at once; the others are below."""
DRAWN = "plot"
"""What the page draws itself; all else that an answer may consist of is made."""


class LabPage(msgspec.Struct, frozen=True, kw_only=True):
    """What may be asked, and what was."""

    questions: tuple[Question, ...]
    runs: tuple[Run, ...]


class QuestionPage(msgspec.Struct, frozen=True, kw_only=True):
    """A question, and what it takes."""

    question: Question
    first: tuple[Parameter, ...]
    further: tuple[Parameter, ...]


class RunPage(msgspec.Struct, frozen=True, kw_only=True):
    """A question that was asked, and the first rows of its answer."""

    run: Run
    columns: tuple[str, ...] = ()
    rows: tuple[dict[str, str | float | None], ...] = ()
    rows_in_all: int = 0


def show_lab(asked: Asked) -> Shown:
    """Show what may be asked."""
    lab = asked.site.lab
    data = LabPage(questions=tuple(lab.questions.values()), runs=tuple(lab.runs(asked.viewer)[:20]))
    return Shown(template="lab/lab.html", data=data, title="Lab")


def show_question(asked: Asked) -> Shown:
    """Show the form of a question.

    Raises:
        Refused: ``lab.unknown_question``.
    """
    question = asked.site.lab.question(asked.path["question"])
    shown = [one for one in question.parameters if one.sort != "made"]
    first = [one for one in shown if one.name in FILES_ASKED or one.required]
    further = [one for one in shown if one not in first]
    data = QuestionPage(question=question, first=tuple(first), further=tuple(further))
    return Shown(template="lab/question.html", data=data, title=question.answers)


def show_run(asked: Asked) -> Shown:
    """Show how far a question is, or its answer.

    Raises:
        Refused: ``lab.unknown``.
    """
    run = asked.site.lab.find(asked.viewer, asked.path["run"])
    under_way = run.state in UNDER_WAY
    part = "lab/progress.html" if under_way else "lab/answer.html"
    template = part if asked.query.get("part") == "answer" else "lab/run.html"
    data, also = _answer(asked, run) if run.state == "done" else (RunPage(run=run), {})
    return Shown(template=template, data=data, title=run.question, also={**also, "part": part})


def ask(asked: Asked, form: FormData) -> Done:
    """Take the files and ask."""
    lab, viewer = asked.site.lab, asked.viewer
    question = lab.question(asked.path["question"])
    files: dict[str, list[str]] = {}
    given: set[str] = set()
    options: dict[str, str | bool | list[str]] = {}
    for one in question.parameters:
        several = [part for part in form.getlist(one.name) if isinstance(part, UploadFile)]
        sent = [part for part in several if part.filename]
        if sent:
            files[one.name] = [
                lab.send(viewer, part.filename or "", part.file.read()).id for part in sent
            ]
            given |= {f"{one.name}{suffix_of(part.filename or '')}" for part in sent}
        elif one.sort not in {"file", "made", "kept"}:
            options[one.name] = _option(one, form)
    given |= {*files, *(name for name, value in options.items() if value)}
    for one in question.parameters:
        if one.sort == "made" and one.name != DRAWN and (not one.beside or given & {*one.beside}):
            options[one.name] = one.default
    run = lab.ask(viewer, question.name, files, options, once=True)
    return Done(f"/lab/runs/{run.id}")


def cancel(asked: Asked, _: FormData) -> Done:
    """Cancel a question, or throw its answer away."""
    lab = asked.site.lab
    run = lab.find(asked.viewer, asked.path["run"])
    lab.cancel(asked.viewer, run.id)
    return Done(f"/lab/runs/{run.id}" if run.state in UNDER_WAY else "/lab")


def _option(one: Parameter, form: FormData) -> str | bool | list[str]:
    if one.sort == "flag":
        return one.name in form
    values = [str(value).strip() for value in form.getlist(one.name)]
    if one.many:
        return [part.strip() for value in values for part in value.split(",") if part.strip()]
    return values[0] if values else ""


def _answer(asked: Asked, run: Run) -> tuple[RunPage, Mapping[str, object]]:
    """Return the table of an answer and its drawing, as far as there are any."""
    try:
        shown = asked.site.lab.answer(asked.viewer, run.id)
    except CellchainError:  # it made no table: there are the files
        return RunPage(run=run), {}
    rows = tuple(shown.some(0, ROWS_SHOWN)) if shown.columns else ()
    page = RunPage(run=run, columns=shown.columns, rows=rows, rows_in_all=shown.rows_in_all)
    said = " ".join(run.ending.lines)
    return page, {"drawings": tuple(Drawn(one, picture_svg(one, said)) for one in shown.pictures)}


LAB = Page(path="/lab", name="Lab", show=show_lab, access="member", nav=8, cached=False)
CIRCLE = Page(path="/lab/circle", name="Circle", show=show_circle, access="member")
QUESTION = Page(
    path="/lab/{question}", name="Question", show=show_question, access="member", cached=False
)
RUN = Page(path="/lab/runs/{run}", name="Answer", show=show_run, access="member", cached=False)
PAGES = (LAB, CIRCLE, QUESTION, RUN)
ACTIONS = (
    Action(path="/lab/{question}", act=ask, access="member", on=QUESTION),
    Action(path="/lab/runs/{run}/cancel", act=cancel, access="member", on=RUN),
)
