"""Which file an instance stands in, and the instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.services.circle.routing_files.lines import lines_of
from cellchain.services.circle.routing_files.sections import sections_of
from cellchain.services.circle.routing_files.solomon import is_solomon, read_solomon
from cellchain.services.circle.routing_files.vrplib import read_vrplib

if TYPE_CHECKING:
    from cellchain.services.circle.routing_files.instance import Instance


def read_instance(data: bytes, asked: str = "") -> Instance:
    """Return the instance in a file of VRPLIB, PyVRP, Solomon, Gehring and Homberger.

    Args:
        data: The file.
        asked: A rule of rounding in place of that of the file's type.

    Raises:
        Refused: ``route.…``: what in the file cannot be.
    """
    lines = lines_of(data)
    if is_solomon(lines):
        return read_solomon(lines, asked)
    return read_vrplib(sections_of(lines), asked)
