"""The command ``cellchain``: its verbs, and what happens when one goes wrong."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
import typer

from cellchain.cli import (
    care,
    create,
    key,
    ledger_file,
    party,
    prove,
    query,
    send,
    verify,
)
from cellchain.cli.output import UNAVAILABLE, UNREADABLE, complain, exit_code
from cellchain.core.errors import CellchainError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.cli.ports import Workshop

app = typer.Typer(
    name="cellchain",
    help="The shared, tamper-evident book of every battery's life.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for room in (create, send, prove, verify, ledger_file, query, key, party, care):
    room.attach(app)


def run(workshop: Workshop, arguments: Sequence[str]) -> int:
    """Run one command line; return its exit code."""
    as_json = "--json" in arguments
    command = typer.main.get_command(app)
    try:
        outcome = command.main(
            list(arguments), prog_name="cellchain", standalone_mode=False, obj=workshop
        )
    except CellchainError as error:
        complain(error, as_json=as_json)
        return exit_code(error)
    except click.ClickException as error:
        error.show(sys.stderr)
        return UNREADABLE
    except click.Abort:
        return UNAVAILABLE
    except BrokenPipeError:
        return UNAVAILABLE
    except OSError as error:
        problem = Unavailable("disk.io", f"{error.strerror or error} ({error.filename or ''})")
        complain(problem, as_json=as_json)
        return UNAVAILABLE
    return outcome if isinstance(outcome, int) else 0
