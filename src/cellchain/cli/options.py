"""Options that many verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import typer

from cellchain.cli.ports import Workshop

HomeOption = Annotated[
    Path,
    typer.Option("--home", envvar="CELLCHAIN_HOME", help="Folder of the ledger's home."),
]
PassphraseOption = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="File with the passphrase of the key store."),
]
AsOption = Annotated[
    str, typer.Option("--as", help="Name of the key that signs, as in `cellchain key list`.")
]
DEFAULT_HOME = Path("cellchain-home")


def workshop(context: typer.Context) -> Workshop:
    """Return what `cellchain.app` has plugged in."""
    return cast("Workshop", context.obj)
