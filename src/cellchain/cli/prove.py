"""``prove``: cut a proof that a stranger checks offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cellchain.cli.options import DEFAULT_HOME, HomeOption, PassphraseOption, workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.verify import read_proof
from cellchain.core.errors import Refused
from cellchain.core.names import parse_battery_id, parse_digest
from cellchain.ledger.light import ConsortiumFinality
from cellchain.services.cosigned import cosigning
from cellchain.services.gateway.request import ReadingWanted
from cellchain.services.proofs import (
    Proof,
    event_proof,
    receipt_proof,
    record_proof,
)

if TYPE_CHECKING:
    from cellchain.cli.ports import Workshop
    from cellchain.ledger.application import Application
    from cellchain.ledger.contract import Record

OutOption = Annotated[
    Path, typer.Option("--out", help="File to write: .html checks itself, .json is for programs.")
]
SinceOption = Annotated[
    int | None,
    typer.Option(
        "--since", min=1, help="In a network: the header where the verifier's trust begins."
    ),
]
_prove = typer.Typer(no_args_is_help=True, help="Cut a proof that a stranger checks offline.")


def attach(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    app.add_typer(_prove, name="prove")


@_prove.command()
def record(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="Kind of record, for example custody.custody.")],
    subject: Annotated[str, typer.Argument(help="What it is about, for example a battery.")],
    out: OutOption,
    home: HomeOption = DEFAULT_HOME,
    since: SinceOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Prove a record as it stands now."""
    shop = workshop(context)
    proof = _cut_record(shop, kind, subject, home, present=True)
    write_proof(shop, home, proof, out, since=since, as_json=as_json)


@_prove.command()
def absence(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="Kind of record, for example custody.custody.")],
    subject: Annotated[str, typer.Argument(help="What it would be about.")],
    out: OutOption,
    home: HomeOption = DEFAULT_HOME,
    since: SinceOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Prove that there is no such record now."""
    shop = workshop(context)
    proof = _cut_record(shop, kind, subject, home, present=False)
    write_proof(shop, home, proof, out, since=since, as_json=as_json)


@_prove.command()
def event(
    context: typer.Context,
    position: Annotated[int, typer.Argument(help="Position in the log: `cellchain query events`.")],
    out: OutOption,
    home: HomeOption = DEFAULT_HOME,
    since: SinceOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Prove that something happened, and in which block."""
    shop = workshop(context)
    with shop.reading(home) as (_, application):
        proof = event_proof(application.state, position)
    write_proof(shop, home, proof, out, since=since, as_json=as_json)


@_prove.command()
def receipt(
    context: typer.Context,
    transaction: Annotated[str, typer.Argument(help="Transaction id, 64 hexadecimal digits.")],
    out: OutOption,
    home: HomeOption = DEFAULT_HOME,
    since: SinceOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Prove what became of a transaction."""
    shop = workshop(context)
    with shop.reading(home) as (_, application):
        proof = receipt_proof(application.state, bytes.fromhex(parse_digest(transaction)))
    write_proof(shop, home, proof, out, since=since, as_json=as_json)


@_prove.command()
def reading(
    context: typer.Context,
    battery: Annotated[str, typer.Option(help="Battery, 01/GTIN/21/SERIAL.")],
    time: Annotated[
        str, typer.Option(help="RFC 3339; without decimals, any reading within that second.")
    ],
    out: OutOption,
    row: Annotated[
        int | None, typer.Option(help="Which row, where several share the time.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    since: SinceOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Prove a telemetry reading, unit by unit, from the anchored window it is in."""
    shop = workshop(context)
    wanted = ReadingWanted(battery=parse_battery_id(battery), time=time, row=row)
    proof = shop.reading_proof(home, passphrase_file, wanted)
    write_proof(shop, home, proof, out, since=since, as_json=as_json)


@_prove.command()
def cosigned(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A proof of this home, .html or .json.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write instead of the same.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonFlag = False,
) -> None:
    """Add to a proof what witnesses have cosigned since it was cut."""
    shop = workshop(context)
    completed = shop.with_cosignatures(home, read_proof(shop, file))
    if not completed.witnessed:
        raise Refused(
            "proof.not_cosigned",
            "no witness of this home has cosigned a log that covers this proof",
            remedy="wait for the next block and the next cosignature: cellchain doctor",
        )
    write_proof(shop, home, completed, out or file, since=None, as_json=as_json)


def write_proof(
    shop: Workshop, folder: Path, cut: Proof, out: Path, *, since: int | None, as_json: bool
) -> None:
    """Write a proof that was cut from a home in the form that the name of ``out`` asks for."""
    if out.suffix not in (".html", ".json"):
        raise Refused("cli.suffix", f"{out.name} is neither .html nor .json")
    home = shop.home(folder)
    proof, page_trust = shop.vouched(folder, shop.with_cosignatures(folder, cut), since)
    data, witnesses = proof.to_bytes(), shop.witnesses(folder)
    if out.suffix == ".html":
        data = shop.proof_page(data, page_trust, cosigning(proof, witnesses))
    shop.write_file(out, data)
    height, trust = proof.height, home.trust_path
    if isinstance(proof.finality, ConsortiumFinality):
        trust = shop.network_path(folder)
    say(
        [
            f"{out}: {len(data):,} bytes, as of block {height}",
            f"check it with: cellchain verify {out} --trust {trust}",
            *_later(out, uncovered=bool(witnesses) and not proof.witnessed),
        ],
        {
            "file": str(out),
            "bytes": len(data),
            "height": height,
            "cosigned_checkpoints": len(proof.witnessed),
        },
        as_json=as_json,
    )


def _later(out: Path, *, uncovered: bool) -> list[str]:
    """Say how the cosignatures that are not there yet come into the proof."""
    return [f"not cosigned yet; later: cellchain prove cosigned {out}"] if uncovered else []


def record_kind(application: Application, kind: str) -> type[Record]:
    """Return the sort of record called ``kind``, with or without its version.

    Raises:
        Refused: ``cli.kind``.
    """
    kinds = application.state.records.kinds
    for name, found in kinds.items():
        if kind in (name, name.partition("/")[0]):
            return found
    raise Refused(
        "cli.kind", f"no record is called {kind!r}", remedy=f"there are: {', '.join(kinds)}"
    )


def _cut_record(shop: Workshop, kind: str, subject: str, home: Path, *, present: bool) -> Proof:
    with shop.reading(home) as (_, application):
        sort = record_kind(application, kind)
        there = application.state.records.lookup((sort, subject)) is not None
        if there != present:
            what = "is a" if there else "is no"
            raise Refused("proof.not_so", f"there {what} record {kind} of {subject}")
        return record_proof(application.state, sort, subject)
