"""``verify``: check a proof with nothing but the file and what you trust."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.ledger.finality import TRUST_BYTES_MAX, parse_trust
from cellchain.services.proofs import parse_proof, verify_proof

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
    as_json: JsonFlag = False,
) -> None:
    """Check a proof: exit 0 if it holds, 1 if not, 2 if it cannot be read."""
    with file.open("rb") as opened:
        data = opened.read(FILE_BYTES_MAX)
    if not data.startswith(b"{"):
        data = workshop(context).proof_in_page(data)
    with trust.open("rb") as opened:
        believed = parse_trust(opened.read(TRUST_BYTES_MAX + 1))
    verdict = verify_proof(parse_proof(data), believed)
    content = msgspec.json.format(msgspec.json.encode(verdict.content)).decode()
    say(
        [*verdict.sentences(), *([content] if verdict.content is not None else [])],
        {"proved": True, **msgspec.to_builtins(verdict)},
        as_json=as_json,
    )
