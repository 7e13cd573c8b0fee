"""The tables of passports, their values, and of batteries with what one searches them by."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table

from cellchain.contracts.passport.attributes import ATTRIBUTES
from cellchain.ledger.table import NAME, Packed

FACETS = ("sort", "phase", "status", "category", "holder", "maker")
"""What batteries are counted by."""


PUBLIC = frozenset(
    name for name, rule in ATTRIBUTES.items() if rule.access == "public" and not rule.dynamic
)
"""Attributes that everybody may read, and that do not change in a battery's life."""


STATUSES = ("registered", "made", "installed", "in_service", "retired")
"""Where a battery is in its life, as far as the book itself says."""


NAMING = "model_and_serial"
"""The attribute whose value is a name to search by."""


METADATA = MetaData()


PASSPORT = Table(
    "passport_passport",
    METADATA,
    Column("passport", NAME, primary_key=True),
    Column("level", NAME, nullable=False),
    Column("category", NAME, nullable=False),
    Column("phase", NAME, nullable=False),
    Column("operator", NAME, nullable=False),
    Column("version", Integer, nullable=False),
    Column("commitment", NAME),
    Column("predecessors", Packed(tuple[str, ...]), nullable=False),
    Column("successors", Packed(tuple[str, ...]), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("changed_ms", BigInteger, nullable=False),
    Index("passport_passport_operator", "operator", "phase", "passport"),
)


ATTRIBUTE = Table(
    "passport_attribute",
    METADATA,
    Column("passport", NAME, primary_key=True),
    Column("name", NAME, primary_key=True),
    Column("value", NAME),
    Column("commitment", NAME, nullable=False, index=True),
    Column("evidence", Packed(tuple[str, ...]), nullable=False),
    Column("stated_by", NAME, nullable=False),
    Column("stated_ms", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
)


BATTERY = Table(
    "passport_battery",
    METADATA,
    Column("battery", NAME, primary_key=True),
    Column("sort", NAME, nullable=False),
    Column("phase", NAME, nullable=False),
    Column("status", NAME, nullable=False),
    Column("category", NAME, nullable=False),
    Column("holder", NAME, nullable=False),
    Column("owner", NAME, nullable=False),
    Column("responsible", NAME, nullable=False),
    Column("maker", NAME, nullable=False),
    Column("gb_t_34014", NAME, nullable=False),
    Column("whole", NAME),
    Column("made_ms", BigInteger),
    Column("in_service_ms", BigInteger),
    Column("retired_ms", BigInteger),
    Column("mass_mg", BigInteger),
    Column("model", NAME, nullable=False),
    Column("version", Integer, nullable=False),
    Column("facet", BigInteger, nullable=False),
    Index("passport_battery_facet", "facet", "battery"),
    Index("passport_battery_responsible", "responsible", "phase", "battery"),
)


BATTERY_COUNT = Table(
    "passport_battery_count",
    METADATA,
    Column("facet", BigInteger, primary_key=True, autoincrement=False),
    *(Column(facet, NAME, nullable=False) for facet in FACETS),
    Column("count", BigInteger, nullable=False),
    Index("passport_battery_count_holder", "holder"),
    Index("passport_battery_count_maker", "maker"),
)


def _coarser(without: str) -> Table:
    """Return a table of counts without a facet that has many values."""
    return Table(
        f"passport_battery_count_no_{without}",
        METADATA,
        *(Column(facet, NAME, primary_key=True) for facet in FACETS if facet != without),
        Column("count", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


NO_HOLDER, NO_MAKER = _coarser("holder"), _coarser("maker")
