"""The life line: what has happened in the order of time, then what is or may be to come.

A stage that was left out is not shown as missing: most batteries are never repaired.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.contracts.assembly.view import Stage

State: TypeAlias = Literal["done", "now", "may", "next"]
OPTIONAL = frozenset({"handed_on", "repaired", "second_life"})
"""Stages that a life can do without."""


class Step(NamedTuple):
    """A stage on the line, and how it is drawn."""

    stage: Stage
    state: State


def steps(life: Sequence[Stage]) -> list[Step]:
    """Return the steps of a life line."""
    begun = sorted((stage for stage in life if stage.count), key=lambda one: one.time_ms or 0)
    last = max((place for place, stage in enumerate(life) if stage.count), default=-1)
    return [
        *(Step(stage, "now" if stage is begun[-1] else "done") for stage in begun),
        *(Step(stage, "may" if stage.name in OPTIONAL else "next") for stage in life[last + 1 :]),
    ]
