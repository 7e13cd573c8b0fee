"""Passports with their values, and every battery with what one searches it by, as tables.

The files below say it piece by piece:

    tables       the tables
    filling      what fills them, and what of them is for everybody
    values       passports with their values
    batteries    one battery, and a page of a search with its counts
    desk         figures of a fleet, and what waits for an organisation
"""

from cellchain.contracts.passport.view.batteries import (
    BatteryRow,
    BatterySearch,
    Found,
    battery,
    search_batteries,
)
from cellchain.contracts.passport.view.desk import (
    DraftRow,
    Fleet,
    LackingRow,
    Waiting,
    fleet,
    waiting_for,
)
from cellchain.contracts.passport.view.filling import VIEW, unissued
from cellchain.contracts.passport.view.tables import ATTRIBUTE, BATTERY, FACETS, PASSPORT, STATUSES
from cellchain.contracts.passport.view.values import (
    AttributeRow,
    PassportRow,
    PassportShown,
    attribute,
    passport,
    passports,
)

__all__ = [
    "ATTRIBUTE",
    "BATTERY",
    "FACETS",
    "PASSPORT",
    "STATUSES",
    "VIEW",
    "AttributeRow",
    "BatteryRow",
    "BatterySearch",
    "DraftRow",
    "Fleet",
    "Found",
    "LackingRow",
    "PassportRow",
    "PassportShown",
    "Waiting",
    "attribute",
    "battery",
    "fleet",
    "passport",
    "passports",
    "search_batteries",
    "unissued",
    "waiting_for",
]
