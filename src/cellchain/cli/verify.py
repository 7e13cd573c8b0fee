"""``verify``: check a proof with nothing but the file and what you trust."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.core.errors import Refused
from cellchain.core.time import parse_time
from cellchain.crypto.cosignature import parse_witness_keys
from cellchain.ledger.finality import TRUST_BYTES_MAX, parse_trust
from cellchain.ledger.witnessed import Witnesses
from cellchain.services.proofs import parse_proof, verify_proof

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.cli.ports import Workshop
    from cellchain.crypto.cosignature import WitnessKey
    from cellchain.services.proofs import Proof

FILE_BYTES_MAX = 16_000_000
_PIN = re.compile(r"[0-9]+:[0-9A-Fa-f]{64}")


def attach(app: typer.Typer) -> None:
    """Add the verb to ``app``."""
    app.command("verify")(verify)


def verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A proof, .html or .json.")],
    trust: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="What you trust: operator.pub, a header, genesis.json, the network.json of a"
            " consortium, or HEIGHT:HASH of one of its headers.",
        ),
    ],
    at: Annotated[
        str, typer.Option("--at", help="When you received it, RFC 3339, where that is long ago.")
    ] = "",
    witnesses: Annotated[
        int, typer.Option(help="How many of the named witnesses must have cosigned.", min=0)
    ] = 0,
    witness_key: Annotated[
        list[Path] | None, typer.Option(help="witness.pub of a witness that you trust.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Check a proof: exit 0 if it holds, 1 if not, 2 if it cannot be read."""
    shop = workshop(context)
    proof, believed = read_proof(shop, file), parse_trust(_trusted(trust))
    asked = asked_for(witnesses, witness_key or ())
    now_ms = parse_time(at) if at else shop.now_ms()
    verdict = verify_proof(proof, believed, asked, now_ms=now_ms)
    content = msgspec.json.format(msgspec.json.encode(verdict.content)).decode()
    say(
        [*verdict.sentences(), *([content] if verdict.content is not None else [])],
        {"proved": True, **msgspec.to_builtins(verdict)},
        as_json=as_json,
    )


def _trusted(trust: str) -> bytes:
    """Return what is trusted: the content of a file, or the text itself where it is no path."""
    if _PIN.fullmatch(trust):
        return trust.encode()
    with Path(trust).open("rb") as opened:
        return opened.read(TRUST_BYTES_MAX + 1)


def read_proof(shop: Workshop, file: Path) -> Proof:
    """Return the proof in a file, or inside the page that a file is.

    Raises:
        Refused: ``page.…``, ``proof.malformed``.
    """
    with file.open("rb") as opened:
        data = opened.read(FILE_BYTES_MAX)
    return parse_proof(data if data.startswith(b"{") else shop.proof_in_page(data))


def asked_for(required: int, files: Sequence[Path]) -> Witnesses:
    """Return the witnesses that the files name, and how many of them must have cosigned.

    Raises:
        Refused: ``cli.witnesses``: more than are named; ``note.key``.
    """
    keys: list[WitnessKey] = []
    for file in files:
        with file.open("rb") as opened:
            keys += parse_witness_keys(opened.read(TRUST_BYTES_MAX))
    if required > len({key.public_key for key in keys}):
        raise Refused(
            "cli.witnesses",
            f"{required} witnesses are asked for and {len(keys)} named",
            remedy="name the witness.pub of each with --witness-key",
        )
    return Witnesses(keys=tuple(keys), required=required)
