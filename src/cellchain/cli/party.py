"""``party``: who takes part, with the key made on the spot where it is ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from cellchain.cli.options import (
    DEFAULT_HOME,
    AsOption,
    HomeOption,
    PassphraseOption,
    workshop,
)
from cellchain.cli.output import JsonFlag, say
from cellchain.contracts.membership import RegisterParty
from cellchain.contracts.membership.record import Party
from cellchain.core.errors import Refused
from cellchain.core.names import parse_key_id, parse_party_id
from cellchain.crypto.signatures import new_signing_key
from cellchain.services.desk import Desk

if TYPE_CHECKING:
    from cellchain.cli.ports import Home
    from cellchain.core.names import KeyId, PartyId

_party = typer.Typer(no_args_is_help=True, help="Companies and authorities that take part.")


def attach(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    app.add_typer(_party, name="party")


@_party.command()
def register(
    context: typer.Context,
    party: Annotated[str, typer.Argument(help="Its name in the book, lower-case with hyphens.")],
    name: Annotated[str, typer.Option(help="Its name for people.")],
    role: Annotated[list[str], typer.Option(help="A role; may be given several times.")],
    key: Annotated[
        str, typer.Option(help="Its public key; without one, a key is made and kept in this home.")
    ] = "",
    sender: AsOption = "operator",
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Register a party with its roles and first key."""
    shop = workshop(context)
    identity = parse_party_id(party)
    public = parse_key_id(key) if key else _own_key(shop.home(home, passphrase_file), identity)
    message = RegisterParty(party=identity, name=name, roles=tuple(sorted(role)), key=public)
    with shop.writing(home, passphrase_file) as (opened, ledger):
        result = Desk(ledger, opened.keys.load(sender)).send(message)
    say(
        [f"{party} registered in block {result.height}, key {public}"],
        {"party": party, "key": public, "height": result.height},
        as_json=as_json,
    )


def _own_key(home: Home, party: PartyId) -> KeyId:
    """Return the key of ``party`` in this home, made now or in an attempt that was refused."""
    kept = [
        entry.key for entry in home.keys.entries() if (entry.name, entry.party) == (party, party)
    ]
    return kept[0] if kept else home.keys.add(party, new_signing_key(), party=party).key


@_party.command("list")
def list_parties(
    context: typer.Context, home: HomeOption = DEFAULT_HOME, as_json: JsonFlag = False
) -> None:
    """List the parties and their roles."""
    with workshop(context).reading(home) as (_, application):
        found = sorted(application.state.records.scan(Party), key=lambda row: row[0])
    parties = [(subject, p) for subject, p in found if isinstance(p, Party)]
    say(
        [
            f"{s:24} {p.name:32} {', '.join(p.roles)}{'  suspended' if p.suspended else ''}"
            for s, p in parties
        ],
        {"parties": [{"party": s, **msgspec.to_builtins(p)} for s, p in parties]},
        as_json=as_json,
    )


@_party.command()
def show(
    context: typer.Context,
    party: Annotated[str, typer.Argument(help="Its name in the book.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonFlag = False,
) -> None:
    """Show one party."""
    with workshop(context).reading(home) as (_, application):
        found = application.state.records.lookup((Party, party))
    if found is None:
        raise Refused("query.no_record", f"there is no party {party!a}")
    value = msgspec.to_builtins(found)
    say([f"{name:10} {shown}" for name, shown in value.items()], value, as_json=as_json)
