"""Questions that are asked again and again: written in SQLAlchemy, sent straight to the driver.

A statement is built when its module is imported and compiled once for each database. Asked that
way, a row by its key takes a tenth of what building, looking up and wrapping the same statement
takes each time; a page of a battery asks some forty of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
from sqlalchemy import bindparam

from cellchain.ledger.table import Packed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

NAMES = "names"
"""The parameter of `among`."""
NAMES_MAX = 512
"""Names in one statement; of more, several are sent."""
COMPILED_MAX = 64
"""Texts kept of one question; lists of another length make another text."""
T = TypeVar("T")


def among(column: ColumnElement[str], name: str = NAMES) -> ColumnElement[bool]:
    """Return the condition that ``column`` is one of the list given as ``name``.

    Without ``name``: of those that `Question.of` is given.
    """
    return column.in_(bindparam(name, expanding=True))


class Question(Generic[T]):
    """A query; what varies in it are bound parameters.

    Args:
        wanted: The query.
        row: What becomes of a row, called with its columns by name; a tuple where it is left out.
    """

    def __init__(self, wanted: Select[Any], row: Callable[..., T] = tuple) -> None:  # type: ignore[assignment]  # a tuple is a T where no row is named
        self._wanted = wanted
        self._row = None if row is tuple else row
        self._from_tuple: Callable[[tuple[Any, ...]], T] | None = getattr(row, "_make", None)
        self._columns = [str(column.key) for column in wanted.selected_columns]
        self._packed = [
            (place, msgspec.json.Decoder(column.type.sort).decode)
            for place, column in enumerate(wanted.selected_columns)
            if isinstance(column.type, Packed)
        ]
        self._compiled: dict[tuple[Any, ...], _Compiled] = {}

    def all(self, db: Connection, **given: Any) -> list[T]:
        """Return every row."""
        return list(self._asked(db, given))

    def first(self, db: Connection, **given: Any) -> T | None:
        """Return the first row, or ``None``; a query that may have many names its limit itself."""
        return next(self._asked(db, given), None)

    def of(self, db: Connection, names: Sequence[str], **given: Any) -> Iterator[T]:
        """Yield the rows of all ``names``, where the query holds `among`; each name once."""
        for at in range(0, len(names), NAMES_MAX):
            yield from self._asked(db, {NAMES: list(names[at : at + NAMES_MAX]), **given})

    def _asked(self, db: Connection, given: dict[str, Any]) -> Iterator[T]:
        lists = [name for name, value in given.items() if type(value) is list]
        for name in lists:
            given[name] = _padded(given[name])
        key = (db.dialect.name, *[len(given[name]) for name in lists])
        compiled = self._compiled.get(key)
        if compiled is None:
            if len(self._compiled) >= COMPILED_MAX:
                self._compiled.clear()
            compiled = self._compiled[key] = _Compiled(self._wanted, db, given)
        driver: Any = db.connection.dbapi_connection
        found = driver.execute(compiled.text, compiled.parameters(given)).fetchall()
        if self._packed:
            return map(self._unpacked, found)
        if self._from_tuple is not None:
            return map(self._from_tuple, found)
        return map(self._made, found) if self._row else iter(found)

    def _unpacked(self, found: tuple[Any, ...]) -> T:
        values = list(found)
        for place, decode in self._packed:
            if values[place] is not None:
                values[place] = decode(values[place])
        return self._made(tuple(values))

    def _made(self, found: tuple[Any, ...]) -> T:
        if self._row is None:
            return found  # type: ignore[return-value]  # as `__init__` says
        return self._row(**dict(zip(self._columns, found, strict=True)))


def _padded(values: list[str]) -> list[str]:
    """Return ``values`` in a length of which there are few, the last of them repeated."""
    size = 1 << (len(values) - 1).bit_length() if values else 0
    return [*values, *[values[-1]] * (size - len(values))] if size else values


class _Compiled:
    """A query as one database takes it."""

    def __init__(self, wanted: Select[Any], db: Connection, given: dict[str, Any]) -> None:
        expanded = wanted.compile(dialect=db.dialect).construct_expanded_state(given)
        self.text = expanded.statement
        several = {f"{name}_{n}" for name, v in given.items() for n in _numbers(v)}
        varying = several | given.keys()
        self._fixed = {name: v for name, v in expanded.parameters.items() if name not in varying}
        self._places = expanded.positiontup

    def parameters(self, given: dict[str, Any]) -> Any:
        """Return what is sent with the text: in order, or by name."""
        values = {**self._fixed, **given}
        for name, value in given.items():
            if type(value) is list:
                values.update({f"{name}_{n}": one for n, one in enumerate(value, 1)})
                del values[name]
        return values if self._places is None else [values[place] for place in self._places]


def _numbers(value: Any) -> range:
    return range(1, len(value) + 1) if type(value) is list else range(0)
