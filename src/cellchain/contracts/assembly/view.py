"""Cells, modules, packs and vehicles, what they are made of and what became of them, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


class ItemRow(msgspec.Struct, frozen=True, kw_only=True):
    """A cell, module, pack or vehicle."""

    battery: str
    sort: str
    maker: str
    made_ms: int
    mass_mg: int
    elements_mg: dict[str, int]
    gained_ppm: int
    lots: tuple[tuple[str, int], ...]
    """Lots that went into it, and masses, milligrams."""
    parts: tuple[str, ...]
    whole: str | None
    since_ms: int
    in_service_ms: int | None
    retired_ms: int | None


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """Something in a genealogy."""

    subject: str
    sort: str
    """``cell``, ``module``, ``pack``, ``vehicle``, ``lot`` or ``run``; ``alike`` stands for several
    items that came from the same and went into the same."""
    label: str
    """For people: material of a lot, process of a run, serial of an item, how many alike."""
    at_ms: int
    level: int
    """Steps from the subject that was asked for: negative towards the mine, positive onwards."""
    who: str
    """Maker, operator or holder."""
    count: int = 1
    """How many items it stands for."""


class GraphEdge(msgspec.Struct, frozen=True, kw_only=True):
    """From what was before to what came of it."""

    source: str
    target: str
    mass_mg: int | None
    kind: str
    """``input``, ``output``, ``made``, ``part``, ``recycled``."""


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """Where something came from and what became of it."""

    subject: str
    nodes: tuple[Node, ...]
    edges: tuple[GraphEdge, ...]
    truncated: bool
    """Whether there is more than was asked for."""


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A stage of a battery's life line."""

    name: str
    """``mined``, ``refined``, ``made``, ``assembled``, ``in_service``, ``handed_on``, ``repaired``,
    ``second_life`` or ``ended``, in this order."""
    time_ms: int | None
    """When it began; ``None``: to come, or unknown."""
    who: tuple[str, ...] = ()
    """Parties that did it."""
    subjects: tuple[str, ...] = ()
    """Lots, runs or items that it is about."""
    position: int | None = None
    """Position of the event that shows it."""
    count: int = 0
    """How often it happened; 0: to come."""


def item(db: Connection, battery: str) -> ItemRow | None:
    """Return an item."""
    raise NotImplementedError


def items(db: Connection, batteries: Sequence[str]) -> tuple[ItemRow, ...]:
    """Return those of these items that there are."""
    raise NotImplementedError


def parts(db: Connection, battery: str) -> tuple[ItemRow, ...]:
    """Return what is directly in an item, in order of installation."""
    raise NotImplementedError


def outermost(db: Connection, battery: str) -> str:
    """Return the whole that an item goes along with; itself where it stands alone."""
    raise NotImplementedError


def genealogy(
    db: Connection, subject: str, *, up_max: int = 12, down_max: int = 12, nodes_max: int = 400
) -> Graph:
    """Return where an item, lot or run came from and what became of it.

    Items that came from the same and went into the same are one node, so that a pack of 96 cells
    is a picture and not a wall.

    Args:
        db: The views.
        subject: A battery, lot or run.
        up_max: Steps towards the mine.
        down_max: Steps onwards.
        nodes_max: Nodes in all; beyond it the graph is truncated.
    """
    raise NotImplementedError


def life(db: Connection, battery: str) -> tuple[Stage, ...]:
    """Return the life line of a battery: all nine stages, those to come included."""
    raise NotImplementedError
