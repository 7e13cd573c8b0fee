"""``plan``: what will be in use, what comes back and what is needed, without a ledger.

A verb a file; each joins `plan` when it is imported.
"""

from __future__ import annotations

from importlib import import_module

import typer

from cellchain.cli.explained import explain_all

plan = typer.Typer(no_args_is_help=True, help="Look ahead: stocks, flows and what they need.")

VERBS: tuple[str, ...] = ("stock", "risk", "board", "scenario")
"""The files of this folder, in the order of the help."""


def attach(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    for verb in VERBS:
        import_module(f"cellchain.cli.plan.{verb}")
    explain_all(plan, "plan")
    app.add_typer(plan, name="plan")
