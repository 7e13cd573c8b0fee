"""A battery, and a lot, as a reader holds them: what is asked of them is asked when it is read."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from cellchain.core.time import parse_time
from cellchain.notebook import question
from cellchain.notebook.card import fact_card
from cellchain.notebook.paging import gathered
from cellchain.notebook.proved import Proved
from cellchain.notebook.rows import Readings, Rows, library
from cellchain.notebook.source import TIME_MS_MAX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.contracts.assembly.view import Graph, ItemRow, Stage
    from cellchain.contracts.custody.view import CustodyRow, HandOver
    from cellchain.contracts.passport.view import BatteryRow, PassportShown
    from cellchain.ledger.view import EventRow
    from cellchain.notebook.question import Facts
    from cellchain.notebook.source import Source
    from cellchain.services.proofs import Verdict

POINTS = 600


class Battery:
    """A battery of the book.

    Args:
        source: Who answers.
        id: Its name, ``01/GTIN/21/SERIAL``.

    Raises:
        Refused: ``web.not_found``.
    """

    def __init__(self, source: Source, id: str) -> None:  # noqa: A002  # as everybody calls it
        self._source = source
        self.id = id
        self._found: Facts = source.ask(question.FACTS, id)

    @property
    def facts(self) -> BatteryRow:
        """What it is, in a row."""
        return self._found.battery

    @property
    def custody(self) -> CustodyRow | None:
        """Who owns, holds and answers for it."""
        return self._found.custody

    @property
    def item(self) -> ItemRow | None:
        """What it is made of and built into; ``None`` where nobody said."""
        return self._found.item

    @cached_property
    def passport(self) -> PassportShown:
        """Its passport with the values that the reader may read.

        Raises:
            Refused: ``web.not_found``: it has none.
        """
        found: PassportShown = self._source.ask(question.PASSPORT, self.id)
        return found

    @cached_property
    def hand_overs(self) -> Rows[HandOver]:
        """How it went from hand to hand."""
        return Rows(self._source.ask(question.HAND_OVERS, self.id))

    @cached_property
    def life(self) -> Rows[Stage]:
        """Its life line."""
        return Rows(self._source.ask(question.LIFE, self.id))

    def events(self, limit: int = 1_000) -> Rows[EventRow]:
        """Return the events that mention it, the newest first."""
        return gathered(self._source, question.EVENTS, limit, self.id)

    def graph(self, *, up: int = question.STEPS, down: int = question.STEPS) -> Graph:
        """Return where it came from and what became of it, as nodes and edges."""
        found: Graph = self._source.ask(question.GENEALOGY, self.id, up=up, down=down)
        return found

    def genealogy(self, *, up: int = question.STEPS, down: int = question.STEPS) -> Any:
        """Return `graph` as a networkx DiGraph: from what was before to what came of it."""
        found = self.graph(up=up, down=down)
        made = library("networkx").DiGraph(subject=self.id, truncated=found.truncated)
        for node in found.nodes:
            made.add_node(
                node.subject,
                **{name: getattr(node, name) for name in node.__struct_fields__[1:]},
            )
        for edge in found.edges:
            made.add_edge(edge.source, edge.target, kind=edge.kind, mass_mg=edge.mass_mg)
        return made

    def plot(self) -> Any:
        """Return its genealogy as a matplotlib figure, the mine on the left."""
        made = self.genealogy()
        figure, panel = library("matplotlib.pyplot").subplots()
        graphs = library("networkx")
        graphs.draw_networkx(
            made,
            graphs.multipartite_layout(made, subset_key="level"),
            labels=dict(made.nodes(data="label")),
            ax=panel,
        )
        return figure

    def readings(
        self,
        *,
        from_: int | str = 0,
        until: int | str = TIME_MS_MAX,
        channels: Sequence[str] = (),
        points: int = POINTS,
    ) -> Readings:
        """Return its readings, thinned out to bins with their mean, least and greatest value.

        Args:
            from_: First moment: milliseconds since 1970, or RFC 3339.
            until: First moment that is no longer wanted.
            channels: Names; the first few where none is named.
            points: Bins at most.

        Raises:
            Refused: ``telemetry.no_readings``, ``telemetry.unknown_channel``.
        """
        found = self._source.series(
            self.id,
            from_ms=_moment_ms(from_),
            until_ms=_moment_ms(until),
            channels=channels,
            points=points,
        )
        return Readings(found)

    def proof(self, kind: str = "custody.custody") -> Proved:
        """Return the proof of a record of it as of the last block.

        Args:
            kind: Sort of record, for example ``passport.passport`` or ``assembly.item``.
        """
        head = self._source.head()
        return Proved(self._source.proof(kind, self.id), head.operator_key, head.network_trust)

    def verify(self, trust: bytes | None = None) -> Verdict:
        """Return what the proof of its custody shows; see `Proved.verify`."""
        return self.proof().verify(trust)

    def __repr__(self) -> str:
        return f"<battery {self.id}>"

    def _repr_html_(self) -> str:
        facts = {name: getattr(self.facts, name) for name in self.facts.__struct_fields__}
        return fact_card(f"Battery {self.id}", facts)


def _moment_ms(moment: int | str) -> int:
    return parse_time(moment) if isinstance(moment, str) else moment
