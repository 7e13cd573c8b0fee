"""``circle``: where a used battery goes next, from tables, without a ledger.

A verb a file; each joins `circle` when it is imported.
"""

from __future__ import annotations

from importlib import import_module

import typer

from cellchain.cli.explained import explain_all

circle = typer.Typer(no_args_is_help=True, help="Find the best next life of used batteries.")

VERBS: tuple[str, ...] = (
    "grade", "allocate", "certify", "roll", "route", "replan", "verify", "recycle", "content",
    "value", "swap", "site",
)  # fmt: skip
"""The files of this folder, in the order of the help."""


def attach(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    for verb in VERBS:
        import_module(f"cellchain.cli.circle.{verb}")
    explain_all(circle, "circle")
    app.add_typer(circle, name="circle")
