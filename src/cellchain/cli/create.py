"""``init``: a new chain, its operator and its first block."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellchain.cli.options import PassphraseOption, workshop
from cellchain.cli.output import JsonFlag, say


def attach(app: typer.Typer) -> None:
    """Add the verb to ``app``."""
    app.command("init")(init)


def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    chain_id: Annotated[str, typer.Option(help="Name of the chain, lower-case.")],
    party: Annotated[str, typer.Option(help="Name of the operating party.")] = "operator",
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Make the home of a new chain."""
    home = workshop(context).create(
        folder, chain=chain_id, party=party, passphrase_file=passphrase_file
    )
    genesis = home.genesis
    say(
        [
            f"chain {genesis.chain} begins in {folder}",
            f"operator {party}, key {genesis.operator}",
            f"what others need to verify its proofs: {home.trust_path}",
        ],
        {
            "chain": genesis.chain,
            "home": str(folder),
            "operator": genesis.operator,
            "genesis": genesis.hash.hex(),
        },
        as_json=as_json,
    )
