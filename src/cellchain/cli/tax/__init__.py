"""``tax``: what the law takes and gives, from tables, without a ledger.

A verb a file; each joins `tax` when it is imported.
"""

from __future__ import annotations

from importlib import import_module

import typer

from cellchain.cli.explained import explain_all

tax = typer.Typer(no_args_is_help=True, help="Work out taxes and incentives by dated rules.")

VERBS: tuple[str, ...] = ("regime", "effective", "explain")
"""The files of this folder, in the order of the help."""


def attach(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    for verb in VERBS:
        import_module(f"cellchain.cli.tax.{verb}")
    explain_all(tax, "tax")
    app.add_typer(tax, name="tax")
