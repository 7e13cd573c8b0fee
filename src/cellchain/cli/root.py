"""The command ``cellchain``: its verbs, and what happens when one goes wrong.

Only the file that holds the wanted verb is imported: `verify` starts in a fifth of a second.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

import click
import typer

from cellchain.cli.output import UNAVAILABLE, UNREADABLE, complain, exit_code
from cellchain.core.errors import CellchainError, Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.cli.ports import Workshop

ROOMS = {
    "create": ("init",),
    "demo": ("demo",),
    "bring": ("import",),
    "edge": ("edge",),
    "send": ("send", "receipt"),
    "prove": ("prove",),
    "verify": ("verify",),
    "ledger_file": ("export", "replay", "audit"),
    "query": ("query",),
    "serve": ("serve", "service"),
    "node": ("node",),
    "witness": ("witness",),
    "member": ("member",),
    "key": ("key",),
    "party": ("party",),
    "vault": ("vault",),
    "rebuild": ("rebuild",),
    "quality": ("quality",),
    "twin": ("twin",),
    "care": ("run", "doctor", "backup", "restore"),
}
"""File of this folder → the verbs in it, in the order of the help."""


def build(verb: str = "") -> typer.Typer:
    """Return the command line; with ``verb`` only the part that knows it, if any does."""
    app = typer.Typer(
        name="cellchain",
        help="The shared, tamper-evident book of every battery's life.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_root)
    wanted = [room for room, verbs in ROOMS.items() if verb in verbs]
    for room in wanted or ROOMS:
        import_module(f"cellchain.cli.{room}").attach(app)
    return app


def run(workshop: Workshop, arguments: Sequence[str]) -> int:
    """Run one command line; return its exit code."""
    try:
        _check_text(arguments)
    except Refused as refusal:
        return _failed(refusal, arguments)
    command = typer.main.get_command(build(arguments[0] if arguments else ""))
    try:
        outcome = command.main(
            list(arguments), prog_name="cellchain", standalone_mode=False, obj=workshop
        )
    except click.ClickException as error:
        error.show(sys.stderr)
        return UNREADABLE
    except (click.Abort, BrokenPipeError):
        return UNAVAILABLE
    except CellchainError as error:
        return _failed(error, arguments)
    except (OSError, MemoryError, RecursionError) as error:
        return _failed(_of_the_system(error), arguments)
    return outcome if isinstance(outcome, int) else 0


def _root() -> None:
    """The shared, tamper-evident book of every battery's life."""


def _check_text(arguments: Sequence[str]) -> None:
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            raise Refused("cli.argument", f"{argument[:60]!a} is not UTF-8") from error


def _failed(error: CellchainError, arguments: Sequence[str]) -> int:
    complain(error, as_json="--json" in arguments)
    return exit_code(error)


def _of_the_system(error: OSError | MemoryError | RecursionError) -> CellchainError:
    if isinstance(error, MemoryError):
        return Unavailable("cli.memory", "this needs more memory than there is")
    if isinstance(error, RecursionError):
        return Refused("cli.too_deep", "what was given is nested too deeply to be read")
    where = f"{error.filename}: " if error.filename else ""
    text = f"{where}{error.strerror or error}"
    if isinstance(error, FileNotFoundError | IsADirectoryError | NotADirectoryError):
        return Refused("cli.file", text, remedy="name a file that is there")
    return Unavailable("disk.io", text)
