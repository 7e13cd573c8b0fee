"""Cells, modules, packs and vehicles, what they are made of and what became of them, as tables.

tables       the tables, what fills them, and an item by its name
graph        where something came from and what became of it
origins      what an item came from, without the way
life_line    the stages of a battery's life, from the mine to its end
"""

from cellchain.contracts.assembly.view.graph import Graph, GraphEdge, Node, genealogy
from cellchain.contracts.assembly.view.life_line import Stage, life
from cellchain.contracts.assembly.view.tables import VIEW, ItemRow, item, items, outermost, parts

__all__ = [
    "VIEW",
    "Graph",
    "GraphEdge",
    "ItemRow",
    "Node",
    "Stage",
    "genealogy",
    "item",
    "items",
    "life",
    "outermost",
    "parts",
]
