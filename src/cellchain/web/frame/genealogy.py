"""A genealogy as a drawing: from the mine at the top to today, few crossings, every box a link.

Within a layer four barycentre sweeps order the boxes (Sugiyama, Tagawa and Toda 1981). The same
graph as a list is the text alternative, and what a phone shows.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from cellchain.web.frame.condensing import condensed
from cellchain.web.frame.escaping import escaped
from cellchain.web.frame.filters import mass, segment, serial

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cellchain.contracts.assembly.view import Graph, Node

SWEEPS = 4
BOX_WIDTH, BOX_HEIGHT = 172, 42
GAP_X, GAP_Y = 14, 30
LABEL_CHARACTERS = 20
HUES: Mapping[str, str] = {"lot": "d3", "run": "d6", "cell": "d1", "module": "d1", "pack": "d1"}


class Drawing(NamedTuple):
    """A genealogy, condensed."""

    svg: Markup
    """Boxes are links, the drawing a group of them."""
    nodes: tuple[Node, ...]
    """The same as a list."""


def drawing(graph: Graph) -> Drawing:
    """Return the drawing of ``graph``."""
    found = condensed(graph)
    return Drawing(_svg(found), found.nodes)


def _svg(drawn: Graph) -> Markup:
    layers = _ordered(drawn)
    places = _places(layers)
    widest = max((len(layer) for layer in layers), default=1)
    width = widest * (BOX_WIDTH + GAP_X) - GAP_X + 4
    height = (len(layers) or 1) * (BOX_HEIGHT + GAP_Y) - GAP_Y + 4
    lines = "".join(
        _line(places[edge.source], places[edge.target], edge.mass_mg)
        for edge in drawn.edges
        if edge.source in places and edge.target in places
    )
    boxes = "".join(
        _box(node, places[node.subject], here=node.subject == drawn.subject)
        for layer in layers
        for node in layer
    )
    svg = (
        f'<svg class="genealogy" role="group" aria-label="Genealogy, the oldest at the top"'
        f' viewBox="-2 -2 {width} {height}" width="{width}" height="{height}">{lines}{boxes}</svg>'
    )
    return Markup(svg)  # noqa: S704  # texts are escaped


def link_of(node: Node) -> str:
    """Return the page of something in a genealogy; empty where it has none of its own."""
    if node.sort == "lot":
        return f"/lots/{segment(node.subject)}"
    if node.sort == "run":
        return f"/runs/{segment(node.subject)}"
    return f"/batteries/{node.subject}" if node.subject.startswith("01/") else ""


def _ordered(graph: Graph) -> list[list[Node]]:
    """Return the layers from left to right, each in the order that crosses least."""
    by_level: defaultdict[int, list[Node]] = defaultdict(list)
    for node in graph.nodes:
        by_level[node.level].append(node)
    layers = [by_level[level] for level in sorted(by_level)]
    before: defaultdict[str, list[str]] = defaultdict(list)
    after: defaultdict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        before[edge.target].append(edge.source)
        after[edge.source].append(edge.target)
    rank: dict[str, float] = {}
    for layer in layers:
        rank |= _ranks(layer)
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        for layer in layers if forth else reversed(layers):
            if len(layer) > 1:
                _sort(layer, before if forth else after, rank)
                rank |= _ranks(layer)
    return layers


def _ranks(layer: Sequence[Node]) -> dict[str, float]:
    return {node.subject: place / len(layer) for place, node in enumerate(layer)}


def _sort(
    layer: list[Node], neighbours: Mapping[str, Sequence[str]], rank: Mapping[str, float]
) -> None:
    def centre(node: Node) -> float:
        near = [rank[n] for n in neighbours.get(node.subject, ()) if n in rank]
        return sum(near) / len(near) if near else rank[node.subject]

    layer.sort(key=centre)


def _places(layers: Sequence[Sequence[Node]]) -> dict[str, tuple[int, int]]:
    """Return the upper left corner of every box; layers are centred on each other."""
    most = max((len(layer) for layer in layers), default=0)
    return {
        node.subject: (
            round((column + (most - len(layer)) / 2) * (BOX_WIDTH + GAP_X)),
            row * (BOX_HEIGHT + GAP_Y),
        )
        for row, layer in enumerate(layers)
        for column, node in enumerate(layer)
    }


def _line(source: tuple[int, int], target: tuple[int, int], mass_mg: int | None) -> str:
    x1, y1 = source[0] + BOX_WIDTH // 2, source[1] + BOX_HEIGHT
    x2, y2 = target[0] + BOX_WIDTH // 2, target[1]
    bend = max(14, abs(y2 - y1) // 2)
    title = f"<title>{mass(mass_mg)}</title>" if mass_mg is not None else ""
    path = f"M{x1} {y1}C{x1} {y1 + bend} {x2} {y2 - bend} {x2} {y2}"
    return f'<path class="edge" d="{path}">{title}</path>'


def _box(node: Node, place: tuple[int, int], *, here: bool) -> str:
    x, y = place
    label = node.label or serial(node.subject)
    shown = label if len(label) <= LABEL_CHARACTERS else f"{label[: LABEL_CHARACTERS - 1]}…"
    second = serial(node.subject) if node.sort in {"lot", "run"} else node.sort
    if node.count > 1:
        shown, second = f"{node.count} {node.sort}s", f"{label} and alike"
    second = second if len(second) <= LABEL_CHARACTERS + 2 else f"{second[:LABEL_CHARACTERS]}…"
    hue = HUES.get(node.sort, "d1")
    whole = (
        f'<rect class="box {hue}{" here" if here else ""}" x="{x}" y="{y}" width="{BOX_WIDTH}"'
        f' height="{BOX_HEIGHT}" rx="7"/>'
        f'<text class="strong" x="{x + 10}" y="{y + 17}">{escaped(shown)}</text>'
        f'<text x="{x + 10}" y="{y + 32}">{escaped(second)}</text>'
    )
    link = link_of(node)
    name = escaped(f"{node.sort} {label}, {second}")
    if not link:
        return f"<g><title>{name}</title>{whole}</g>"
    return f'<a href="{escaped(link)}" aria-label="{name}">{whole}</a>'
