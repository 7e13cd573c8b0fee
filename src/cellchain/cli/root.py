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
    from collections.abc import Mapping, Sequence

    from cellchain.cli.ports import Workshop

ROOMS: Mapping[str, Mapping[str, str]] = {
    "create": {
        "init": "Make the home of a new chain.",
    },
    "demo": {
        "demo": "Tell a small consortium's story, from ore to recycled metal.",
    },
    "bring": {
        "import": "Bring data in from files.",
    },
    "edge": {
        "edge": "A device that records, and delivers to a gateway.",
    },
    "send": {
        "send": "Send a message: KIND --field value …, or a FILE with one message.",
        "receipt": "Show what became of a transaction.",
    },
    "prove": {
        "prove": "Cut a proof that a stranger checks offline.",
    },
    "verify": {
        "verify": "Check a proof: exit 0 if it holds, 1 if not, 2 if it cannot be read.",
    },
    "ledger_file": {
        "export": "Write what is in a home to a file.",
        "replay": "Compute the state from a file, verifying every signature.",
        "audit": "Replay a home against itself and compare every byte it keeps.",
    },
    "query": {
        "query": "Look at a home as of its last block.",
    },
    "serve": {
        "serve": "Serve the pages and the API of a home until interrupted.",
        "service": "Print a systemd unit that serves a home, with no more rights than that takes.",
    },
    "node": {
        "node": "One node of a network of validators.",
    },
    "witness": {
        "witness": "Watch a log, and cosign what continues what was cosigned before.",
    },
    "member": {
        "member": "Who may sign in at this home's pages.",
    },
    "key": {
        "key": "Private keys of a home, and the book's view of them.",
    },
    "party": {
        "party": "Companies and authorities that take part.",
    },
    "vault": {
        "vault": "Documents of this home, for those who may read.",
    },
    "rebuild": {
        "rebuild": "Project every table anew, beside the old ones.",
    },
    "quality": {
        "quality": "Ask what tables of a factory say.",
    },
    "twin": {
        "twin": "Ask what tables of batteries say of their health.",
    },
    "circle": {
        "circle": "Find the best next life of used batteries.",
    },
    "footprint": {
        "footprint": "Count the greenhouse gases of products.",
    },
    "plan": {
        "plan": "Look ahead: stocks, flows and what they need.",
    },
    "tax": {
        "tax": "Work out taxes and incentives by dated rules.",
    },
    "care": {
        "run": "Keep the home's writer running, so that many processes may send at once.",
        "doctor": "Look a home and this machine over; exit 1 if something is wrong.",
        "backup": "Write a home to one file, without its passphrase and private keys.",
        "restore": "Make a home from a backup; check that it is whole.",
    },
}
"""File of this folder → the verbs in it with their help, in the order of the help."""


def build(verb: str = "") -> typer.Typer:
    """Return the command line; with ``verb`` only the part that knows it, if any does."""
    app = _empty()
    wanted = [room for room, verbs in ROOMS.items() if verb in verbs]
    for room in wanted or ROOMS:
        import_module(f"cellchain.cli.{room}").attach(app)
    return app


def index() -> typer.Typer:
    """Return a command line that knows the names of its verbs, and what each is for, no more."""
    app = _empty()
    for verbs in ROOMS.values():
        for name, told in verbs.items():
            app.command(name, help=told)(_root)
    return app


def _empty() -> typer.Typer:
    app = typer.Typer(
        name="cellchain",
        help="The shared, tamper-evident book of every battery's life.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_root)
    return app


def run(workshop: Workshop, arguments: Sequence[str]) -> int:
    """Run one command line; return its exit code."""
    try:
        _check_text(arguments)
    except Refused as refusal:
        return _failed(refusal, arguments)
    verb = arguments[0] if arguments else ""
    known = any(verb in verbs for verbs in ROOMS.values())
    command = typer.main.get_command(build(verb) if known else index())
    try:
        outcome = command.main(
            list(arguments), prog_name="cellchain", standalone_mode=False, obj=workshop
        )
    except click.ClickException as error:
        error.show(sys.stderr)
        return UNREADABLE
    except (click.Abort, BrokenPipeError):
        return UNAVAILABLE
    except (CellchainError, OSError, MemoryError, RecursionError) as error:
        return _failed(told_as(error), arguments)
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


def told_as(error: Exception) -> CellchainError:
    """Return an error as it is told to whoever asked.

    Raises:
        Exception: ``error`` itself: a fault of the program, for whoever runs it.
    """
    match error:
        case CellchainError():
            return error
        case click.ClickException():
            return Refused("cli.usage", error.format_message())
        case MemoryError():
            return Unavailable("cli.memory", "this needs more memory than there is")
        case RecursionError():
            return Refused("cli.too_deep", "what was given is nested too deeply to be read")
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            text = f"{where}{error.strerror or error}"
            if isinstance(error, FileNotFoundError | IsADirectoryError | NotADirectoryError):
                return Refused("cli.file", text, remedy="name a file that is there")
            return Unavailable("disk.io", text)
    raise error
