"""``node``: a home as one node of a network of validators."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellchain.cli.options import DEFAULT_HOME, HomeOption, workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.progress import progress
from cellchain.ledger.light import encode_trust

FolderArgument = Annotated[Path, typer.Argument(help="Home of the node.")]
PartyOption = Annotated[str, typer.Option("--party", help="Name of the party that runs it.")]
ListenOption = Annotated[
    str, typer.Option("--listen", help="Host and port for the other nodes; 0.0.0.0:26656 else.")
]
ExternalOption = Annotated[
    str, typer.Option("--external", help="Host and port under which the others reach it.")
]
MembersOption = Annotated[
    list[Path] | None,
    typer.Option("--member", help="What `node keys --json` of another node printed; repeatable."),
]
SyncFromOption = Annotated[
    list[str] | None,
    typer.Option("--sync-from", help="Light endpoint of a member, http://HOST:PORT; two or more."),
]
TrustOption = Annotated[
    str, typer.Option("--trust", help="Block to trust, HEIGHT:HASH, as `node status` says it.")
]

node = typer.Typer(help="One node of a network of validators.", no_args_is_help=True)


def attach(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    app.add_typer(node, name="node")


@node.command("install")
def install(context: typer.Context, as_json: JsonFlag = False) -> None:
    """Find CometBFT, or build the pinned version with Go; a minute and a half."""
    path = workshop(context).install_node()
    say([f"CometBFT is at {path}"], {"path": str(path)}, as_json=as_json)


@node.command("network")
def network(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    validators: Annotated[int, typer.Option(help="Organisations, each with a node.")] = 4,
    chain_id: Annotated[str, typer.Option(help="Name of the chain, lower-case.")] = "consortium",
    first_port: Annotated[
        int, typer.Option(help="Port of the first node; the others ten apart.", min=1, max=65_000)
    ] = 26_656,
    at: Annotated[
        str,
        typer.Option(
            "--at",
            help="Host and port of each, {} for its name, where they run elsewhere.",
        ),
    ] = "",
    start_it: Annotated[bool, typer.Option("--start/--no-start", help="Keep them running.")] = True,
    as_json: JsonFlag = False,
) -> None:
    """Make a network of organisations on this machine, and keep its nodes running."""
    shop = workshop(context)
    there = sorted(one.parent for one in folder.glob("*/home.json"))
    homes = there or shop.node_network(folder, validators, chain_id, first_port, at)
    say(
        [f"{len(homes)} nodes in {folder}", *(f"  cellchain serve {home}" for home in homes)],
        {"homes": [str(home) for home in homes]},
        as_json=as_json,
    )
    if start_it:
        raise typer.Exit(shop.node_start(homes, _told))


@node.command("keys")
def keys(
    context: typer.Context,
    folder: FolderArgument,
    party: PartyOption,
    listen: ListenOption = "",
    external: ExternalOption = "",
    ledger: Annotated[
        Path | None, typer.Option("--from", help="Make the home from this .ledger file.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make what a node votes with, and print what the other members need to know of it."""
    own = workshop(context).node_keys(folder, party, listen, external, ledger)
    say(
        [f"{name:11} {value}" for name, value in own.items()],
        own,
        as_json=as_json,
    )


@node.command("founding")
def founding(
    context: typer.Context,
    folder: FolderArgument,
    party: PartyOption,
    out: Annotated[Path, typer.Option("--out", help="File to write: for `cellchain send`.")],
    member: MembersOption = None,
    listen: ListenOption = "",
    external: ExternalOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Write the message by which members vote from now on, each with one seat and one validator.

    Sent before `node init`, it makes the validators a matter of votes.
    """
    shop = workshop(context)
    shop.write_file(out, shop.node_founding(folder, party, member or [], listen, external))
    say(
        [f"{out}: look at it, then send it: cellchain send {out} --home {folder}"],
        {"file": str(out)},
        as_json=as_json,
    )


@node.command("rotate")
def rotate(
    context: typer.Context,
    folder: FolderArgument,
    party: PartyOption,
    as_json: JsonFlag = False,
) -> None:
    """Make the next key that a node votes with, and print the action that the members vote on."""
    action = workshop(context).node_next_key(folder, party)
    say(
        [
            f"{one['key']}  {'votes no longer' if not one['power'] else 'votes from then on'}"
            for one in action["changes"]
        ],
        action,
        as_json=as_json,
    )


@node.command("init")
def init(
    context: typer.Context,
    folder: FolderArgument,
    party: PartyOption,
    member: MembersOption = None,
    listen: ListenOption = "",
    external: ExternalOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Let a solo home go on as the first node of a network. There is no way back."""
    shop = workshop(context)
    genesis = shop.node_init(folder, party, member or [], listen, external)
    say(
        [
            f"the network's genesis is {genesis}: the others need it,",
            f"and the ledger it goes on from: cellchain export ledger --home {folder} --out FILE",
            f"start the node with: cellchain node start {folder}",
        ],
        {"network": str(genesis)},
        as_json=as_json,
    )


@node.command("join")
def join(  # what one is handed
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A new folder, or the home of the node's keys.")],
    network_file: Annotated[Path, typer.Option("--network", help="Genesis of the network.")],
    party: PartyOption,
    ledger: Annotated[
        Path | None, typer.Option("--from", help="The .ledger file it goes on from, replayed.")
    ] = None,
    genesis: Annotated[
        Path | None,
        typer.Option("--genesis", help="Instead: genesis.json of a member, and a snapshot."),
    ] = None,
    sync_from: SyncFromOption = None,
    trust: TrustOption = "",
    member: MembersOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a home a node of a network that somebody else began: replayed, or from a snapshot."""
    shop = workshop(context)
    if ledger is not None and genesis is None:
        own = shop.node_join(folder, network_file, ledger, party, member or [])
    elif genesis is not None and ledger is None:
        own = shop.node_join_from_snapshot(
            folder, network_file, genesis, party, member or [], sync_from or [], trust
        )
    else:
        raise typer.BadParameter(
            "either --from FILE.ledger, or --genesis with --sync-from, --trust"
        )
    say(
        [f"{folder} takes part as {own['node']}", f"start it: cellchain node start {folder}"],
        own,
        as_json=as_json,
    )


@node.command("sync")
def sync(
    context: typer.Context,
    folder: FolderArgument,
    sync_from: SyncFromOption = None,
    trust: TrustOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Let a node that is too far behind begin anew from a snapshot; its own blocks go."""
    workshop(context).node_sync(folder, sync_from or [], trust)
    say(
        [f"{folder} begins from a snapshot: cellchain node start {folder}"],
        {"home": str(folder)},
        as_json=as_json,
    )


@node.command("history")
def history(
    context: typer.Context,
    ledger: Annotated[Path, typer.Argument(help="A .ledger file of a home that keeps all blocks.")],
    folder: HomeOption = DEFAULT_HOME,
    as_json: JsonFlag = False,
) -> None:
    """Bring back the blocks that a home does not keep; its node has to stand still."""
    with progress("history", None, quiet=as_json) as step:
        first = workshop(context).node_history(folder, ledger, step.to)
    say([f"{first} blocks are back"], {"blocks": first}, as_json=as_json)


@node.command("start")
def start(context: typer.Context, folder: FolderArgument = Path()) -> None:
    """Keep a node running, application and CometBFT as one, until interrupted."""
    raise typer.Exit(workshop(context).node_start([folder], _told))


@node.command("run", hidden=True)
def run(context: typer.Context, folder: FolderArgument = Path()) -> None:
    """Run a node once, until interrupted or until one of the two ends."""
    workshop(context).node_run(folder, lambda: _told(f"{folder.absolute().name}: runs"))


@node.command("header")
def header(
    context: typer.Context,
    height: Annotated[
        int | None, typer.Argument(min=1, help="By the network's own count; the last one else.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="File to write, .json.")] = Path("header.json"),
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonFlag = False,
) -> None:
    """Write a header of the network with its votes, for whoever wants to trust it."""
    shop = workshop(context)
    pinned = shop.node_header(home, height)
    shop.write_file(out, encode_trust(pinned))
    block = pinned.block
    told = {"height": block.height, "hash": block.header.hash.hex(), "file": str(out)}
    say(
        [
            f"{out}: header {block.height} of {block.header.chain}",
            f"it can be trusted by its hash too: --trust {block.height}:{told['hash']}",
        ],
        told,
        as_json=as_json,
    )


@node.command("status")
def status(
    context: typer.Context, folder: FolderArgument = Path(), as_json: JsonFlag = False
) -> None:
    """Say how a node stands: height, peers, what it votes with."""
    stands = workshop(context).node_status(folder)
    say(
        [f"{name.replace('_', ' '):13} {value}" for name, value in stands.items()],
        stands,
        as_json=as_json,
    )


def _told(text: str) -> None:
    typer.echo(text)
