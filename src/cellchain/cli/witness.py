"""``witness``: watch somebody's log, and cosign what continues what was cosigned before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer
from typer.core import TyperGroup

from cellchain.cli.options import PassphraseOption, workshop
from cellchain.cli.output import FALSE, JsonFlag, note, print_json, say
from cellchain.core.errors import Refused
from cellchain.core.time import format_time
from cellchain.crypto.note import parse_note, parse_verifier_key
from cellchain.ledger.finality import TRUST_BYTES_MAX
from cellchain.ledger.split_view import EVIDENCE_BYTES_MAX, check_split_view, parse_split_view

if TYPE_CHECKING:
    import click

    from cellchain.crypto.note import VerifierKey
    from cellchain.services.witnessing import Witnessing

DEFAULT_FOLDER = Path("cellchain-witness")
FolderOption = Annotated[
    Path, typer.Option(envvar="CELLCHAIN_WITNESS", help="Folder of the witness.")
]


class _FollowUnlessNamed(TyperGroup):
    """``cellchain witness URL`` is short for ``cellchain witness follow URL``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the usual verb in front where none is named."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["follow", *args]
        return super().parse_args(ctx, args)


_witness = typer.Typer(
    cls=_FollowUnlessNamed,
    no_args_is_help=True,
    help="Watch a log, and cosign what continues what was cosigned before.",
)


def attach(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    app.add_typer(_witness, name="witness")


@_witness.command()
def key(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What the witness is called: HOST/NAME.")],
    folder: FolderOption = DEFAULT_FOLDER,
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a witness: its folder, its key, and the line that others trust."""
    made = workshop(context).make_witness(folder, name, passphrase_file)
    say([str(made)], {"name": made.name, "key": str(made)}, as_json=as_json)


@_witness.command()
def follow(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="Where the log is served.")] = "",
    folder: FolderOption = DEFAULT_FOLDER,
    trust: Annotated[
        list[Path] | None,
        typer.Option(help="operator.pub of a log to watch, which its operator gave you."),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Look once instead of going on.")] = False,
    every: Annotated[float, typer.Option(help="Seconds between two looks.", min=1)] = 30,
    listen: Annotated[
        str, typer.Option(help="HOST:PORT, for logs that push their checkpoints.")
    ] = "",
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Follow a log: exit 1 if it does not continue what was cosigned."""
    if not url and (once or not listen):
        raise Refused("cli.witness", "name the URL of a log to follow, or --listen HOST:PORT")

    def told(what: str, values: dict[str, Any]) -> None:
        if as_json:
            print_json({"what": what, **values})
        else:
            say([" ".join([what, *map(str, values.values())])], {}, as_json=False)

    trusted = [_keys(path) for path in trust or ()]
    with workshop(context).witness(folder, trusted, passphrase_file) as work:
        if not once:
            work.run(url, every, _address(listen) if listen else None, told)
            return
        found = work.once(url)
        if found.not_taken:
            note(f"cosigned, and not handed back: {found.not_taken}", as_json=as_json)
        say([_sentence(found)], msgspec.to_builtins(found), as_json=as_json)


@_witness.command()
def status(
    context: typer.Context, folder: FolderOption = DEFAULT_FOLDER, as_json: JsonFlag = False
) -> int:
    """Say what was cosigned last of each log: exit 1 if one showed two histories."""
    logs, evidence = workshop(context).witness_status(folder)
    lines = [
        f"{log.operator.name}: {log.size} entries, {format_time(1000 * log.time_s)}" for log in logs
    ]
    lines += [f"two histories of {_origin(view.shown)}: see {folder}/evidence" for view in evidence]
    told = {"logs": msgspec.to_builtins(logs), "split_views": msgspec.to_builtins(evidence)}
    say(lines, told, as_json=as_json)
    return FALSE if evidence else 0


@_witness.command()
def judge(
    file: Annotated[Path, typer.Argument(help="Evidence that a witness kept.")],
    trust: Annotated[Path, typer.Option(help="operator.pub of the log.")],
    as_json: JsonFlag = False,
) -> None:
    """Check evidence of two histories: exit 0 if it shows them, 1 if not.

    Where a former key signed, it says so: a thief of that key could have made the evidence.
    """
    with file.open("rb") as opened:
        evidence = parse_split_view(opened.read(EVIDENCE_BYTES_MAX + 1))
    found = check_split_view(evidence, _keys(trust))
    sentences = found.sentences()
    told = {"split_view": True, "sentence": " ".join(sentences), **msgspec.to_builtins(found)}
    say(sentences, told, as_json=as_json)


def _sentence(found: Witnessing) -> str:
    return (
        f"cosigned {found.size} entries of {found.origin}, which continue the {found.continued}"
        " that were cosigned before"
    )


def _origin(text: str) -> str:
    return parse_note(text.encode()).text.partition("\n")[0]


def _keys(path: Path) -> list[VerifierKey]:
    """Return the keys in an ``operator.pub``, the one in force first."""
    with path.open("rb") as opened:
        lines = opened.read(TRUST_BYTES_MAX).decode(errors="replace").splitlines()
    keys = [parse_verifier_key(line.partition(" ")[0]) for line in lines if line]
    if len({key.name for key in keys}) != 1:
        raise Refused("trust.unreadable", f"{path} does not hold the keys of one log")
    return keys


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or len(port) > 5:  # noqa: PLR2004
        raise Refused("cli.listen", f"{listen[:60]!a} is not HOST:PORT")
    return host.strip("[]"), int(port)
