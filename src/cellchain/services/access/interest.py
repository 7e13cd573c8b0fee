"""Whether somebody may read the readings of a battery, as the book stands.

Whoever may not gets the answer of a battery without readings: not even that there are some is
hinted at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.assembly import view as assembly
from cellchain.contracts.custody import view as custody
from cellchain.core.errors import Refused
from cellchain.services.access.reading import may_read_readings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from cellchain.core.names import BatteryId
    from cellchain.services.access.viewer import Viewer


def has_interest(viewer: Viewer, db: Connection, battery: BatteryId) -> bool:
    """Return whether ``viewer`` may read what was measured of ``battery``."""
    places = {battery, assembly.outermost(db, battery)}
    rights = [found for place in places if (found := custody.custody(db, place)) is not None]
    return may_read_readings(viewer, rights)


def require_interest(viewer: Viewer, db: Connection, battery: BatteryId) -> None:
    """Refuse whoever may not read what was measured of ``battery``.

    Raises:
        Refused: ``telemetry.no_readings``, as where there are none.
    """
    if not has_interest(viewer, db, battery):
        raise Refused("telemetry.no_readings", f"no readings of {battery} are kept for that time")
