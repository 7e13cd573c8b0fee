"""``export``, ``replay``, ``audit``: the whole history, out, again, and against itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cellchain.cli.options import DEFAULT_HOME, HomeOption, PassphraseOption, workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.progress import progress
from cellchain.ledger.export import read_blocks, read_genesis, write_ledger
from cellchain.ledger.keeping import first_kept
from cellchain.ledger.kept_audit import audit_kept
from cellchain.ledger.parameters import parse_genesis
from cellchain.ledger.replay import audit as audit_home
from cellchain.ledger.replay import replay as replay_blocks
from cellchain.ledger.replay import stored_blocks

if TYPE_CHECKING:
    from cellchain.ledger.application import Application

_export = typer.Typer(no_args_is_help=True, help="Write what is in a home to a file.")


def attach(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    app.add_typer(_export, name="export")
    app.command("replay")(replay)
    app.command("audit")(audit)


@_export.command("ledger")
def export_ledger(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="File to write, usually NAME.ledger.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonFlag = False,
) -> None:
    """Write genesis and every block to one file that anyone can replay."""
    shop = workshop(context)
    with shop.reading(home) as (opened, application):
        height = application.state.head.height
        blocks = stored_blocks(application.state.store, height)
        with shop.whole_file(out) as file, progress("export", height, quiet=as_json) as step:
            write_ledger(file, opened.genesis.to_bytes(), map(step.through, blocks))
        _say_head(application, as_json=as_json, file=str(out), bytes=out.stat().st_size)


def replay(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A .ledger file.")],
    as_json: JsonFlag = False,
) -> None:
    """Compute the state from a file, verifying every signature; print height and app hash."""
    shop = workshop(context)
    with file.open("rb") as opened:
        genesis = parse_genesis(read_genesis(opened))
        with shop.replica(genesis) as application, progress("replay", None, quiet=as_json) as step:
            blocks = shop.ahead(application, read_blocks(opened))
            count = replay_blocks(application, blocks, progress=step.to)
            _say_head(application, as_json=as_json, transactions=count)


def audit(
    context: typer.Context,
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Replay a home against itself and compare every byte it keeps.

    A home that keeps only some blocks is compared with the app hash that they led to.
    """
    shop = workshop(context)
    with shop.reading(home) as (opened, application), shop.replica(opened.genesis) as shadow:
        height, first = application.state.head.height, first_kept(application.state.store)
        with progress("audit", height, quiet=as_json) as step:
            if first:
                count = audit_kept(application.state, progress=step.to)
            else:
                count = audit_home(application, shadow, ahead=shop.ahead, progress=step.to)
        windows = shop.audit_telemetry(home, application, passphrase_file)
        kept = {"blocks_from": first} if first else {}
        _say_head(application, as_json=as_json, transactions=count, windows=windows, **kept)


def _say_head(application: Application, *, as_json: bool, **more: Any) -> None:
    head = application.state.head
    value = {"height": head.height, "app_hash": head.app_hash.hex(), **more}
    say(
        [f"{name.replace('_', ' '):12} {shown}" for name, shown in value.items()],
        value,
        as_json=as_json,
    )
