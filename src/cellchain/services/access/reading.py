"""Who may read which value of a passport (Regulation (EU) 2023/1542, Article 77(2), Annex XIII).

    public, point 1                         everybody
    legitimate-interest, static, point 2    the interested, and authorities
    legitimate-interest, dynamic, point 4   the interested alone
    authority, point 3                      who answers for the battery, and authorities

The interested are who owns, holds or answers for the battery; who else qualifies is for a grant to
say, not for code. Whoever stated a value reads it. The classes are no ladder: what one battery has
been through (point 4) is not among what Article 77(2)(b) opens to authorities.

Readings are data of the use of one battery too: for the interested in it or in the whole that it is
in. To have registered a device for it is no interest: anybody may do that.

What somebody may not read is left out whole: neither the value nor its name is hinted at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cellchain.services.access.viewer import Viewer


class Value(Protocol):
    """A value of a passport, as far as its access is concerned."""

    @property
    def access(self) -> str: ...  # noqa: D102
    @property
    def dynamic(self) -> bool: ...  # noqa: D102
    @property
    def stated_by(self) -> str: ...  # noqa: D102


class Rights(Protocol):
    """Who has which right to the battery."""

    @property
    def owner(self) -> str: ...  # noqa: D102
    @property
    def holder(self) -> str: ...  # noqa: D102
    @property
    def responsible(self) -> str: ...  # noqa: D102


V = TypeVar("V", bound=Value)


def readable(viewer: Viewer, values: Iterable[V], rights: Rights | None, drafter: str) -> list[V]:
    """Return those of ``values`` that ``viewer`` may read.

    Args:
        viewer: Who looks.
        values: Of one passport.
        rights: Those to the battery, or to the whole it is in; ``None`` for a model or batch.
        drafter: Who drafted the passport, and answers for it where it is no battery's.
    """
    responsible = {drafter} if rights is None else {rights.responsible}
    interested = responsible if rights is None else responsible | {rights.owner, rights.holder}
    return [value for value in values if _may_read(viewer, value, responsible, interested)]


def may_read_readings(viewer: Viewer, rights: Iterable[Rights]) -> bool:
    """Return whether ``viewer`` may read what was measured of a battery.

    Args:
        viewer: Who looks.
        rights: Those to the battery, and to the whole it is in.
    """
    if viewer.party is None:
        return False
    return any(viewer.party in {one.owner, one.holder, one.responsible} for one in rights)


def _may_read(viewer: Viewer, value: Value, responsible: set[str], interested: set[str]) -> bool:
    if value.access == "public":
        return True
    if viewer.party is None:
        return False
    if viewer.party == value.stated_by or (not value.dynamic and "authority" in viewer.roles):
        return True
    allowed = interested if value.access == "legitimate-interest" else responsible
    return viewer.party in allowed
