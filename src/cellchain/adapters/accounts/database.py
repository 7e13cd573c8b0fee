"""The shelf of accounts in SQLite or PostgreSQL: structs as JSON by kind and key.

kept    kind, key, of, until_ms, value      one row for each thing
deed    number, time_ms, party, value       the audit: appended to, never changed
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    delete,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

from cellchain.core.errors import Corrupt, Unavailable
from cellchain.services.access.records import Deed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection, Engine

    from cellchain.services.access.records import Kept
    from cellchain.services.access.shelf import K

_META = MetaData()
_KEPT = Table(
    "kept",
    _META,
    Column("kind", String(40), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("of", String(200), nullable=False),
    Column("until_ms", BigInteger),
    Column("value", Text, nullable=False),
    Index("kept_of", "kind", "of"),
    Index("kept_until", "until_ms"),
)
_DEED = Table(
    "deed",
    _META,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("time_ms", BigInteger, nullable=False),
    Column("party", String(200), nullable=False),
    Column("value", Text, nullable=False),
    Index("deed_party", "party", "number"),
    sqlite_autoincrement=True,
)


class AccountDatabase:
    """A `cellchain.services.access.shelf.Shelf`.

    Args:
        url: Of the database, for example ``sqlite:////home/accounts.db``.

    Raises:
        Unavailable: ``accounts.database``.
    """

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._reading = self._engine.execution_options(read=True)
        with _translated():
            _META.create_all(self._engine)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def get(self, kind: type[K], key: str) -> K | None:
        """Return what is kept under ``key``, or ``None``."""
        with _translated(), self._reading.connect() as db:
            return _found(db, kind, key)

    def put(self, thing: Kept, key: str, *, of: str = "", until_ms: int | None = None) -> None:
        """Keep ``thing`` under ``key``, in place of what was there."""
        with _translated(), self._engine.begin() as db:
            db.execute(delete(_KEPT).where(*_named(type(thing), key)))
            db.execute(insert(_KEPT), _row(thing, key, of, until_ms))

    def add(self, thing: Kept, key: str, *, of: str = "", until_ms: int | None = None) -> bool:
        """Keep ``thing`` unless there is something under ``key``; return whether it was kept."""
        try:
            with _translated(), self._engine.begin() as db:
                db.execute(insert(_KEPT), _row(thing, key, of, until_ms))
        except IntegrityError:
            return False
        return True

    def change(self, kind: type[K], key: str, change: Callable[[K], K]) -> K | None:
        """Replace what is under ``key`` by what ``change`` makes of it, nobody coming between."""
        with _translated(), self._engine.begin() as db:
            found = _found(db, kind, key, lock=True)
            if found is None:
                return None
            changed = change(found)
            value = msgspec.json.encode(changed).decode()
            db.execute(update(_KEPT).where(*_named(kind, key)).values(value=value))
            return changed

    def change_among(
        self, kind: type[K], key: str, of: str, change: Callable[[K, Sequence[K]], K]
    ) -> K | None:
        """Replace what is under ``key``, looking at all of ``of``, nobody coming between."""
        wanted = select(_KEPT.c.key, _KEPT.c.value).where(
            _KEPT.c.kind == kind.__name__, _KEPT.c.of == of
        )
        with _translated(), self._engine.begin() as db:
            rows = db.execute(wanted.order_by(_KEPT.c.key).with_for_update())
            found = {name: _read(kind, value) for name, value in rows}
            if key not in found:
                return None
            changed = change(found[key], tuple(found.values()))
            value = msgspec.json.encode(changed).decode()
            db.execute(update(_KEPT).where(*_named(kind, key)).values(value=value))
            return changed

    def take(self, kind: type[K], key: str) -> K | None:
        """Return what is under ``key`` and keep it no longer: one of several takers gets it."""
        with _translated(), self._engine.begin() as db:
            found = _found(db, kind, key, lock=True)
            gone = db.execute(delete(_KEPT).where(*_named(kind, key))).rowcount
            return found if gone else None

    def take_all(self, kind: type[K], of: str, *, but: str = "") -> int:
        """Keep no longer what belongs to ``of``, but for keys that begin with ``but``."""
        gone = delete(_KEPT).where(_KEPT.c.kind == kind.__name__, _KEPT.c.of == of)
        if but:
            gone = gone.where(~_KEPT.c.key.startswith(but, autoescape=True))
        with _translated(), self._engine.begin() as db:
            return db.execute(gone).rowcount

    def of(self, kind: type[K], of: str) -> Sequence[K]:
        """Return what belongs to ``of``, in order of keys."""
        return self._listed(kind, _KEPT.c.of == of)

    def every(self, kind: type[K]) -> Sequence[K]:
        """Return all of a kind, in order of keys."""
        return self._listed(kind)

    def forget_ended(self, now_ms: int) -> int:
        """Throw away what has ended; return how much."""
        with _translated(), self._engine.begin() as db:
            return db.execute(delete(_KEPT).where(_KEPT.c.until_ms <= now_ms)).rowcount

    def note(self, deed: Deed) -> None:
        """Append to the audit."""
        value = msgspec.json.encode(deed).decode()
        with _translated(), self._engine.begin() as db:
            db.execute(
                insert(_DEED), {"time_ms": deed.time_ms, "party": deed.party, "value": value}
            )

    def deeds(self, party: str, *, before: int | None, limit: int) -> Sequence[tuple[int, Deed]]:
        """Return entries of the audit with their numbers, newest first; all for ``""``."""
        wanted = select(_DEED.c.number, _DEED.c.value).order_by(_DEED.c.number.desc()).limit(limit)
        if party:
            wanted = wanted.where(_DEED.c.party == party)
        if before is not None:
            wanted = wanted.where(_DEED.c.number < before)
        with _translated(), self._reading.connect() as db:
            return [(number, _read(Deed, value)) for number, value in db.execute(wanted)]

    def _listed(self, kind: type[K], *where: Any) -> Sequence[K]:
        wanted = select(_KEPT.c.value).where(_KEPT.c.kind == kind.__name__, *where)
        with _translated(), self._reading.connect() as db:
            return [_read(kind, value) for (value,) in db.execute(wanted.order_by(_KEPT.c.key))]


def _engine(url: str) -> Engine:
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _settings)
        event.listen(engine, "begin", _begin_writing)
    return engine


def _settings(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
    for setting in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {setting}")


def _begin_writing(db: Connection) -> None:
    """Who writes takes the lock first: nobody comes between its reading and its writing."""
    reads = db.get_execution_options().get("read", False)
    db.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _named(kind: type[Kept], key: str) -> tuple[Any, Any]:
    return _KEPT.c.kind == kind.__name__, _KEPT.c.key == key


def _row(thing: Kept, key: str, of: str, until_ms: int | None) -> dict[str, object]:
    value = msgspec.json.encode(thing).decode()
    kind = type(thing).__name__
    return {"kind": kind, "key": key, "of": of, "until_ms": until_ms, "value": value}


def _found(db: Connection, kind: type[K], key: str, *, lock: bool = False) -> K | None:
    wanted = select(_KEPT.c.value).where(*_named(kind, key))
    value = db.execute(wanted.with_for_update() if lock else wanted).scalar()
    return None if value is None else _read(kind, value)


def _read(kind: type[K], value: str) -> K:
    try:
        return msgspec.json.decode(value, type=kind)
    except msgspec.MsgspecError as error:
        raise Corrupt("accounts.damaged", f"a {kind.__name__} is unreadable: {error}") from error


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        reason = str(error.orig).partition("\n")[0]
        raise Unavailable("accounts.database", f"accounts cannot be reached: {reason}") from error
