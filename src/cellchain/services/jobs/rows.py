"""Rows of a sheet as messages: columns are the message's fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cellchain.ledger.contract import Message

CELL_CHARACTERS_MAX = 10_000


def check_columns(kind: type[Message], columns: Sequence[str]) -> None:
    """Refuse a head that does not name the fields of ``kind``.

    Raises:
        Refused: ``job.columns``: unknown, repeated or missing.
    """
    fields = msgspec.structs.fields(kind)
    known = [field.encode_name for field in fields]
    needed = [field.encode_name for field in fields if field.required]
    unknown = [name for name in columns if name not in known]
    missing = [name for name in needed if name not in columns]
    if unknown or missing or len(set(columns)) != len(columns):
        raise Refused(
            "job.columns",
            f"unknown: {unknown[:3]!a}; missing: {', '.join(missing) or 'none'}",
            remedy=f"the columns are {', '.join(known)}, each once; begin with the template",
        )


def template_of(kind: type[Message]) -> list[str]:
    """Return the columns of a sheet of ``kind``."""
    return [field.encode_name for field in msgspec.structs.fields(kind)]


def message_of(kind: type[Message], cells: Mapping[str, str]) -> Message:
    """Return the message that a row asks for; an empty cell leaves a field out.

    What is nested is written as JSON, or as words separated by spaces where a list of words is
    wanted.

    Raises:
        Refused: ``job.cell``: a cell is not what its column wants.
    """
    fields: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        text = cells.get(field.encode_name, "").strip()
        if len(text) > CELL_CHARACTERS_MAX:
            raise Refused("job.cell", f"{field.encode_name} has {len(text)} characters")
        if text:
            fields[field.encode_name] = _value(text)
    try:
        return msgspec.convert(fields, kind, strict=False)
    except msgspec.ValidationError as error:
        return _as_words(kind, fields, error)


def _value(text: str) -> Any:
    if text[0] not in "[{":
        return text
    try:
        return msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused("job.cell", f"{text[:40]!a} is no JSON: {error}") from error


def _as_words(kind: type[Message], fields: Mapping[str, Any], error: Exception) -> Message:
    """Read words where lists are wanted; if that does not help, what was wrong at first is told."""
    words = {
        field.encode_name: fields[field.encode_name].split()
        for field in msgspec.structs.fields(kind)
        if isinstance(fields.get(field.encode_name), str) and "tuple" in str(field.type)
    }
    try:
        return msgspec.convert({**fields, **words}, kind, strict=False)
    except msgspec.ValidationError:
        raise Refused("job.cell", str(error)) from error
