"""Where something came from and what became of it: a walk along lots, runs and items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import msgspec
from sqlalchemy import bindparam, case, func, literal, select

from cellchain.contracts.assembly.view.tables import ITEM, MADE
from cellchain.contracts.material.view import EDGE, LOT, RUN
from cellchain.ledger.question import Question, among

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import ColumnElement, Connection


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """Something in a genealogy."""

    subject: str
    sort: str
    """``cell``, ``module``, ``pack``, ``vehicle``, ``lot`` or ``run``."""
    label: str
    """For people: material of a lot, process of a run, serial of an item."""
    at_ms: int
    level: int
    """Steps from the subject that was asked for: negative towards the mine, positive onwards."""
    who: str
    """Maker, operator or holder."""
    count: int = 1
    """How many items it stands for: alike ones, from the same lots and in the same whole, are one
    node that bears the name of the first."""


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


def genealogy(
    db: Connection, subject: str, *, up_max: int = 12, down_max: int = 12, nodes_max: int = 400
) -> Graph:
    """Return where an item, lot or run came from and what became of it.

    Items that came from the same and went into the same are one node, so that a pack of 96 cells
    is a picture and not a wall.

    Args:
        db: The views.
        subject: A battery, lot or run; of anything else the graph is empty.
        up_max: Steps towards the mine.
        down_max: Steps onwards.
        nodes_max: Nodes in all; beyond it the graph is truncated.
    """
    walk = _Walk(db, nodes_max)
    sort = walk.sort_of(subject)
    if sort is None:
        return Graph(subject=subject, nodes=(), edges=(), truncated=False)
    walk.places[subject] = _Place(sort, 0)
    walk.go(subject, _ups, -1, up_max)
    walk.go(subject, _downs, 1, down_max)
    return Graph(
        subject=subject,
        nodes=tuple(walk.nodes()),
        edges=tuple(walk.edges.values()),
        truncated=walk.truncated,
    )


class _Place(NamedTuple):
    sort: str
    """``item``, ``lot`` or ``run``."""
    level: int
    alike: int = 1


class _Step(NamedTuple):
    near: str
    far: str
    kind: str
    mass_mg: int | None
    sort: str
    alike: int = 1


_Frontier: TypeAlias = Mapping[str, Sequence[str]]
"""Subjects by sort."""


class _Walk:
    """A walk along the genealogy, a level at a time."""

    def __init__(self, db: Connection, nodes_max: int) -> None:
        self._db = db
        self._nodes_max = nodes_max
        self.places: dict[str, _Place] = {}
        self.edges: dict[tuple[str, str], GraphEdge] = {}
        self.truncated = False

    def sort_of(self, subject: str) -> str | None:
        """Return what ``subject`` is."""
        return next((s for s, there in _THERE.items() if there.first(self._db, name=subject)), None)

    def go(
        self,
        subject: str,
        steps: Callable[[Connection, _Frontier, int], Iterator[_Step]],
        way: int,
        levels_max: int,
    ) -> None:
        """Follow ``steps`` from ``subject``: ``way`` is -1 towards the mine, 1 onwards."""
        frontier = [subject]
        level = 0
        while frontier:
            by_sort = {
                sort: [name for name in frontier if self.places[name].sort == sort]
                for sort in _NAMES
            }
            found = list(steps(self._db, by_sort, self._nodes_max))
            if abs(level) >= levels_max:
                self.truncated |= any(step.far not in self.places for step in found)
                return
            level += way
            frontier = [step.far for step in found if self._take(step, level, way)]

    def _take(self, step: _Step, level: int, way: int) -> bool:
        """Note a step; return whether it leads to something new."""
        new = step.far not in self.places
        if new and len(self.places) >= self._nodes_max:
            self.truncated = True
            return False
        if new:
            self.places[step.far] = _Place(step.sort, level, step.alike)
        ends = (step.far, step.near) if way < 0 else (step.near, step.far)
        self.edges[ends] = GraphEdge(
            source=ends[0], target=ends[1], mass_mg=step.mass_mg, kind=step.kind
        )
        return new

    def nodes(self) -> Iterator[Node]:
        """Yield what was found, the earliest levels first."""
        shown = {
            row.subject: row
            for sort, asked in _SHOWN.items()
            for row in asked.of(self._db, self._named(sort))
        }
        for subject, place in sorted(self.places.items(), key=lambda p: (p[1].level, p[0])):
            row = shown.get(subject)
            if row is not None:
                yield Node(
                    subject=subject,
                    sort=row.sort,
                    label=row.label if place.sort != "item" else subject.rpartition("/")[2],
                    at_ms=row.at_ms,
                    level=place.level,
                    who=row.who,
                    count=place.alike,
                )

    def _named(self, sort: str) -> list[str]:
        return [subject for subject, place in self.places.items() if place.sort == sort]


_NAMES: Mapping[str, ColumnElement[str]] = {
    "item": ITEM.c.battery,
    "lot": LOT.c.lot,
    "run": RUN.c.run,
}
_THERE: Mapping[str, Question[tuple[str]]] = {
    sort: Question(select(name).where(name == bindparam("name"))) for sort, name in _NAMES.items()
}


class _Shown(NamedTuple):
    subject: str
    sort: str
    label: str
    at_ms: int
    who: str


_SHOWN = {
    "item": Question(
        select(
            ITEM.c.battery.label("subject"),
            ITEM.c.sort,
            ITEM.c.battery.label("label"),
            ITEM.c.made_ms.label("at_ms"),
            ITEM.c.maker.label("who"),
        ).where(among(ITEM.c.battery)),
        _Shown,
    ),
    "lot": Question(
        select(
            LOT.c.lot.label("subject"),
            literal("lot").label("sort"),
            LOT.c.material.label("label"),
            LOT.c.made_ms.label("at_ms"),
            LOT.c.holder.label("who"),
        ).where(among(LOT.c.lot)),
        _Shown,
    ),
    "run": Question(
        select(
            RUN.c.run.label("subject"),
            literal("run").label("sort"),
            RUN.c.process.label("label"),
            RUN.c.time_ms.label("at_ms"),
            RUN.c.operator.label("who"),
        ).where(among(RUN.c.run)),
        _Shown,
    ),
}
_EDGES = select(EDGE.c.source, EDGE.c.target, EDGE.c.kind, EDGE.c.mass_mg)
_EdgeRow: TypeAlias = tuple[str, str, str, int | None]
_EDGES_UP: Question[_EdgeRow] = Question(_EDGES.where(among(EDGE.c.target)))
_EDGES_DOWN: Question[_EdgeRow] = Question(_EDGES.where(among(EDGE.c.source)))
_UNLIKE = case((ITEM.c.sort == "cell", ""), else_=ITEM.c.battery)
"""What has parts is unlike others."""
_INSIDE: Question[tuple[str, str, int]] = Question(
    select(ITEM.c.whole, func.min(ITEM.c.battery), func.count())
    .where(among(ITEM.c.whole))
    .group_by(ITEM.c.whole, ITEM.c.sort, ITEM.c.lots, _UNLIKE)
    .limit(bindparam("most"))
)
_Portions: TypeAlias = tuple[tuple[str, int], ...]
_LOTS: Question[tuple[str, _Portions]] = Question(
    select(ITEM.c.battery, ITEM.c.lots).where(among(ITEM.c.battery))
)
_MADE_OF: Question[tuple[str, _Portions, str, int]] = Question(
    select(MADE.c.lot, ITEM.c.lots, func.min(ITEM.c.battery), func.count())
    .select_from(MADE.join(ITEM, ITEM.c.battery == MADE.c.battery))
    .where(among(MADE.c.lot))
    .group_by(MADE.c.lot, ITEM.c.sort, ITEM.c.whole, ITEM.c.lots)
    .limit(bindparam("most"))
)
_WHOLES: Question[tuple[str, str]] = Question(
    select(ITEM.c.battery, ITEM.c.whole).where(among(ITEM.c.battery), ITEM.c.whole.is_not(None))
)
_BEFORE = {"input": "lot", "recycled": "item", "output": "run"}
_AFTER = {"input": "run", "recycled": "run", "output": "lot"}


def _ups(db: Connection, frontier: _Frontier, most: int) -> Iterator[_Step]:
    """Yield the steps towards the mine."""
    made = [*frontier["run"], *frontier["lot"]]
    for source, target, kind, mass_mg in _EDGES_UP.of(db, made):
        yield _Step(target, source, kind, mass_mg, _BEFORE[kind])
    for near, far, count in _INSIDE.of(db, frontier["item"], most=most + 1):
        yield _Step(near, far, "part", None, "item", count)
    for near, portions in _LOTS.of(db, frontier["item"]):
        for far, mass_mg in portions:
            yield _Step(near, far, "made", mass_mg, "lot")


def _downs(db: Connection, frontier: _Frontier, most: int) -> Iterator[_Step]:
    """Yield the steps onwards."""
    into = [*frontier["run"], *frontier["lot"], *frontier["item"]]
    for source, target, kind, mass_mg in _EDGES_DOWN.of(db, into):
        yield _Step(source, target, kind, mass_mg, _AFTER[kind])
    made = _MADE_OF.of(db, frontier["lot"], most=most + 1)
    for near, portions, far, count in made:
        yield _Step(near, far, "made", dict(portions)[near], "item", count)
    for near, far in _WHOLES.of(db, frontier["item"]):
        yield _Step(near, far, "part", None, "item")
