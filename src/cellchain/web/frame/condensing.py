"""A genealogy without what a picture does not need, so that a pack of 96 cells is a picture.

A run between its inputs and outputs becomes the lines between them; items that went the same way
become one box that says how many; layers are counted anew, as few as the longest way has.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from cellchain.contracts.assembly.view import Graph, GraphEdge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cellchain.contracts.assembly.view import Node

ITEMS = frozenset({"cell", "module", "pack", "vehicle"})
_Ways: TypeAlias = "defaultdict[str, list[GraphEdge]]"


def condensed(graph: Graph) -> Graph:
    """Return ``graph`` with runs as lines, alike items as one, and ``level`` the layer from 0."""
    return _layered(_merged(_without_runs(graph)))


def _without_runs(graph: Graph) -> Graph:
    into, out = _by_end(graph.edges)
    runs = {
        node.subject
        for node in graph.nodes
        if node.sort == "run" and node.subject != graph.subject and _passed(node.subject, into, out)
    }
    for run in sorted(runs):  # one after the other: what comes of one may go into the next
        before, after = into.pop(run, []), out.pop(run, [])
        for edge in before:
            out[edge.source].remove(edge)
        for edge in after:
            into[edge.target].remove(edge)
        for come in before:
            for went in after:
                past = replace(come, target=went.target, kind="run")
                out[past.source].append(past)
                into[past.target].append(past)
    nodes = tuple(node for node in graph.nodes if node.subject not in runs)
    return replace(graph, nodes=nodes, edges=tuple(edge for ways in out.values() for edge in ways))


def _passed(run: str, into: _Ways, out: _Ways) -> bool:
    return bool(into[run]) and bool(out[run])


def _merged(graph: Graph) -> Graph:
    """Let items that went the same way stand as one, beginning next to the subject."""
    into, out = _by_end(graph.edges)
    stands: dict[str, str] = {}
    groups: dict[tuple[object, ...], Node] = {}
    for node in sorted(graph.nodes, key=lambda one: (abs(one.level), one.subject)):
        if node.sort not in ITEMS or node.subject == graph.subject or not node.level:
            groups[node.subject,] = node
            continue
        ends = (
            [edge.target for edge in out[node.subject]]
            if node.level < 0
            else [edge.source for edge in into[node.subject]]
        )
        way = (node.sort, node.level, frozenset(stands.get(end, end) for end in ends))
        first = groups.setdefault(way, replace(node, count=0))
        groups[way] = replace(first, count=first.count + node.count)
        stands[node.subject] = first.subject
    edges = {
        (edge.source, edge.target): edge
        for edge in (
            replace(
                edge,
                source=stands.get(edge.source, edge.source),
                target=stands.get(edge.target, edge.target),
            )
            for edge in graph.edges
        )
    }
    return replace(graph, nodes=tuple(groups.values()), edges=tuple(edges.values()))


def _layered(graph: Graph) -> Graph:
    """Put each node behind all it came from, and no further from what came of it than need be."""
    into, out = _by_end(graph.edges)
    order = _in_order([node.subject for node in graph.nodes], into, out)
    layers: dict[str, int] = {}
    for subject in order:
        before = [layers[edge.source] for edge in into[subject] if edge.source in layers]
        layers[subject] = max(before, default=-1) + 1
    for subject in reversed(order):
        after = [layers[edge.target] for edge in out[subject] if edge.target in layers]
        if after:
            layers[subject] = max(layers[subject], min(after) - 1)
    first = min(layers.values(), default=0)
    nodes = [replace(node, level=layers[node.subject] - first) for node in graph.nodes]
    return replace(graph, nodes=tuple(sorted(nodes, key=lambda one: (one.level, one.subject))))


def _in_order(subjects: Sequence[str], into: _Ways, out: _Ways) -> list[str]:
    """Return the subjects, each behind all it came from (Kahn 1962)."""
    known = set(subjects)
    waits = {name: len({e.source for e in into[name]} & known) for name in subjects}
    ready = deque(name for name in subjects if not waits[name])
    order: list[str] = []
    while ready:
        name = ready.popleft()
        order.append(name)
        for target in dict.fromkeys(edge.target for edge in out[name]):
            if target in waits:
                waits[target] -= 1
                if not waits[target]:
                    ready.append(target)
    done = set(order)
    return [*order, *(name for name in subjects if name not in done)]


def _by_end(edges: Iterable[GraphEdge]) -> tuple[_Ways, _Ways]:
    into: defaultdict[str, list[GraphEdge]] = defaultdict(list)
    out: defaultdict[str, list[GraphEdge]] = defaultdict(list)
    for edge in edges:
        into[edge.target].append(edge)
        out[edge.source].append(edge)
    return into, out
