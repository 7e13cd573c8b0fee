"""Laws of the condensed genealogy, and its drawing on hostile names."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from cellchain.contracts.assembly.view import Graph, GraphEdge, Node
from cellchain.web.frame.condensing import condensed
from cellchain.web.frame.genealogy import drawing

SORTS = st.sampled_from(["cell", "module", "lot", "run"])


def node(subject: str, sort: str, level: int, count: int = 1) -> Node:
    return Node(
        subject=subject, sort=sort, label=subject, at_ms=0, level=level, who="who", count=count
    )


def edge(source: str, target: str) -> GraphEdge:
    return GraphEdge(source=source, target=target, mass_mg=1000, kind="input")


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Anything that leads to one subject, or away from it."""
    sorts = draw(st.lists(SORTS, max_size=12))
    levels = [draw(st.integers(-4, 4).filter(bool)) for _ in sorts]
    nodes = [node("here", "pack", 0)]
    nodes += [node(f"n{n}", *both) for n, both in enumerate(zip(sorts, levels, strict=True))]
    pairs = [(a, b) for a in nodes for b in nodes if a.level < b.level]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=30)) if pairs else []
    edges = {(a.subject, b.subject): edge(a.subject, b.subject) for a, b in chosen}
    return Graph(subject="here", nodes=tuple(nodes), edges=tuple(edges.values()), truncated=False)


@given(graphs())
def test_items_and_lots_are_all_still_counted(graph: Graph) -> None:
    def counted(found: Graph) -> int:
        return sum(one.count for one in found.nodes if one.sort != "run")

    assert counted(condensed(graph)) == counted(graph)


@given(graphs())
def test_every_line_goes_from_an_earlier_layer_to_a_later_one(graph: Graph) -> None:
    found = condensed(graph)
    level = {one.subject: one.level for one in found.nodes}
    assert all(level[line.source] < level[line.target] for line in found.edges)


@given(graphs())
def test_the_subject_stays_itself_and_layers_begin_at_the_top(graph: Graph) -> None:
    found = condensed(graph)
    assert [one.count for one in found.nodes if one.subject == "here"] == [1]
    assert min(one.level for one in found.nodes) == 0


def test_a_run_becomes_the_line_between_what_went_in_and_what_came_out() -> None:
    nodes = (node("ORE", "lot", -3), node("MILL", "run", -2), node("here", "lot", 0))
    edges = (edge("ORE", "MILL"), edge("MILL", "here"))
    found = condensed(Graph(subject="here", nodes=nodes, edges=edges, truncated=False))
    assert [(line.source, line.target) for line in found.edges] == [("ORE", "here")]


def test_modules_of_one_pack_and_their_cells_are_two_boxes() -> None:
    modules = [node(f"m{n}", "module", -1) for n in range(8)]
    cells = [node(f"c{n}", "cell", -2, count=12) for n in range(8)]
    edges = [edge(f"m{n}", "here") for n in range(8)] + [edge(f"c{n}", f"m{n}") for n in range(8)]
    graph = Graph(
        subject="here",
        nodes=(node("here", "pack", 0), *modules, *cells),
        edges=tuple(edges),
        truncated=False,
    )
    assert [(one.sort, one.count) for one in condensed(graph).nodes] == [
        ("cell", 96),
        ("module", 8),
        ("pack", 1),
    ]


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Co", "Cn"]), min_size=1))
def test_a_drawing_is_well_formed_whatever_things_are_called(name: str) -> None:
    graph = Graph(subject=name, nodes=(node(name, "lot", 0),), edges=(), truncated=False)
    drawn = ElementTree.fromstring(str(drawing(graph).svg))
    assert drawn.attrib["role"] == "group"
    assert {one.tag for one in drawn.iter()} <= {"svg", "a", "rect", "text", "path", "title", "g"}
