"""Opening the database of the views, for readers and for the one that writes."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import NullPool

from cellchain.adapters.write_ahead import shorten_journal
from cellchain.core.errors import Corrupt, Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

READERS_MAX = 64
"""Connections for readers that are open at once, more than threads that serve; of a server half."""
PATIENCE_S = 10
"""How long whoever comes later waits for one."""
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

    def shorten_journal(self) -> bool:
        """Let go of what was overwritten; return whether no reader kept that from coming off."""
        if not self.sqlite or not self.url.database:
            return True
        with self._reachable():
            return shorten_journal(Path(self.url.database))

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
        except PoolTimeoutError as error:
            raise Unavailable(
                "views.busy", "too many read the tables at once", remedy="try again"
            ) from error
        except errors as error:
            told = error.orig if isinstance(error, DBAPIError) else error
            raise Unavailable(
                "views.unreachable", f"the database of the views: {told}", remedy="try again"
            ) from error
        except (DatabaseError, driver.DatabaseError) as error:
            told = error.orig if isinstance(error, DBAPIError) else error
            if type(told) is not driver.DatabaseError:
                raise
            raise Corrupt(  # what SQLite says of a file that is no database, or a broken one
                "views.damaged",
                f"the database of the views: {told}",
                remedy="stop who uses it, and project them anew with: cellchain rebuild",
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
            options |= {"isolation_level": "REPEATABLE READ", "pool_size": READERS_MAX // 2}
            options |= {"execution_options": {"postgresql_readonly": True}}
        return create_engine(self.url, **options)


def _sqlite_engine(url: Any, *, reading: bool) -> Engine:
    """Readers take a snapshot when they begin; the writer takes its lock when it begins."""
    pool: dict[str, Any] = {"poolclass": NullPool}
    if reading:
        pool = {"pool_size": READERS_MAX, "max_overflow": 0, "pool_timeout": PATIENCE_S}
    engine = create_engine(url, connect_args={"timeout": 60.0}, **pool)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # this module begins transactions, not the driver
        for pragma in _READER_PRAGMAS if reading else _WRITER_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        driver.execute("BEGIN" if reading else "BEGIN IMMEDIATE")

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
