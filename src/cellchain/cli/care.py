"""``run``, ``doctor``, ``backup``, ``restore``: keeping a home alive and well."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellchain.cli.options import DEFAULT_HOME, HomeOption, PassphraseOption, workshop
from cellchain.cli.output import FALSE, JsonFlag, say


def attach(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    app.command("run")(run)
    app.command("doctor")(doctor)
    app.command("backup")(backup)
    app.command("restore")(restore)


def run(
    context: typer.Context,
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Keep the home's writer running, so that many processes may send at once."""

    def ready(chain: str) -> None:
        value = {"chain": chain, "home": str(home), "writing": True}
        say([f"writing {chain} in {home}"], value, as_json=as_json)

    workshop(context).serve_writer(home, passphrase_file, ready)


def doctor(
    context: typer.Context, home: HomeOption = DEFAULT_HOME, as_json: JsonFlag = False
) -> None:
    """Look a home and this machine over; exit 1 if something is wrong."""
    findings = workshop(context).diagnose(home)
    say(
        [f"{'fine ' if fine else 'WRONG'}  {name:24} {seen}" for name, fine, seen in findings],
        {"findings": [{"name": n, "fine": f, "seen": s} for n, f, s in findings]},
        as_json=as_json,
    )
    if not all(fine for _, fine, _ in findings):
        raise typer.Exit(FALSE)


def backup(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="File to write, usually NAME.tar.")],
    home: HomeOption = DEFAULT_HOME,
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="Take the private keys along, encrypted.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Write a home to one file, without its passphrase and private keys. A writer may run."""
    height = workshop(context).backup(home, out, with_keys=with_keys)
    kept = (
        "the private keys are in it, encrypted"
        if with_keys
        else f"the private keys are not in it: keep a copy of {home / 'keys'} apart, or use "
        "--with-keys; what is restored without them can be read, proved and served only"
    )
    say(
        [
            f"{out}: as of block {height}",
            kept,
            "the passphrase is not in it: keep a copy of it apart, without it no key opens",
        ],
        {"file": str(out), "height": height, "keys": with_keys},
        as_json=as_json,
    )


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")],
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    erasures: Annotated[
        list[Path] | None,
        typer.Option(help="A journal of erasures besides the one beside the home; repeatable."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a home from a backup; check that it is whole; erase again what was erased since."""
    height = workshop(context).restore(file, folder, erasures or ())
    keys = workshop(context).keeps_keys(folder)
    missing = [
        "no private key was in the backup: this home can be read, proved and served; it writes "
        "nothing and opens public values only",
        f"to go on writing, put the files of the old home's keys under {folder / 'keys'}",
    ]
    say(
        [
            f"{folder}: block {height}",
            *([] if keys else missing),
            f"its secrets want the passphrase: {folder / 'keys/passphrase'}, --passphrase-file or "
            "CELLCHAIN_PASSPHRASE",
        ],
        {"home": str(folder), "height": height, "keys": keys},
        as_json=as_json,
    )
