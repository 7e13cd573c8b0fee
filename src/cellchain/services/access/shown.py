"""A passport as somebody may see it: the same for a page, the API and a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.contracts.assembly import view as assembly
from cellchain.contracts.custody import view as custody
from cellchain.contracts.passport import view as passports
from cellchain.core.errors import Refused
from cellchain.services.access.reading import readable
from cellchain.services.access.viewer import VISITOR

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from cellchain.services.access.viewer import Viewer


def issued_passport(db: Connection, identity: str) -> passports.PassportShown | None:
    """Return a passport as visitors may hear of it: issued, and next to others that are."""
    found = passports.passport(db, identity)
    if found is None or not found.passport.issued:
        return None
    row = found.passport
    hidden = passports.unissued(db, {*row.predecessors, *row.successors})
    shown = msgspec.structs.replace(
        row,
        predecessors=tuple(name for name in row.predecessors if name not in hidden),
        successors=tuple(name for name in row.successors if name not in hidden),
    )
    return msgspec.structs.replace(found, passport=shown)


def readable_passport(db: Connection, viewer: Viewer, identity: str) -> passports.PassportShown:
    """Return a passport with the values that ``viewer`` may read.

    Raises:
        Refused: ``web.not_found``; a draft is nobody's business but its members'.
    """
    viewer = viewer if viewer.reads else VISITOR
    find = passports.passport if viewer.known else issued_passport
    found = find(db, identity)
    if found is None:
        raise Refused("web.not_found", f"there is no {identity[:80]!a}")
    whole = assembly.outermost(db, identity) if found.passport.level == "item" else ""
    rights = custody.custody(db, whole) if whole else None
    values = readable(viewer, found.attributes, rights, found.passport.operator)
    return msgspec.structs.replace(found, attributes=tuple(values))
