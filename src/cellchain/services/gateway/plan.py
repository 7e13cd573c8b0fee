"""A plan: a mapping applied to the header of one table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.core.readings import Channel, Layout, make_layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.services.gateway.format import ChannelRule, Format


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedColumn:
    """A column of the table and the channel that it becomes."""

    column: str
    channel: Channel
    rule: ChannelRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is read of a table, in the order of its columns."""

    header: tuple[str, ...]
    time_column: str
    columns: tuple[PlannedColumn, ...]
    unmapped: tuple[str, ...]
    """Columns that the mapping says nothing of: left out, and shown to whoever imports."""
    layout: Layout


def make_plan(mapping: Format, header: Sequence[str]) -> Plan:
    """Return the plan for a table with these columns.

    Raises:
        Refused: ``format.header``: the header has a column twice; ``format.column_missing``: the
            time or a channel that is not optional is not there; ``format.twice``: two rules take
            one column; ``reading.layout``: two columns become one channel, or it has no name.
    """
    repeated = [name for name, count in Counter(header).items() if count > 1]
    if repeated:
        raise Refused("format.header", f"column {repeated[0][:40]!a} is there twice")
    _require(mapping.time.column, header)
    rules = [rule for rule in mapping.channel if _holds(rule, header)]
    for rule in rules:
        if not rule.optional and not any(rule.pattern.fullmatch(name) for name in header):
            raise _column_missing(rule.column)
    free = {mapping.time.column, *mapping.ignored}
    planned = {name: _planned(name, rules) for name in header if name not in free}
    columns = tuple(found for found in planned.values() if found)
    return Plan(
        header=tuple(header),
        time_column=mapping.time.column,
        columns=columns,
        unmapped=tuple(name for name, found in planned.items() if found is None),
        layout=make_layout(found.channel for found in columns),
    )


def _planned(name: str, rules: Sequence[ChannelRule]) -> PlannedColumn | None:
    matches = [(rule, found) for rule in rules if (found := rule.pattern.fullmatch(name))]
    if len(matches) > 1:
        taken = " and ".join(rule.column for rule, _ in matches)
        raise Refused("format.twice", f"column {name[:40]!a} is taken by {taken}")
    for rule, found in matches:
        channel = Channel(
            name=rule.channel_name(found), unit=rule.smallest, width_bytes=rule.width_bytes
        )
        return PlannedColumn(column=name, channel=channel, rule=rule)
    return None


def _holds(rule: ChannelRule, header: Sequence[str]) -> bool:
    wanted = not rule.with_column or rule.with_column in header
    return wanted and rule.without_column not in header


def _require(column: str, header: Sequence[str]) -> None:
    if column not in header:
        raise _column_missing(column)


def _column_missing(column: str) -> Refused:
    return Refused(
        "format.column_missing",
        f"the table has no column {column!a}",
        remedy="name another format, or mark the channel as optional in the mapping",
    )
