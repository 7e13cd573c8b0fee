"""Columns that may be left out, and whose names are slips: what they say would not be heard."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import shown

if TYPE_CHECKING:
    from collections.abc import Collection

    from cellchain.services.analysis.table import Table

NEAR = 0.75
"""How alike two names are of which one is a slip of the other: difflib's ratio."""
FURTHER = 2
"""Letters after a whole name that make another word of it: a country is no count."""


def check_spelling(
    of: str, table: Table, needed: Collection[str], optional: Collection[str]
) -> None:
    """Refuse a column whose name is nearly one that may be left out, and is.

    Args:
        of: What the table tells of, for the refusal.
        table: As it came.
        needed: Columns of which `Table` itself says that they are missing.
        optional: Every other column that is read.

    Raises:
        Refused: ``table.misspelt``.
    """
    lacking = [one for one in optional if one not in table.names]
    for name in sorted(set(table.names) - {*needed, *optional}):
        bare = name.strip().lower()
        near = get_close_matches(bare, lacking, 1, NEAR)
        if near and not _is_another(bare, near[0]):
            raise Refused(
                "table.misspelt", f"nothing of the {of} is read from a column {shown(name)}",
                remedy=f"call it {near[0]}, or something else",
            )  # fmt: skip


def _is_another(name: str, known: str) -> bool:
    """Whether a name goes on after a known one, or differs from it in its figures alone."""
    goes_on = name.startswith(known) and len(name) >= len(known) + FURTHER
    return goes_on or (name != known and re.sub(r"\d", "", name) == re.sub(r"\d", "", known))
