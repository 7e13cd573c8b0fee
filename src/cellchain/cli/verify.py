"""``verify``: check a proof with nothing but the file and what you trust."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.core.errors import Refused
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


def attach(app: typer.Typer) -> None:
    """Add the verb to ``app``."""
    app.command("verify")(verify)


def verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A proof, .html or .json.")],
    trust: Annotated[
        Path, typer.Option(help="What you trust: operator.pub, a header, or genesis.json.")
    ],
    witnesses: Annotated[
        int, typer.Option(help="How many of the named witnesses must have cosigned.", min=0)
    ] = 0,
    witness_key: Annotated[
        list[Path] | None, typer.Option(help="witness.pub of a witness that you trust.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Check a proof: exit 0 if it holds, 1 if not, 2 if it cannot be read."""
    proof = read_proof(workshop(context), file)
    with trust.open("rb") as opened:
        believed = parse_trust(opened.read(TRUST_BYTES_MAX + 1))
    verdict = verify_proof(proof, believed, asked_for(witnesses, witness_key or ()))
    content = msgspec.json.format(msgspec.json.encode(verdict.content)).decode()
    say(
        [*verdict.sentences(), *([content] if verdict.content is not None else [])],
        {"proved": True, **msgspec.to_builtins(verdict)},
        as_json=as_json,
    )


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
