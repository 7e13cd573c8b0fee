"""Lots of material and the runs that turned them into others, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import BigInteger, Column, Index, MetaData, Table, bindparam, func, or_, select

from cellchain.contracts.material.collect import Collected
from cellchain.contracts.material.consume import Consumed
from cellchain.contracts.material.create import Created
from cellchain.contracts.material.record import Lot, Run
from cellchain.contracts.material.transform import Produced
from cellchain.ledger.projection import Facets, Insert, Upsert, View, combination
from cellchain.ledger.question import Question, among
from cellchain.ledger.table import NAME, Listed, Packed, all_of, clamped, packed, page_of
from cellchain.ledger.view import matching, named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection

    from cellchain.ledger.projection import Batch, Change, RowTuple


METADATA = MetaData()
FACETS = ("material", "holder", "waste_origin")
LOT = Table(
    "material_lot",
    METADATA,
    Column("lot", NAME, primary_key=True),
    Column("holder", NAME, nullable=False),
    Column("material", NAME, nullable=False),
    Column("mass_mg", BigInteger, nullable=False),
    Column("consumed_mg", BigInteger, nullable=False),
    Column("assay_ppm", Packed(dict[str, int]), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("site", NAME, nullable=False),
    Column("run", NAME),
    Column("licence", NAME, index=True),
    Column("waste_origin", NAME, nullable=False),
    Column("gained_ppm", BigInteger, nullable=False),
    Column("offered_to", NAME, index=True),
    Column("offer_ends_ms", BigInteger),
    Column("facet", BigInteger, nullable=False),
    Index("material_lot_holder", "holder", "lot"),
    Index("material_lot_material", "material", "lot"),
)
LOT_COUNT = Table(
    "material_lot_count",
    METADATA,
    Column("facet", BigInteger, primary_key=True, autoincrement=False),
    Column("material", NAME, nullable=False),
    Column("holder", NAME, nullable=False),
    Column("waste_origin", NAME, nullable=False),
    Column("count", BigInteger, nullable=False),
)
RUN = Table(
    "material_run",
    METADATA,
    Column("run", NAME, primary_key=True),
    Column("process", NAME, nullable=False),
    Column("operator", NAME, nullable=False),
    Column("site", NAME, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("inputs", Packed(tuple[tuple[str, int], ...]), nullable=False),
    Column("batteries", Packed(tuple[str, ...]), nullable=False),
    Column("outputs", Packed(tuple[tuple[str, int], ...]), nullable=False),
    Column("added_mg", BigInteger, nullable=False),
    Column("added", NAME, nullable=False),
    Column("loss_mg", BigInteger, nullable=False),
    Column("uncertainty_ppm", BigInteger, nullable=False),
)
EDGE = Table(
    "material_edge",
    METADATA,
    Column("source", NAME, primary_key=True),
    Column("target", NAME, primary_key=True, index=True),
    Column("kind", NAME, primary_key=True),
    Column("mass_mg", BigInteger),
    sqlite_with_rowid=False,
)
USE = Table(
    "material_use",
    METADATA,
    Column("lot", NAME, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("by", NAME, nullable=False),
    Column("use", NAME, nullable=False),
    Column("run", NAME),
    Column("mass_mg", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)


class LotRow(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity of one material."""

    lot: str
    holder: str
    material: str
    mass_mg: int
    """Mass produced."""
    consumed_mg: int
    assay_ppm: dict[str, int]
    """Mass share by element symbol."""
    made_ms: int
    site: str
    run: str | None
    """The run it came from; ``None``: mined, bought or collected."""
    licence: str | None
    """The mining licence under which it was won."""
    waste_origin: str
    gained_ppm: int
    offered_to: str | None
    offer_ends_ms: int | None

    @property
    def remaining_mg(self) -> int:
        """Mass that is still there."""
        return self.mass_mg - self.consumed_mg


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """Inputs that became outputs."""

    run: str
    process: str
    operator: str
    site: str
    time_ms: int
    inputs: tuple[tuple[str, int], ...]
    """Lots and masses, milligrams."""
    batteries: tuple[str, ...]
    """Batteries that were taken apart, where the inputs were no lots."""
    outputs: tuple[tuple[str, int], ...]
    added_mg: int
    added: str
    loss_mg: int
    uncertainty_ppm: int


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a mass of a lot went into."""

    position: int
    time_ms: int
    by: str
    use: str
    """The run it went into, or what else it was used for, for people."""
    run: str | None
    """The run, where it was one."""
    mass_mg: int


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """What went from a lot or battery into a run, or from a run into a lot."""

    source: str
    target: str
    kind: str
    """``input`` (lot → run), ``recycled`` (battery → run) or ``output`` (run → lot)."""
    mass_mg: int | None
    """``None`` for a battery."""


class LotFacets(msgspec.Struct, frozen=True, kw_only=True):
    """How many lots there are, by material, holder and origin of waste; the most first."""

    material: tuple[tuple[str, int], ...]
    holder: tuple[tuple[str, int], ...]
    waste_origin: tuple[tuple[str, int], ...]
    total: int


def project(batch: Batch) -> Iterator[Change]:
    """Yield the lots and runs that were touched, and what lots were used for."""
    lots = {subject: found for subject, found in batch.touched(Lot).items() if found}
    yield Upsert(LOT, [_lot_row(subject, found) for subject, found in lots.items()])
    runs = {subject: found for subject, found in batch.touched(Run).items() if found}
    yield Insert(RUN, [_run_row(subject, found) for subject, found in runs.items()])
    yield Insert(EDGE, [edge for subject, found in runs.items() for edge in _edges(subject, found)])
    uses = [
        (e.lot, h.position, e.time_ms, e.by, e.use, _run_of(batch, e.use), e.mass_mg)
        for h, e in batch.of(Consumed)
    ]
    yield Insert(USE, uses)
    yield from _named(e for _, e in batch.of(Created))
    yield from _named(e for _, e in batch.of(Collected))
    yield from _named(e for _, e in batch.of(Produced))
    yield from named(("run", s, found.process, (found.site,)) for s, found in runs.items())


VIEW = View(
    name="material",
    tables=(LOT, LOT_COUNT, RUN, EDGE, USE),
    project=project,
    facets=(Facets(LOT, LOT_COUNT, FACETS),),
)
_LOT_COLUMNS = [c for c in LOT.c if c.key != "facet"]
_LOT_BY_ID = Question(select(*_LOT_COLUMNS).where(LOT.c.lot == bindparam("lot")), LotRow)
_RUN_BY_ID = Question(select(RUN).where(RUN.c.run == bindparam("run")), RunRow)
_SITES: Question[tuple[str, str]] = Question(select(LOT.c.lot, LOT.c.site).where(among(LOT.c.lot)))


def _named(births: Iterable[Created | Collected | Produced]) -> Iterator[Change]:
    yield from named(("lot", e.lot, e.material, (e.site,)) for e in births)


def _lot_row(subject: str, lot: Lot) -> RowTuple:
    return (
        subject,
        lot.holder,
        lot.material,
        lot.mass_mg,
        lot.consumed_mg,
        packed(lot.assay_ppm),
        lot.made_ms,
        lot.site,
        lot.run,
        lot.licence,
        lot.waste_origin,
        lot.gained_ppm,
        lot.offered_to,
        lot.offer_ends_ms,
        combination(0, [lot.material, lot.holder, lot.waste_origin]),
    )


def _run_of(batch: Batch, use: str) -> str | None:
    """Return the run that a use names, where there is one."""
    run = use.removeprefix("run ")
    return run if batch.record(Run, run) is not None else None


def _run_row(subject: str, run: Run) -> RowTuple:
    return (
        subject,
        run.process,
        run.operator,
        run.site,
        run.time_ms,
        packed(run.inputs),
        packed(run.batteries),
        packed(run.outputs),
        run.added_mg,
        run.added,
        run.loss_mg,
        run.uncertainty_ppm,
    )


def _edges(subject: str, run: Run) -> Iterator[RowTuple]:
    yield from ((lot, subject, "input", mass_mg) for lot, mass_mg in run.inputs)
    yield from ((battery, subject, "recycled", None) for battery in run.batteries)
    yield from ((subject, lot, "output", mass_mg) for lot, mass_mg in run.outputs)


def _chosen(chosen: Mapping[str, str | None], but: str) -> list[ColumnElement[bool]]:
    """Return what holds for the lots of the facets chosen, ``but`` one of them."""
    return [
        LOT_COUNT.c[facet] == value
        for facet, value in chosen.items()
        if value is not None and facet != but
    ]


def _counted(
    db: Connection, facet: str, chosen: Mapping[str, str | None]
) -> tuple[tuple[str, int], ...]:
    column, total = LOT_COUNT.c[facet], func.sum(LOT_COUNT.c.count)
    wanted = select(column, total).where(*_chosen(chosen, facet)).group_by(column)
    rows = db.execute(wanted.order_by(total.desc(), column))
    return tuple([(value, int(count)) for value, count in rows])


def lot(db: Connection, identity: str) -> LotRow | None:
    """Return a lot."""
    return _LOT_BY_ID.first(db, lot=identity)


def lots(
    db: Connection,
    *,
    material: str | None = None,
    holder: str | None = None,
    waste_origin: str | None = None,
    offered_to: str | None = None,
    left: bool = False,
    text: str = "",
    after: str | None = None,
    limit: int = 50,
) -> Listed[LotRow]:
    """Return lots in order of their ids; with ``left`` only those of which something is left.

    ``text`` is the beginning of words of id, material or site.
    """
    wanted = select(*_LOT_COLUMNS)
    chosen = {
        LOT.c.material: material,
        LOT.c.holder: holder,
        LOT.c.waste_origin: waste_origin,
        LOT.c.offered_to: offered_to,
    }
    wanted = wanted.where(
        *[column == value for column, value in chosen.items() if value is not None]
    )
    if left:
        wanted = wanted.where(LOT.c.consumed_mg < LOT.c.mass_mg)
    query = matching("lot", text)
    if query is not None:
        wanted = wanted.where(LOT.c.lot.in_(query))
    return page_of(db, wanted, LotRow, by=[LOT.c.lot], after=after, limit=limit)


def lot_facets(
    db: Connection, *, material: str | None = None, holder: str | None = None
) -> LotFacets:
    """Return how many lots there are of what; each facet is counted without its own choice."""
    chosen = {"material": material, "holder": holder}
    counted = {facet: _counted(db, facet, chosen) for facet in FACETS}
    total = select(func.coalesce(func.sum(LOT_COUNT.c.count), 0)).where(*_chosen(chosen, ""))
    return LotFacets(total=int(db.execute(total).scalar_one()), **counted)


def run(db: Connection, identity: str) -> RunRow | None:
    """Return a run."""
    return _RUN_BY_ID.first(db, run=identity)


def uses(db: Connection, lot: str, *, limit: int = 1000) -> tuple[Use, ...]:
    """Return what a lot was used for, the first first."""
    columns = [c for c in USE.c if c.key != "lot"]
    wanted = select(*columns).where(USE.c.lot == lot)
    return all_of(db, wanted.order_by(USE.c.position).limit(clamped(limit)), Use)


def edges(db: Connection, subjects: Sequence[str]) -> tuple[Edge, ...]:
    """Return every edge at these lots and runs, once."""
    here = or_(EDGE.c.source.in_(subjects), EDGE.c.target.in_(subjects))
    wanted = select(EDGE).where(here).order_by(EDGE.c.source, EDGE.c.target)
    return all_of(db, wanted, Edge)


def sites(db: Connection, lots: Sequence[str]) -> Mapping[str, str]:
    """Return the site of each of these lots that there is."""
    return dict(_SITES.of(db, lots))
