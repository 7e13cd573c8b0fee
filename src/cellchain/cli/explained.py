"""``--explain``: how an answer came about, beside the answer.

The method as it stands in the code that ran, with its formulas and sources, and every option that
was in force. Nothing is told from memory: what is printed are the pages that the method carries.
"""

from __future__ import annotations

import inspect
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from click import get_current_context

from cellchain.cli.output import EXPLANATION, Explanation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

METHODS: Mapping[str, tuple[str, ...]] = {
    "circle.grade": ("services.circle.grading", "services.circle.grading_rules"),
    "circle.allocate": (
        "services.circle.allocation", "science.allocation", "science.allocation.lots",
        "science.allocation.sets",
    ),
    "circle.certify": (
        "services.circle.certifying", "services.circle.certifying_branches",
        "services.circle.certifying_sets",
    ),
    "circle.roll": ("services.circle.rolling", "science.allocation.rolling"),
    "circle.route": (
        "services.circle.routes", "science.routing.solver", "science.routing.pool",
    ),
    "circle.route.toml": (
        "services.circle.collecting.day_routes", "services.circle.collecting.first_trips",
        "services.circle.collecting.goods", "science.routing.breaks", "science.routing.solver",
    ),
    "circle.site": ("services.circle.siting", "science.siting.location"),
    "circle.replan": ("services.circle.replanning", "science.routing.replanning"),
    "circle.verify": ("services.circle.plan_check.judging",),
    "circle.verify.toml": ("services.circle.plan_check.day_judging",),
    "circle.recycle": (
        "services.circle.recycling", "science.recycling.lines", "services.circle.recycling_gates",
        "services.circle.recycling_risk", "services.circle.recycling_later",
    ),
    "circle.content": ("services.circle.content",),
    "circle.value": ("services.circle.value", "science.value.channels", "science.value.paths",
                     "science.value.lock", "science.value.lease"),
    "circle.swap": ("services.circle.swapping", "science.swapping.station"),
    "footprint.product": ("services.footprint.product", "science.footprint.inventory"),
    "footprint.hourly": ("services.footprint.hourly", "science.footprint.hourly"),
    "footprint.check": ("services.footprint.recomputation",),
    "footprint.life": ("services.footprint.life", "science.footprint.life"),
    "footprint.cff": ("services.footprint.circular", "science.footprint.circular"),
    "footprint.legs": ("services.footprint.legs", "science.footprint.legs"),
    "plan.stock": ("services.plan.stock", "science.stock.cohorts", "science.stock.projection"),
    "plan.risk": ("services.plan.risk", "science.supply.outage", "science.supply.concentration"),
    "plan.board": ("services.plan.board",),
    "plan.scenario": ("services.plan.difference",),
    "tax.effective": ("services.tax.effective", "services.tax.rulebook"),
    "tax.regime": ("services.tax.regime", "science.tax.forecast"),
    "tax.explain": ("services.tax.explained",),
}  # fmt: skip
"""Verb → the parts of `cellchain` that answer it, the one that reads the files first.

Where other parts answer of files of one kind, the verb with the suffix of ``--in``.
"""
_UNTOLD = frozenset(("context", "explain", "as_json", "template"))
_EMPTY: tuple[Any, ...] = (None, "", [], ())
_Flag = Annotated[bool, typer.Option("--explain", help="Say as well how the answer came about.")]


def explain_all(room: typer.Typer, name: str) -> None:
    """Give every verb of a room the option ``--explain``."""
    for command in room.registered_commands:
        callback = command.callback
        assert callback is not None
        if not hasattr(callback, "__wrapped__"):  # a room may be attached again
            verb = command.name or callback.__name__
            command.callback = _explained(callback, f"{name}.{verb}")


def explanation(verb: str, options: Mapping[str, Any]) -> Explanation:
    """Return how ``verb`` answers, and with which options; what is empty is left out."""
    of_kind = f"{verb}{Path(str(options.get('--in', ''))).suffix}"
    parts = METHODS.get(of_kind) or METHODS[verb]
    pages = {part: inspect.cleandoc(_page(part)) for part in parts}
    return Explanation(
        method=pages,
        options={name: _plain(value) for name, value in options.items() if value not in _EMPTY},
    )


def _explained(callback: Callable[..., None], verb: str) -> Callable[..., None]:
    @wraps(callback)
    def verb_that_explains(*, explain: bool, **options: Any) -> None:
        if not explain:
            callback(**options)
            return
        names = {one.name: max(one.opts, key=len) for one in get_current_context().command.params}
        told = {names[key]: value for key, value in options.items() if key not in _UNTOLD}
        before = EXPLANATION.set(explanation(verb, told))
        try:
            callback(**options)
        finally:
            EXPLANATION.reset(before)

    found = inspect.signature(callback, eval_str=True)
    flag = inspect.Parameter(
        "explain", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=_Flag
    )
    verb_that_explains.__signature__ = found.replace(  # type: ignore[attr-defined]
        parameters=[*found.parameters.values(), flag]
    )
    return verb_that_explains


def _page(part: str) -> str:
    return import_module(f"cellchain.{part}").__doc__ or ""


def _plain(value: Any) -> Any:
    match value:
        case Path():
            return value.name
        case bool() | int() | float() | str():
            return value
        case list() | tuple():
            return [_plain(one) for one in value]
    return str(value)
