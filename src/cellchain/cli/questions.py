"""The verbs that need no ledger, as questions that a server may be asked about files.

They are read off the command line itself: a verb that joins one of `ROOMS` joins here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import typer

from cellchain.cli.root import build
from cellchain.services.lab.question import Parameter, Question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.services.lab.question import Sort

ROOMS = ("twin", "quality", "circle", "footprint", "plan", "tax")
NOT_ASKED = frozenset(("json", "more", "template"))
"""Parameters that mean nothing to who asks a server, or say what another one says."""
NEEDED = frozenset(
    ("in", "values", "capacity", "meters", "grid", "factors", "events", "instance", "links",
     "against")
)  # fmt: skip
"""Files that only `--template` goes without."""
TOLD = frozenset(("circle.recycle.out",))
"""Files that a terminal goes without, where the answer is printed."""
ALONE = frozenset(("plan.stock",))
"""Verbs that may be asked without a table."""
MADE = {
    "out": ".csv",
    "report": ".html",
    "plot": ".svg",
    "papers": ".zip",
    "certificate": ".json",
    "tree": ".csv",
    "rates": ".csv",
    "flows": ".csv",
    "channels": ".csv",
    "trace": ".csv",
    "hours": ".csv",
    "designs": ".csv",
    "covenants": ".csv",
    "tornado": ".csv",
    "stages": ".csv",
    "drilled": ".csv",
    "proof": ".json",
    "changes": ".csv",
}
KEPT = {"state": ".parquet", "limits": ".json"}
MODELS = frozenset(("twin.fit", "twin.train", "tax.explain", "circle.route", "circle.replan"))
"""Verbs that write what others read, in JSON."""
NEVER_JSON = frozenset(("plot", "papers"))
"""What such a verb makes beside, in a form of its own."""


def questions() -> tuple[Question, ...]:
    """Return every question, in the order of the help."""
    return tuple(_questions())


def _questions() -> Iterator[Question]:
    for room in ROOMS:
        group = typer.main.get_command(build(room))
        found = group.commands[room] if isinstance(group, click.Group) else None
        assert isinstance(found, click.Group)
        for verb, command in found.commands.items():
            if any(
                isinstance(one.type, click.Path) and one.name != "out" for one in command.params
            ):
                name = f"{room}.{verb}"
                yield Question(
                    name=name,
                    help=" ".join((command.help or "").split()),
                    parameters=tuple(
                        _parameter(name, one)
                        for one in command.params
                        if _name(one) not in NOT_ASKED
                    ),
                )


def _parameter(question: str, found: click.Parameter) -> Parameter:
    name, sort = _name(found), _sort(found)
    choices = tuple(map(str, getattr(found.type, "choices", ())))
    default = found.default
    if sort == "made":
        default = ".json" if question in MODELS and name not in NEVER_JSON else MADE[name]
    elif sort == "kept":
        default = KEPT[name]
    return Parameter(
        name=name,
        sort=sort,
        help=(getattr(found, "help", None) or "").strip(),
        required=_is_needed(question, found),
        many=found.multiple or found.nargs != 1,
        positional=isinstance(found, click.Argument),
        choices=choices,
        default="" if default is None or default is False else str(default),
    )


def _is_needed(question: str, found: click.Parameter) -> bool:
    name = _name(found)
    asked = name in NEEDED and question not in ALONE
    needed = asked and isinstance(found.type, click.Path)
    return found.required or needed or f"{question}.{name}" in TOLD


def _name(found: click.Parameter) -> str:
    return max(found.opts, key=len).lstrip("-")


def _sort(found: click.Parameter) -> Sort:
    name = _name(found)
    if isinstance(found.type, click.Path):
        if isinstance(found, click.Argument):
            return "file"
        return "made" if name in MADE else "kept" if name in KEPT else "file"
    if getattr(found, "is_flag", False):
        return "flag"
    if isinstance(found.type, click.types.IntParamType):
        return "integer"
    return "number" if isinstance(found.type, click.types.FloatParamType) else "text"
