"""The lab's page about the circle: what its verbs answer, with a worked example of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.services.lab.worked import worked
from cellchain.web.frame.picture import picture_svg
from cellchain.web.page import Asked, Shown
from cellchain.web.pages.lab.drawn import Drawn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.services.lab.question import Question
    from cellchain.services.lab.worked import Worked

ROOMS = {
    "circle": "What a used battery is for, and where it goes",
    "footprint": "What it emits",
    "plan": "What flows, and what that hangs on",
    "tax": "What is due, by which law",
}
HOW_TOS = {
    "circle.allocate": "place-used-batteries",
    "circle.certify": "place-used-batteries",
    "circle.roll": "place-used-batteries",
    "circle.content": "choose-how-to-recycle",
    "circle.recycle": "choose-how-to-recycle",
    "circle.replan": "plan-routes",
    "circle.route": "plan-routes",
    "circle.verify": "plan-routes",
    "circle.site": "choose-where-to-open-sites",
    "circle.swap": "size-a-swapping-station",
    "plan.board": "find-what-your-supply-hangs-on",
    "plan.risk": "find-what-your-supply-hangs-on",
    "circle": "grade-and-value-used-batteries",
    "footprint": "count-a-batterys-footprint",
    "plan": "plan-stocks-of-batteries",
    "tax": "choose-a-tax-regime",
}
"""Of a verb, or of the others of its room: a page below ``docs/how-to``."""


class VerbShown(msgspec.Struct, frozen=True, kw_only=True):
    """A verb, what it answers and where it is shown how to ask it."""

    question: str
    answers: str
    how_to: str


class ExampleShown(msgspec.Struct, frozen=True, kw_only=True):
    """A worked example, and what its drawing says."""

    question: str
    about: str
    said: str


class RoomShown(msgspec.Struct, frozen=True, kw_only=True):
    """The verbs of a room."""

    name: str
    about: str
    verbs: tuple[VerbShown, ...]


class CirclePage(msgspec.Struct, frozen=True, kw_only=True):
    """What may be asked about the circle."""

    examples: tuple[ExampleShown, ...]
    rooms: tuple[RoomShown, ...]


def show_circle(asked: Asked) -> Shown:
    """Show what the verbs of the circle answer, and what that looks like."""
    questions = tuple(asked.site.lab.questions.values())
    drawings = {
        one.question: Drawn(one.picture, picture_svg(one.picture, one.picture.said))
        for one in worked()
        if one.picture is not None
    }
    data = CirclePage(
        examples=tuple(map(_example, worked())),
        rooms=tuple(
            RoomShown(name=name, about=about, verbs=tuple(_verbs(name, questions)))
            for name, about in ROOMS.items()
        ),
    )
    return Shown(template="lab/circle.html", data=data, title="Circle", also={"drawings": drawings})


def how_to(question: str) -> str:
    """Return the page that shows how a question is asked."""
    name = HOW_TOS.get(question) or HOW_TOS[question.partition(".")[0]]
    return f"docs/how-to/{name}.md"


def _verbs(room: str, questions: tuple[Question, ...]) -> Iterator[VerbShown]:
    for one in questions:
        if one.name.startswith(f"{room}."):
            yield VerbShown(
                question=one.name, answers=one.answers,
                how_to=how_to(one.name),
            )  # fmt: skip


def _example(one: Worked) -> ExampleShown:
    said = one.lacking if one.picture is None else one.picture.said
    return ExampleShown(question=one.question, about=one.about, said=said)
