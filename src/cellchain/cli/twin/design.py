"""``twin design``: from what a pack shall do to electrodes, format, pack and usage."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cellchain.cli.options import workshop
from cellchain.cli.output import FALSE, JsonFlag, say
from cellchain.cli.progress import progress
from cellchain.cli.tables import FILES, PlotOption, needed
from cellchain.cli.twin import twin
from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


NAME_BYTES_MAX = 255
"""What file systems hold."""
STOPS = (signal.SIGINT, signal.SIGXCPU)
"""Ctrl-C, and the soft limit of computing time."""


@twin.command()
def design(
    context: typer.Context,
    out: Annotated[
        Path, typer.Option("--out", help=f"Table to write: {FILES} With --template, TOML.")
    ],
    source: Annotated[
        Path | None, typer.Option("--in", help="Specification, TOML. Not with --template.")
    ] = None,
    chemistry: Annotated[
        Path | None,
        typer.Option("--chemistry", help="Chemistry of your own, TOML, in place of that named."),
    ] = None,
    plot: PlotOption = None,
    template: Annotated[
        bool, typer.Option("--template", help="Write a specification to --out that runs.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Find designs that meet energy, power, life, cost and climate, and say what binds them."""
    from cellchain.services.analysis import design as asked  # noqa: PLC0415
    from cellchain.services.analysis.design_found import front_picture  # noqa: PLC0415
    from cellchain.services.analysis.design_spec import TEMPLATE, parse_spec  # noqa: PLC0415

    shop = workshop(context)
    if template:
        shop.write_file(out, TEMPLATE.encode())
        say([f"{out}: change it"], {"file": str(out)}, as_json=as_json)
        return
    source = needed(source)
    shop.check_writable(out)
    if plot is not None:
        shop.check_plot(plot)
    spec = parse_spec(source.read_bytes())
    own = chemistry or _beside(source, spec.chemistry)
    known = (
        asked.parse_chemistry(own.read_bytes()) if own else asked.shipped_chemistry(spec.chemistry)
    )
    with (
        _going_on(spec.search.seconds) as going_on,
        progress("trials", spec.search.trials, quiet=as_json) as bar,
    ):
        found = asked.designed(spec, known, going_on=going_on, progress=bar.of)
    shop.write_table(out, found.table)
    if plot is not None:
        shop.write_plot(plot, front_picture(found, spec.best))
    ended = "trials" if found.trials == spec.search.trials else "time or Ctrl-C"
    told = {
        "designs": found.table.rows if found.feasible else 0,
        "trials": found.trials,
        "feasible": found.feasible,
        "failed": found.failures,
        "binding": found.bound,
        "out_of_reach": {
            miss.name: {"best": miss.best, "required": miss.limit} for miss in found.misses
        },
        "ended_by": ended,
    }
    first, *more = found.sentences()
    say([f"{out}: {first}, ended by {ended}", *(f"  {one}" for one in more)], told, as_json=as_json)
    if not found.feasible:
        raise typer.Exit(FALSE)


def _beside(source: Path, name: str) -> Path | None:
    """Return the file of a chemistry that a specification names, if it is one: in its own folder.

    Raises:
        Refused: ``design.chemistry_name``: no file can be called so;
            ``design.chemistry_elsewhere``: a stranger's file has no business elsewhere.
    """
    if not name.isprintable() or len(name.encode()) > NAME_BYTES_MAX:
        raise Refused(
            "design.chemistry_name",
            f"the chemistry {name[:40]!a} is {len(name)} letters, or some cannot be printed",
            remedy="name one that ships, or a file beside the specification",
        )
    if not name.endswith(".toml"):
        return None
    if Path(name).name != name:
        raise Refused(
            "design.chemistry_elsewhere",
            f"the chemistry {name!a} is not in the folder of the specification",
            remedy="put it there, or name it with --chemistry",
        )
    return source.parent / name


@contextmanager
def _going_on(seconds: float) -> Iterator[Callable[[], bool]]:
    """Let a search go on until its time is over, or a signal asks it to stop.

    Signals reach the main thread only; in another one time alone ends it. Past its soft limit of
    computing time a process is told each further second, and by default it dies of it: once told,
    it ignores that, so that what was found is written. The hard limit stands.
    """
    until = time.monotonic() + seconds
    told: list[int] = []
    heard = STOPS if threading.current_thread() is threading.main_thread() else ()
    before = {one: signal.signal(one, lambda number, _frame: told.append(number)) for one in heard}
    try:
        yield lambda: not told and time.monotonic() < until
    finally:
        for one, handler in before.items():
            past = one is signal.SIGXCPU and one in told and handler == signal.SIG_DFL
            signal.signal(one, signal.SIG_IGN if past else handler)
