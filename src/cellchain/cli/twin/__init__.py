"""``twin``: what tables of cells, packs and vehicles say of their health, without a ledger.

A verb a file; each joins `twin` when it is imported.
"""

from __future__ import annotations

from importlib import import_module

import typer

twin = typer.Typer(no_args_is_help=True, help="Ask what tables of batteries say of their health.")

VERBS: tuple[str, ...] = (
    "features", "soh", "rul", "life", "grade", "watch", "fit", "run", "design", "train", "evaluate",
)  # fmt: skip
"""The files of this folder, in the order of the help."""


def attach(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    for verb in VERBS:
        import_module(f"cellchain.cli.twin.{verb}")
    app.add_typer(twin, name="twin")
