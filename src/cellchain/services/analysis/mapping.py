"""Other people's names, units and signs: a small TOML file beside the table.

    [columns]
    voltage_v = {from = "U_mV", factor = 0.001}
    current_a = {from = "I", factor = -1}                       # charge was positive
    temperature_c = {from = "T_F", factor = 0.5555555555555556, offset = -17.77777777777778}
    cell = {from = "Zelle"}

A column becomes ``factor × value + offset``; one that is not named keeps its name.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import Column, Table, shown
from cellchain.services.analysis.toml_file import decoded

if TYPE_CHECKING:
    from collections.abc import Collection

COLUMNS_MAX = 10_000


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a column comes from."""

    name: str = msgspec.field(name="from")
    factor: float = 1.0
    offset: float = 0.0

    @property
    def changes_values(self) -> bool:
        """Whether it holds numbers in other units, or of another sign."""
        return (self.factor, self.offset) != (1.0, 0.0)


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which column of a file is which of ours."""

    columns: dict[str, Source] = {}

    def sources(self, names: Collection[str]) -> set[str]:
        """Return what ``names`` of ours are called in the file."""
        mapped = {self.columns[name].name for name in names if name in self.columns}
        return mapped | (set(names) - self.columns.keys())

    def applied(self, table: Table) -> Table:
        """Return ``table`` in our names, units and signs.

        Raises:
            Refused: ``table.column``, ``table.not_a_number``; ``mapping.twice``: a name would
                stand for two columns.
        """
        sources = {source.name for source in self.columns.values()}
        kept = {name: one for name, one in table.columns.items() if name not in sources}
        twice = sorted(set(kept) & set(self.columns))
        if twice:
            raise Refused(
                "mapping.twice",
                f"the file has a column {shown(twice[0])!r} already",
                remedy="map that one to another name as well",
            )
        return Table({name: _taken(table, one) for name, one in self.columns.items()} | kept)


def parse_mapping(data: bytes) -> Mapping:
    """Return the mapping in a TOML file.

    Raises:
        Refused: ``mapping.malformed``: it is none, or a factor is zero or not finite.
    """
    try:
        mapping = decoded(data, Mapping)
    except ValueError as error:
        raise _malformed(str(error)) from error
    if len(mapping.columns) > COLUMNS_MAX:
        raise _malformed(f"{len(mapping.columns)} columns; at most {COLUMNS_MAX}")
    for name, source in mapping.columns.items():
        if not (math.isfinite(source.factor) and math.isfinite(source.offset) and source.factor):
            raise _malformed(f"{name}: factor {source.factor}, offset {source.offset}")
    return mapping


def _taken(table: Table, source: Source) -> Column:
    if source.changes_values:
        return source.factor * table.numbers(source.name) + source.offset
    return table.column(source.name)


def _malformed(why: str) -> Refused:
    return Refused(
        "mapping.malformed",
        why,
        remedy='write [columns], and below it: voltage_v = {from = "U_mV", factor = 0.001}',
    )
