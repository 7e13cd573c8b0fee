"""Columns that views are made of, and how rows become structs and pages.

Names compare by code point on every database, so that the beginning of a word is a range.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
from sqlalchemy import Text, TypeDecorator, tuple_

from cellchain.core.errors import Refused
from cellchain.ledger.stage import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement, Connection, Dialect, Select

LIMIT_MAX = 1000
"""Rows in one page."""
LAST = "\U0010ffff"
"""Behind every character that a name has."""
NAME = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is compared by code point."""
T = TypeVar("T")


class Packed(TypeDecorator[Any]):
    """A value of several parts, kept as JSON text.

    Args:
        sort: The type of the value.
    """

    impl = Text
    cache_ok = True

    def __init__(self, sort: Any) -> None:
        super().__init__()
        self.sort = sort

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        """Return the value in ``value``."""
        return None if value is None else msgspec.json.decode(value, type=self.sort)


def packed(value: object) -> str:
    """Return what is kept of a value of several parts."""
    return encode(value).decode()


class Listed(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A page of rows."""

    rows: tuple[T, ...]
    after: str | None = None
    """Cursor of the next page; ``None``: this was the last."""


def all_of(db: Connection, wanted: Select[Any], row: type[T]) -> tuple[T, ...]:
    """Return every row of a query as a struct; its columns are named as the fields."""
    return tuple([row(**found) for found in db.execute(wanted).mappings()])


def first_of(db: Connection, wanted: Select[Any], row: type[T]) -> T | None:
    """Return the first row of a query as a struct."""
    found = db.execute(wanted.limit(1)).mappings().first()
    return None if found is None else row(**found)


def page_of(
    db: Connection,
    wanted: Select[Any],
    row: type[T],
    *,
    by: Sequence[ColumnElement[Any]],
    after: str | None,
    limit: int,
    newest_first: bool = False,
) -> Listed[T]:
    """Return a page of a query in the order of the columns ``by``, which name rows uniquely.

    Raises:
        Refused: ``views.cursor``: ``after`` is no cursor of such a list.
    """
    columns = tuple_(*by)
    if after is not None:
        values = read_cursor(after, tuple[tuple(c.type.python_type for c in by)])  # type: ignore[misc]
        wanted = wanted.where(columns < values if newest_first else columns > values)
    order = [c.desc() if newest_first else c for c in by]
    limit = clamped(limit)
    rows = all_of(db, wanted.order_by(*order).limit(limit + 1), row)
    return cut(rows, limit, lambda last: tuple(getattr(last, c.key or "") for c in by))


def cut(rows: tuple[T, ...], limit: int, place: Callable[[T], tuple[Any, ...]]) -> Listed[T]:
    """Return the first ``limit`` of ``rows`` as a page, with a cursor where there are more."""
    if len(rows) <= limit:
        return Listed(rows=rows)
    return Listed(rows=rows[:limit], after=write_cursor(place(rows[limit - 1])))


def clamped(limit: int) -> int:
    """Return ``limit`` within what one page may have."""
    return min(max(limit, 1), LIMIT_MAX)


def write_cursor(place: tuple[Any, ...]) -> str:
    """Return the cursor behind a place in a list."""
    return urlsafe_b64encode(encode(place)).decode().rstrip("=")


def read_cursor(cursor: str, sort: Any) -> Any:
    """Return the place that ``cursor`` stands for, a tuple of type ``sort``.

    Raises:
        Refused: ``views.cursor``.
    """
    try:
        data = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        place = msgspec.json.decode(data, type=sort)
    except (Error, ValueError) as error:  # msgspec's errors are ValueErrors
        raise Refused(
            "views.cursor",
            f"{cursor[:60]!a} is no cursor of this list",
            remedy="take it from the page before, or leave it out",
        ) from error
    check_numbers(place)
    return place


def check_numbers(place: tuple[Any, ...]) -> None:
    """Refuse numbers and text that no database takes."""
    for value in place:
        wide = isinstance(value, int) and not -(2**63) <= value < 2**63
        if wide or (isinstance(value, str) and "\x00" in value):
            raise Refused("views.cursor", "a cursor out of range")
