"""A VRPLIB file, cut into its specifications and sections.

A specification is ``KEY : VALUE`` in a line; a section is ``KEY_SECTION`` and rows of numbers below
it, up to the next section or ``EOF``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.services.analysis.table import shown
from cellchain.services.circle.routing_files.lines import number

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Sections:
    """What stands in a file."""

    told: dict[str, str]
    """Specifications, by their names in capitals."""
    rows: dict[str, list[Row]]
    """Rows of each section, by its name without ``_SECTION``."""


def sections_of(lines: Sequence[str]) -> Sections:
    """Return a file's specifications and sections.

    Raises:
        Refused: ``route.form``: a line is neither; ``route.twice``; ``route.number``.
    """
    found = Sections({}, {})
    section: list[Row] | None = None
    for place, line in enumerate(lines, start=1):
        head = line.rstrip(" :\t").upper()
        if head == "EOF":
            break
        if head.endswith("_SECTION") and " " not in head:
            section = found.rows.setdefault(_new(found, head.removesuffix("_SECTION")), [])
        elif ":" in line:
            name, _, value = line.partition(":")
            found.told[_new(found, name.strip().upper())] = value.strip().strip('"').strip()
            section = None
        elif line and section is None:
            raise Refused(
                "route.form",
                f"line {place}: {shown(line)!a} is no specification of a VRPLIB file",
                remedy="write KEY : VALUE, or rows below a section",
            )
        elif line and section is not None:
            section.append(tuple(number(one, f"line {place}") for one in line.split()))
    return found


def _new(found: Sections, name: str) -> str:
    if name in found.told or name in found.rows:
        raise Refused("route.twice", f"{shown(name)} stands twice", remedy="keep one of them")
    return name
