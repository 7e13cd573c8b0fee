"""``import``: readings from a file become anchored windows."""

from __future__ import annotations

from pathlib import Path
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
from cellchain.cli.progress import progress
from cellchain.core.names import parse_battery_id, parse_device_id
from cellchain.services.gateway.request import TelemetryImport

_import = typer.Typer(no_args_is_help=True, help="Bring data in from files.")


def attach(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    app.add_typer(_import, name="import")


@_import.callback()
def _group() -> None:
    """Bring data in from files."""


@_import.command()
def telemetry(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A CSV file, or a zip archive with one.")],
    battery: Annotated[str, typer.Option(help="Battery, 01/GTIN/21/SERIAL.")],
    mapping: Annotated[
        str,
        typer.Option("--format", help="A shipped mapping (ev-field, cellchain) or a TOML file."),
    ] = "cellchain",
    device: Annotated[str, typer.Option(help="Device; by default one made for the battery.")] = "",
    zone: Annotated[str, typer.Option(help="Time zone, instead of the mapping's.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and count, write nothing.")
    ] = False,
    sender: AsOption = "operator",
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Anchor the readings of a file; what an earlier import took is not taken again."""
    asked = TelemetryImport(
        file=file,
        battery=parse_battery_id(battery),
        mapping=mapping,
        device=parse_device_id(device) if device else None,
        zone=zone,
        dry_run=dry_run,
        sender=sender,
    )
    with progress(f"import {file.name}", None, quiet=as_json) as step:
        done = workshop(context).import_telemetry(home, passphrase_file, asked, step.of)
    verb = "would be taken" if dry_run else "taken"
    lines = [
        *[f"registered {what}" for what in done.registered],
        f"{done.rows:,} rows {verb}, {done.already:,} were there, {done.rejected:,} rejected",
        f"{done.windows} windows anchored" + (f", {done.resumed} resumed" if done.resumed else ""),
    ]
    if done.rejected and not dry_run:
        lines.append(f"rejected rows: {done.rejects_file}")
    say(
        lines,
        {
            "registered": done.registered,
            "rows": done.rows,
            "already": done.already,
            "rejected": done.rejected,
            "windows": done.windows,
            "resumed": done.resumed,
            "rejects_file": str(done.rejects_file),
        },
        as_json=as_json,
    )
