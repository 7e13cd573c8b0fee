"""``member``: who may sign in at this home's pages."""

from __future__ import annotations

from typing import Annotated

import typer

from cellchain.cli.options import DEFAULT_HOME, HomeOption, workshop
from cellchain.cli.output import JsonFlag, say

_member = typer.Typer(no_args_is_help=True, help="Who may sign in at this home's pages.")


def attach(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    app.add_typer(_member, name="member")


@_member.command()
def invite(
    context: typer.Context,
    member: Annotated[str, typer.Argument(help="Sign-in name, like ana@company.example.")],
    party: Annotated[str, typer.Option(help="Party in the book that the member belongs to.")],
    name: Annotated[str, typer.Option(help="Name for people.")] = "",
    duty: Annotated[
        list[str] | None, typer.Option(help="administrator, signer, reader; several times.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonFlag = False,
) -> None:
    """Add a member; print the path of the page where it chooses its password, once, in a week."""
    duties = duty or ["administrator", "reader", "signer"]
    path = workshop(context).invite(home, party, member, name or member, duties)
    say([path], {"member": member.lower(), "party": party, "path": path}, as_json=as_json)


@_member.command("list")
def list_members(
    context: typer.Context, home: HomeOption = DEFAULT_HOME, as_json: JsonFlag = False
) -> None:
    """List members, those who have left included."""
    found = workshop(context).members(home)
    say(
        [f"{m['member']:40} {m['party']:24} {' '.join(m['duties'])}" for m in found],
        {"members": found},
        as_json=as_json,
    )
