"""Print the figures: ``python benchmarks/run.py [--only NAME] [--json]``."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import (
    circle_allocate,
    circle_allocate_asked,
    circle_footprint,
    circle_replan,
    circle_roll,
    circle_route,
    circle_stock,
    circle_tax,
    circle_value,
    consortium,
    ledger,
    science_rootcause,
    science_soh,
    science_start,
    science_twin,
    science_watch,
    search,
    telemetry,
    views,
    web,
)
from benchmarks.figure import work_folder


def main() -> None:
    """Measure and print."""
    figures = {
        **ledger.FIGURES,
        **telemetry.FIGURES,
        **views.FIGURES,
        **search.FIGURES,
        **web.FIGURES,
        **consortium.FIGURES,
        **science_soh.FIGURES,
        **science_twin.FIGURES,
        **science_watch.FIGURES,
        **science_rootcause.FIGURES,
        **science_start.FIGURES,
        **circle_allocate.FIGURES,
        **circle_allocate_asked.FIGURES,
        **circle_footprint.FIGURES,
        **circle_roll.FIGURES,
        **circle_replan.FIGURES,
        **circle_route.FIGURES,
        **circle_stock.FIGURES,
        **circle_value.FIGURES,
        **circle_tax.FIGURES,
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="a name, or the beginning of several", default="")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    arguments = parser.parse_args()
    chosen = [name for name in figures if name.startswith(arguments.only)]
    if not chosen:
        parser.error(f"there is {', '.join(figures)}")
    try:
        for name in chosen:
            figure = figures[name]()
            text = msgspec.json.encode(figure).decode() if arguments.json else figure.line()
            print(text, flush=True)
    finally:
        shutil.rmtree(work_folder(), ignore_errors=True)


if __name__ == "__main__":
    main()
