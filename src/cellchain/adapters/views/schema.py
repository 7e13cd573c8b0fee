"""The tables in the database: made, made anew beside the old ones, put in their place.

Names of indexes carry a generation, so that those of the new tables do not clash with the old.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text, inspect
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable
from sqlalchemy.sql import quoted_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from cellchain.ledger.projection import View

ASIDE = "new_"
"""In front of the names of tables that are being filled anew."""
HEAD = Table(
    "views_head",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("fingerprint", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("genesis", Text, nullable=False),
    Column("height", BigInteger, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("app_hash", Text, nullable=False),
    Column("projected_ms", BigInteger, nullable=False),
)
"""One row: what the tables show. ``height`` is -1 before the genesis."""


def fingerprint(views: Iterable[View]) -> str:
    """Return what changes with any table, index or version of a view."""
    dialect = sqlite.dialect()
    lines: list[str] = []
    for view in views:
        lines.append(f"{view.name} {view.version}")
        for table in view.tables:
            lines.append(str(CreateTable(table).compile(dialect=dialect)))
            lines += sorted(str(CreateIndex(i).compile(dialect=dialect)) for i in table.indexes)
    return sha256("\n".join(lines).encode()).hexdigest()


def tables_of(views: Iterable[View]) -> list[Table]:
    """Return every table, that of the head included."""
    return [HEAD, *(table for view in views for table in view.tables)]


def is_made(db: Connection) -> bool:
    """Whether there is a head."""
    return inspect(db).has_table(HEAD.name)


def make_aside(db: Connection, tables: Sequence[Table]) -> None:
    """Make empty tables beside the old ones, without indexes; what was left of others goes."""
    for table in tables:
        copy = _copy(table)
        db.execute(DropTable(copy, if_exists=True))
        db.execute(CreateTable(copy))


def index_aside(db: Connection, tables: Sequence[Table], generation: int) -> None:
    """Make the indexes of the new tables."""
    for table in tables:
        for index in _copy(table).indexes:
            named = f"{str(index.name).removeprefix('ix_')}_{generation}"
            index.name = quoted_name(named, None)
            db.execute(CreateIndex(index))


def put_in_place(db: Connection, tables: Sequence[Table]) -> None:
    """Let the new tables take the place of the old ones."""
    quote = db.dialect.identifier_preparer.quote_identifier
    for table in tables:
        db.execute(DropTable(table, if_exists=True))
        new, old = quote(ASIDE + table.name), quote(table.name)
        db.exec_driver_sql(f"ALTER TABLE {new} RENAME TO {old}")


def _copy(table: Table) -> Table:
    return table.to_metadata(MetaData(), name=ASIDE + table.name)
