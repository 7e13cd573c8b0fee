"""Changes as statements: each text is written once, rows go to the driver as tuples."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cellchain.adapters.views.schema import HEAD
from cellchain.ledger.projection import Delete, Insert, Upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Table

    from cellchain.ledger.projection import Change, Facets, RowTuple

_NAMES_MAX = 500
"""Names in one question."""


class Filling:
    """Writes changes into the tables of one transaction.

    Args:
        db: The transaction.
        facets: Tables whose combinations are counted.
        prefix: In front of the names of the tables.
    """

    def __init__(self, db: Connection, facets: Iterable[Facets], *, prefix: str = "") -> None:
        self._cursor: Any = db.connection.cursor()
        self._mark = "%s" if db.dialect.paramstyle in {"format", "pyformat"} else "?"
        self._facets = {one.table: one for one in facets}
        self._prefix = prefix

    def apply(self, changes: Iterable[Change]) -> None:
        """Write ``changes`` in order."""
        for change in changes:
            if isinstance(change, Delete):
                if change.keys:
                    self._many(_delete(self._name(change.table), *self._keys(change)), change.keys)
            elif change.rows:
                self._write(change)

    def move_head(self, before: int, *after: object) -> bool:
        """Remember what the tables show now, if they still show what they showed ``before``.

        Args:
            before: The height that this step began from.
            after: Height, time, app hash, and when it was projected.
        """
        names = ("height", "time_ms", "app_hash", "projected_ms")
        sets = ", ".join(f"{name} = {self._mark}" for name in names)
        text = f'UPDATE "{self._name(HEAD)}" SET {sets} WHERE height = {self._mark}'  # noqa: S608  # names of our own table
        self._cursor.execute(text, (*after, before))
        moved: bool = self._cursor.rowcount == 1
        return moved

    def _write(self, change: Insert | Upsert) -> None:
        counted = self._facets.get(change.table)
        if counted is not None:
            self._count(counted, change.rows)
        names = tuple(column.name for column in change.table.columns)
        keys = tuple(column.name for column in change.table.primary_key.columns)
        text = _insert(
            self._name(change.table), names, keys, self._mark, anew=isinstance(change, Upsert)
        )
        self._many(text, change.rows)

    def _name(self, table: Table) -> str:
        return self._prefix + table.name

    def _keys(self, change: Delete) -> tuple[tuple[str, ...], str]:
        names = [column.name for column in change.table.primary_key.columns]
        return tuple(names[: len(change.keys[0])]), self._mark

    def _many(self, text: str, rows: Sequence[RowTuple]) -> None:
        self._cursor.executemany(text, rows)

    def _count(self, facets: Facets, rows: Sequence[RowTuple]) -> None:
        """Move each row from the combination that it was counted in to the one it is in now."""
        names = [column.name for column in facets.table.columns]
        (key,) = [names.index(c.name) for c in facets.table.primary_key.columns]
        facet = names.index("facet")
        values = [names.index(name) for name in facets.columns]
        latest = {row[key]: row for row in rows}
        before = self._before(facets.table, names[key], list(latest))
        moved: Counter[int] = Counter(row[facet] for row in latest.values())
        moved.subtract(before)
        told = {row[facet]: tuple(row[at] for at in values) for row in latest.values()}
        told |= self._values(facets, [number for number in moved if number not in told])
        gained = {(number, *told[number]): count for number, count in moved.items() if count}
        self._add(facets.counts, ("facet",), gained)
        for table in facets.coarser:
            names = [column.name for column in table.primary_key.columns]
            places = [facets.columns.index(name) + 1 for name in names]
            coarse: Counter[RowTuple] = Counter()
            for key_values, count in gained.items():
                coarse[tuple(key_values[at] for at in places)] += count
            self._add(table, tuple(names), {k: n for k, n in coarse.items() if n})

    def _values(self, facets: Facets, numbers: Sequence[int]) -> dict[int, RowTuple]:
        """Return the values of combinations that are counted already."""
        columns = ", ".join(f'"{name}"' for name in ("facet", *facets.columns))
        found: dict[int, RowTuple] = {}
        for at in range(0, len(numbers), _NAMES_MAX):
            part = numbers[at : at + _NAMES_MAX]
            marks = ",".join([self._mark] * len(part))
            text = f'SELECT {columns} FROM "{self._name(facets.counts)}" WHERE facet IN ({marks})'  # noqa: S608  # names of our own tables
            self._cursor.execute(text, part)
            found |= {row[0]: tuple(row[1:]) for row in self._cursor.fetchall()}
        return found

    def _add(self, table: Table, keys: tuple[str, ...], gained: Mapping[RowTuple, int]) -> None:
        """Add to counts, and drop those that came to nothing."""
        if not gained:
            return
        name = self._name(table)
        columns = tuple(column.name for column in table.columns)
        text = _insert(name, columns, keys, self._mark, anew=False)
        added = f' DO UPDATE SET "count" = "{name}"."count" + excluded."count"'
        rows = [(*values, count) for values, count in gained.items()]
        self._many(text.replace(" DO NOTHING", added), rows)
        self._cursor.execute(f'DELETE FROM "{name}" WHERE "count" = 0')  # noqa: S608  # names of our own tables

    def _before(self, table: Table, key: str, names: Sequence[Any]) -> list[int]:
        found: list[int] = []
        for at in range(0, len(names), _NAMES_MAX):
            part = names[at : at + _NAMES_MAX]
            marks = ",".join([self._mark] * len(part))
            text = f'SELECT facet FROM "{self._name(table)}" WHERE "{key}" IN ({marks})'  # noqa: S608  # names of our own tables
            self._cursor.execute(text, part)
            found += [facet for (facet,) in self._cursor.fetchall()]
        return found


@lru_cache(maxsize=1000)
def _insert(
    table: str, names: tuple[str, ...], keys: tuple[str, ...], mark: str, *, anew: bool
) -> str:
    """Return the statement that writes a row: ``anew`` in the place of one that is there."""
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join([mark] * len(names))
    key = ", ".join(f'"{name}"' for name in keys)
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name not in keys)
    action = f"DO UPDATE SET {sets}" if anew and sets else "DO NOTHING"
    return f'INSERT INTO "{table}" ({columns}) VALUES ({marks}) ON CONFLICT ({key}) {action}'  # noqa: S608  # names of our own tables


@lru_cache(maxsize=1000)
def _delete(table: str, keys: tuple[str, ...], mark: str) -> str:
    condition = " AND ".join(f'"{name}" = {mark}' for name in keys)
    return f'DELETE FROM "{table}" WHERE {condition}'  # noqa: S608  # names of our own tables
