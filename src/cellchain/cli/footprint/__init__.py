"""``footprint``: greenhouse gases of products, from tables, without a ledger.

A verb a file; each joins `footprint` when it is imported.
"""

from __future__ import annotations

from importlib import import_module

import typer

from cellchain.cli.explained import explain_all

footprint = typer.Typer(no_args_is_help=True, help="Count the greenhouse gases of products.")

VERBS: tuple[str, ...] = ("product", "hourly", "check", "life", "cff", "legs")
"""The files of this folder, in the order of the help."""


def attach(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    for verb in VERBS:
        import_module(f"cellchain.cli.footprint.{verb}")
    explain_all(footprint, "footprint")
    app.add_typer(footprint, name="footprint")
