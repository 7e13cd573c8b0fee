"""Opening the database of the views, for readers and for the one that writes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
)
from sqlalchemy.pool import NullPool

from cellchain.core.errors import Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

READERS_MAX = 32
"""Connections for readers that are open at once; whoever comes later waits for one."""
_SQLITE = "sqlite"


class Database:
    """One database: a pool of connections that read, one that writes.

    Args:
        url: As SQLAlchemy writes it: ``sqlite:///PATH``, ``postgresql+psycopg://…``.

    Raises:
        Refused: ``views.url``; Unavailable: ``views.driver``.
    """

    def __init__(self, url: str) -> None:
        try:
            self.url = make_url(url)
            self.sqlite = self.url.get_backend_name() == _SQLITE
            self._readers = self._engine(reading=True)
            self._writer = self._engine(reading=False)
        except (ArgumentError, NoSuchModuleError) as error:
            raise Refused("views.url", f"this is no address of a database: {error}") from error
        except ImportError as error:
            raise Unavailable(
                "views.driver",
                f"{error.name} is not installed",
                remedy='install it with: pip install "cellchain[postgres]"',
            ) from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a reading transaction: everything in it is as of one moment.

        Raises:
            Unavailable: ``views.unreachable``; Refused: ``views.value``: it was asked for something
                that no column can hold.
        """
        with (
            self._reachable(),
            self._fitting(),
            self._readers.connect() as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open the transaction of a writer; all of it happens, or none.

        Raises:
            Unavailable: ``views.unreachable``.
        """
        with self._reachable(), self._writer.connect() as connection, connection.begin():
            yield connection

    def shorten_journal(self) -> None:
        """Let go of what was overwritten, as far as no reader still looks at it."""
        with self._reachable(), self._writer.connect() as connection:
            driver: Any = connection.connection.dbapi_connection
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close every connection."""
        self._readers.dispose()
        self._writer.dispose()

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        """Say plainly that the database fails, whether SQLAlchemy asked it or a `Question`."""
        driver: Any = self._readers.dialect.dbapi
        errors = (OperationalError, InterfaceError, driver.OperationalError, driver.InterfaceError)
        try:
            yield
        except errors as error:
            told = error.orig if isinstance(error, DBAPIError) else error
            raise Unavailable(
                "views.unreachable", f"the database of the views: {told}", remedy="try again"
            ) from error

    @contextmanager
    def _fitting(self) -> Iterator[None]:
        """Refuse a value that the database cannot even compare: it is in no row.

        A number of more than eight bytes, text with NUL in PostgreSQL. What is not foreseen here
        is a mistake of ours, and goes on to the edge, which logs it.
        """
        driver: Any = self._readers.dialect.dbapi
        try:
            yield
        except (DataError, driver.DataError, OverflowError) as error:
            raise Refused(
                "views.value", "this asks for a value that nothing here can have"
            ) from error

    def _engine(self, *, reading: bool) -> Engine:
        if self.sqlite:
            return _sqlite_engine(self.url, reading=reading)
        options: dict[str, Any] = {"pool_pre_ping": True}
        if reading:
            options |= {"isolation_level": "REPEATABLE READ", "pool_size": READERS_MAX}
            options |= {"execution_options": {"postgresql_readonly": True}}
        return create_engine(self.url, **options)


def _sqlite_engine(url: Any, *, reading: bool) -> Engine:
    """Readers take a snapshot when they begin; the writer takes its lock when it begins."""
    pool: dict[str, Any] = (
        {"pool_size": READERS_MAX, "max_overflow": 0} if reading else {"poolclass": NullPool}
    )
    engine = create_engine(url, connect_args={"timeout": 60.0}, **pool)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # this module begins transactions, not the driver
        for pragma in _READER_PRAGMAS if reading else _WRITER_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


_READER_PRAGMAS = (
    "query_only = ON",
    "temp_store = MEMORY",
    "mmap_size = 0",
    "cache_size = -1024",  # there are many readers
)
_WRITER_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = NORMAL",  # what a power cut takes is projected again
    "secure_delete = ON",  # what is forgotten is overwritten
    "temp_store = MEMORY",
    "cache_size = -65536",
)
