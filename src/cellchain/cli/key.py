"""``key``: the private keys of a home, and their public halves in the book."""

from __future__ import annotations

from typing import Annotated

import typer

from cellchain.cli.options import (
    DEFAULT_HOME,
    AsOption,
    HomeOption,
    PassphraseOption,
    workshop,
)
from cellchain.cli.output import JsonFlag, say
from cellchain.contracts.membership import AddKey, RevokeKey, RotateKey
from cellchain.core.names import parse_key_id
from cellchain.crypto.signatures import new_signing_key
from cellchain.services.desk import Desk

_key = typer.Typer(
    no_args_is_help=True, help="Private keys of a home, and the book's view of them."
)
NameArgument = Annotated[str, typer.Argument(help="Name of the key in this home.")]


def attach(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    app.add_typer(_key, name="key")


@_key.command()
def new(
    context: typer.Context,
    name: NameArgument,
    party: Annotated[str, typer.Option(help="Party that it will speak for, as a note.")] = "",
    register_as: Annotated[
        str, typer.Option(help="Key that adds the new one to its own party in the book.")
    ] = "",
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a key; give its public half to whoever registers the party, or add it yourself."""
    shop, key = workshop(context), new_signing_key()
    entry = shop.home(home, passphrase_file).keys.add(name, key, party=party)
    if register_as:
        with shop.writing(home, passphrase_file) as (opened, ledger):
            Desk(ledger, opened.keys.load(register_as)).send(AddKey(key=entry.key))
    say([f"{name}  {entry.key}"], {"name": name, "key": entry.key}, as_json=as_json)


@_key.command("list")
def list_keys(
    context: typer.Context, home: HomeOption = DEFAULT_HOME, as_json: JsonFlag = False
) -> None:
    """List the keys of a home; nothing is unlocked."""
    entries = workshop(context).home(home).keys.entries()
    say(
        [f"{e.name:20} {e.key}  {e.party}{'  demo' if e.demo else ''}" for e in entries],
        {
            "keys": [
                {"name": e.name, "key": e.key, "party": e.party, "demo": e.demo} for e in entries
            ]
        },
        as_json=as_json,
    )


@_key.command()
def rotate(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the new key.")],
    old: Annotated[str, typer.Option(help="Name of the key that it replaces.")],
    operator: Annotated[
        bool, typer.Option("--operator", help="Rotate the key that signs headers instead.")
    ] = False,
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Replace a key by a new one; old proofs stay good."""
    shop = workshop(context)
    key = new_signing_key()
    opened_home = shop.home(home, passphrase_file)
    former = {e.name: e for e in opened_home.keys.entries()}.get(old)
    entry = opened_home.keys.add(name, key, party=former.party if former else "")
    if operator:
        shop.rotate_operator(home, name, passphrase_file)
    else:
        with shop.writing(home, passphrase_file) as (opened, ledger):
            signer = opened.keys.load(old)
            Desk(ledger, signer).send(RotateKey(old=signer.key_id, new=entry.key))
    say([f"{name}  {entry.key}"], {"name": name, "key": entry.key}, as_json=as_json)


@_key.command()
def revoke(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="Public key, 64 hexadecimal digits.")],
    sender: AsOption = "operator",
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Revoke a key in the book, at once."""
    message = RevokeKey(key=parse_key_id(key))
    with workshop(context).writing(home, passphrase_file) as (opened, ledger):
        result = Desk(ledger, opened.keys.load(sender)).send(message)
    say(
        [f"revoked in block {result.height}"],
        {"height": result.height, "key": key},
        as_json=as_json,
    )
