"""``circle route``: which vehicle visits which stops, so that all together drive least."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cellchain.cli.circle import circle
from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say, show
from cellchain.cli.progress import progress
from cellchain.cli.tables import check_apart, needed, read_at_most
from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from cellchain.cli.ports import Workshop
    from cellchain.services.circle.collecting.day_file import DayFiles
    from cellchain.services.circle.collecting.day_routes import RoutedDay

MAP, DAY, ARCHIVE = ".svg", ".toml", ".zip"
START_S = 0.4
"""What starting the command line takes; it counts."""
SeedOption = Annotated[int, typer.Option("--seed", help="Of the dice.")]
RoundOption = Annotated[
    str,
    typer.Option(
        "--round", help="round, trunc, dimacs, exact or double; as the file's type has it."
    ),
]
StopsOption = Annotated[
    Path | None, typer.Option("--stops", help="Of a day: more stops, CSV, a column a field.")
]
LorriesOption = Annotated[
    Path | None, typer.Option("--lorries", help="Of a day: more lorries, CSV, a column a field.")
]
DistancesOption = Annotated[
    Path | None,
    typer.Option("--distances", help="Of a day: roads, CSV: from, to, km, minutes, tunnel."),
]
MapOption = Annotated[Path | None, typer.Option("--plot", help="Map to write: .svg.")]


def check_map(plot: Path | None) -> None:
    """Refuse to draw a map as anything but SVG.

    Raises:
        Refused: ``plot.suffix``.
    """
    if plot is not None and plot.suffix != MAP:
        raise Refused("plot.suffix", f"{plot.name}: a map is SVG", remedy="name it .svg")


def day_files(
    data: bytes, stops: Path | None, lorries: Path | None, distances: Path | None
) -> DayFiles | None:
    """Return the files of a day of collecting; None where the first is an instance of others.

    Raises:
        Refused: ``route.sheets``: there are sheets beside an instance of others.
    """
    from cellchain.services.circle.collecting.day_file import (  # noqa: PLC0415
        SHEET_BYTES_MAX,
        DayFiles,
        is_day,
    )

    sheets = [
        None if one is None else read_at_most(one, SHEET_BYTES_MAX)
        for one in (stops, lorries, distances)
    ]
    if is_day(data):
        return DayFiles(data, *sheets)
    if any(one is not None for one in sheets):
        raise Refused(
            "route.sheets", "there are stops, lorries or distances beside a file that is no day",
            remedy="give a TOML of a day with --in; --template --out day.toml writes one",
        )  # fmt: skip
    return None


@circle.command()
def route(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="Plan to write, JSON.")],
    source: Annotated[
        Path | None,
        typer.Option(
            "--in", help="Instance: VRPLIB, PyVRP, Solomon, Homberger; or a day, TOML of ours."
        ),
    ] = None,
    cpu: Annotated[
        float, typer.Option("--cpu", help="CPU seconds for all of it, reading included.")
    ] = 10.0,
    seed: SeedOption = 1,
    rounding: RoundOption = "",
    stops: StopsOption = None,
    lorries: LorriesOption = None,
    distances: DistancesOption = None,
    plot: MapOption = None,
    papers: Annotated[
        Path | None,
        typer.Option("--papers", help="Of a day: what drivers carry, into this folder, or a .zip."),
    ] = None,
    template: Annotated[
        bool,
        typer.Option(
            "--template", help="Write a small instance to --out, to be changed; a day if .toml."
        ),
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Plan routes for an instance or a day of collecting; a judge of its own checks them."""
    from cellchain.services.circle.collecting import day_file  # noqa: PLC0415
    from cellchain.services.circle.route_map import map_of, spoken  # noqa: PLC0415
    from cellchain.services.circle.route_picture import route_picture  # noqa: PLC0415
    from cellchain.services.circle.routes import TEMPLATE, routed  # noqa: PLC0415
    from cellchain.services.circle.routing_files.lines import BYTES_MAX  # noqa: PLC0415

    shop = workshop(context)
    now_s = shop.cpu_s()
    check_apart((source, stops, lorries, distances), (out, plot, papers))
    check_map(plot)
    _check_papers(papers)
    if template:
        text = day_file.TEMPLATE if out.suffix == DAY else TEMPLATE
        shop.write_file(out, text.encode())
        say([f"{out}: change it"], {"file": str(out)}, as_json=as_json)
        return
    data = read_at_most(needed(source), BYTES_MAX)
    files = day_files(data, stops, lorries, distances)
    begun_s = now_s - min(now_s, START_S)
    day = None
    if files is None:
        _check_no_day(papers)
        with progress("hundredths of the time", 100, quiet=as_json) as step:
            found = routed(
                data, rounding=rounding, cpu_s=cpu, seed=seed, clock=shop.cpu_s, begun_s=begun_s,
                progress=step.to,
            )  # fmt: skip
        more: dict[str, Any] = {"rounding": found.instance.rounding.name}
        lines: list[str] = []
    else:
        from cellchain.services.circle.collecting.day_routes import routed_day  # noqa: PLC0415

        check_no_rounding(rounding)
        with progress("hundredths of the time", 100, quiet=as_json) as step:
            day = routed_day(
                files, cpu_s=cpu, seed=seed, clock=shop.cpu_s, begun_s=begun_s, progress=step.to
            )
        found = day.routed
        more, lines = _told_of(day)
    shop.write_file(out, found.plan.to_bytes())
    if day is not None:
        _write_papers(shop, papers, day)
    if plot is not None:
        shop.write_file(plot, map_of(found).encode())
    show(lambda: (route_picture(found),))
    told = {
        "cost": found.plan.cost,
        "routes": len(found.plan.routes),
        "stops": len(found.instance.problem.stops),
        "feasible": found.plan.feasible,
        "said": spoken(found),
    } | more
    say([f"{out}: {told['said']}", *lines], told, as_json=as_json)


def _check_papers(papers: Path | None) -> None:
    """Refuse, before the search, papers that could not be made, or would mix with others."""
    from cellchain.services.circle.collecting.papers_pdf import check_installed  # noqa: PLC0415

    if papers is None:
        return
    check_installed()
    if papers.suffix == ARCHIVE or not papers.exists():
        return
    if not papers.is_dir() or any(papers.iterdir()):
        raise Refused(
            "route.papers", f"{papers.name} is no empty folder",
            remedy="name one that is not there yet, or a .zip",
        )  # fmt: skip


def _check_no_day(papers: Path | None) -> None:
    if papers is not None:
        raise Refused(
            "route.papers", "papers are of a day of collecting, and this is another instance",
            remedy="leave --papers out",
        )  # fmt: skip


def check_no_rounding(rounding: str) -> None:
    """Refuse a rule of rounding for a day of collecting, which has none.

    Raises:
        Refused: ``route.round``.
    """
    if rounding:
        raise Refused(
            "route.round", f"a day of collecting has no rounding {rounding!a}",
            remedy="leave --round out: lengths count in tens of metres, times in seconds",
        )  # fmt: skip


def _told_of(day: RoutedDay) -> tuple[dict[str, Any], list[str]]:
    of = day.task.day
    told = {
        "places": [one.id for one in of.places],
        "lorries": [one.id for one in of.lorries],
        "assumed": list(of.assumed),
    }
    return told, [f"assumed: {one}" for one in of.assumed]


def _write_papers(shop: Workshop, papers: Path | None, day: RoutedDay) -> None:
    from cellchain.services.circle.collecting.papers import papers_of, zipped  # noqa: PLC0415

    if papers is None:
        return
    files = papers_of(day)
    if papers.suffix == ARCHIVE:
        shop.write_file(papers, zipped(files))
        return
    papers.mkdir(exist_ok=True)
    for name, content in files.items():
        shop.write_file(papers / name, content)
