"""What a driver carries: for each lorry its stop list, as CSV and PDF, and the papers by name."""

from __future__ import annotations

import io
import re
import zipfile
from itertools import pairwise
from typing import TYPE_CHECKING

from cellchain.services.circle.collecting.day import HOUR_S, PER_KM, clock
from cellchain.services.circle.collecting.goods import EDITION, TUNNEL_CODE, documents
from cellchain.services.circle.collecting.papers_pdf import sheet_pdf
from cellchain.services.circle.collecting.stop_list import rows_of, sheet_csv

if TYPE_CHECKING:
    from cellchain.services.circle.collecting.day_routes import RoutedDay
    from cellchain.services.circle.collecting.task import LorryDay, Task

ZIP_TIME = (1980, 1, 1, 0, 0, 0)
"""The same files make the same archive."""


def papers_of(found: RoutedDay) -> dict[str, bytes]:
    """Return the files of all lorries that drive, by name: a CSV and a PDF each.

    Raises:
        Refused: ``papers.no_reportlab``: the extra is not installed.
    """
    files = {}
    for one in found.lorries:
        lorry = found.task.day.lorries[one.lorry]
        name = f"{one.lorry + 1:03d}-{re.sub(r'[^A-Za-z0-9-]+', '_', lorry.id)}"
        rows = list(rows_of(found.task, one))
        files[f"{name}.csv"] = sheet_csv(rows)
        files[f"{name}.pdf"] = sheet_pdf(
            f"Lorry {lorry.id}, {found.task.day.date.isoformat()}",
            _summary(found.task, one), rows, _notes(found, one),
        )  # fmt: skip
    return files


def zipped(files: dict[str, bytes]) -> bytes:
    """Return files as one archive, the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, ZIP_TIME), content)
    return out.getvalue()


def _summary(task: Task, one: LorryDay) -> str:
    kind = task.problem.vehicle_types[one.lorry]
    matrix, km = task.problem.distance[kind.profile], 0.0
    for trip in one.trips:
        path = (kind.start_depot, *trip, kind.end_depot)
        km += sum(int(matrix[edge]) for edge in pairwise(path)) / PER_KM
    breaks = sum(len(visit.breaks_s) for visit in one.visits)
    return (
        f"{sum(map(len, one.trips))} stops on {len(one.trips)} trips, {km:.1f} km,"
        f" {one.driven_s / HOUR_S:.2f} h of driving, {breaks} breaks; leaves"
        f" {clock(one.start_s)}, done {clock(one.visits[-1].leaves_s)}"
    )


def _notes(found: RoutedDay, one: LorryDay) -> list[str]:
    task = found.task
    lorry = task.day.lorries[one.lorry]
    states = {task.day.stops[place - len(task.day.depots)].damage_class
              for trip in one.trips for place in trip}  # fmt: skip
    tunnels = (
        "Tunnels of category E are open to it: it takes at most 333 kg (1.1.3.6, 8.6.3.3)."
        if lorry.may_pass
        else f"Tunnels of category E are closed to it: code {TUNNEL_CODE} (8.6.4)."
    )
    return [
        f"The driver carries ({EDITION}):",
        *(f"- {paper}" for paper in documents(states, exempt=lorry.may_pass)),
        tunnels,
        *(f"Assumed: {one}." for one in task.day.assumed),
        "Not checked: daily and weekly rest (Regulation (EC) 561/2006, article 8) and the break"
        " after six hours of work (Directive 2002/15/EC, article 5).",
        "A plan, no transport document: a person who is trained for it checks goods and papers.",
    ]
