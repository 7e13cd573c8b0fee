"""``edge``: a device on this machine, with its own key and outbox, that delivers to a gateway."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from cellchain.cli.options import AsOption, PassphraseOption, workshop
from cellchain.cli.output import UNAVAILABLE, JsonFlag, say
from cellchain.core.errors import Refused
from cellchain.core.names import parse_battery_id, parse_device_id, parse_key_id

if TYPE_CHECKING:
    from cellchain.services.edge.request import Recorded

_edge = typer.Typer(no_args_is_help=True, help="A device that records, and delivers to a gateway.")
ROWS = 100
FolderArgument = Annotated[Path, typer.Argument(help="Folder of the device.")]
ToOption = Annotated[
    str, typer.Option("--to", help="Gateway: where a home is served, http://localhost:8000.")
]
GatewayOption = Annotated[
    str, typer.Option(help="Key whose receipts count from now on; else that of the first gateway.")
]
WaitOption = Annotated[
    float, typer.Option(help="Seconds to keep trying while nobody answers.", min=0)
]


def attach(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    app.add_typer(_edge, name="edge")


@_edge.command()
def register(
    context: typer.Context,
    folder: FolderArgument,
    device: Annotated[str, typer.Option(help="Name of the device.")],
    battery: Annotated[str, typer.Option(help="Battery it measures, 01/GTIN/21/SERIAL.")],
    home: Annotated[
        Path | None,
        typer.Option(help="Home to register it from; without one only its key is made."),
    ] = None,
    sender: AsOption = "operator",
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a device with a key of its own; register it on the ledger. A server may run."""
    names = parse_device_id(device), parse_battery_id(battery)
    made = workshop(context).edge_register(
        folder, *names, home=home, sender=sender, passphrase_file=passphrase_file
    )
    lines = [*[f"registered {what}" for what in made.registered], f"{device}: key {made.key}"]
    say(lines, msgspec.to_builtins(made), as_json=as_json)


@_edge.command()
def record(
    context: typer.Context,
    folder: FolderArgument,
    file: Annotated[Path, typer.Argument(help="CSV file, zip archive with one, or - for stdin.")],
    mapping: Annotated[
        str,
        typer.Option("--format", help="A shipped mapping (ev-field, cellchain) or a TOML file."),
    ] = "cellchain",
    zone: Annotated[str, typer.Option(help="Time zone, instead of the mapping's.")] = "",
    boot: Annotated[str, typer.Option(help="Name of the boot; by default the file's.")] = "",
    pace: Annotated[str, typer.Option(help="1x as measured, 10x, … or max.")] = "max",
    rows: Annotated[int, typer.Option(help="Readings of a bundle.", min=1, max=10_000)] = ROWS,
    to: ToOption = "",
    gateway: GatewayOption = "",
    wait: WaitOption = 0,
    as_json: JsonFlag = False,
) -> None:
    """Replay a table as the device would measure it, on from where the last time ended.

    With --to it delivers meanwhile; while the gateway is away it goes on recording.
    """
    key = parse_key_id(gateway) if gateway else None
    with workshop(context).edge(folder, to, key) as device:
        device.record(
            None if str(file) == "-" else file,
            mapping=mapping,
            zone=zone,
            boot=boot,
            pace=parse_pace(pace),
            rows_max=rows,
        )
        device.deliver(wait_s=wait)
        _tell(device.told(), delivering=bool(to), as_json=as_json)


@_edge.command()
def deliver(
    context: typer.Context,
    folder: FolderArgument,
    to: ToOption,
    gateway: GatewayOption = "",
    wait: WaitOption = 0,
    as_json: JsonFlag = False,
) -> None:
    """Deliver what waits; exit 3 if something still does."""
    key = parse_key_id(gateway) if gateway else None
    with workshop(context).edge(folder, to, key) as device:
        device.deliver(wait_s=wait)
        _tell(device.told(), delivering=True, as_json=as_json)


@_edge.command()
def status(context: typer.Context, folder: FolderArgument, as_json: JsonFlag = False) -> None:
    """Show what is recorded, acknowledged and waiting; exit 4 if a reading was lost."""
    with workshop(context).edge(folder, "", None) as device:
        boots, proved = device.status()
    lines = [
        f"{one.boot}: {one.readings:,} readings, {one.acknowledged:,} acknowledged, "
        f"{one.waiting} of {one.bundles} bundles wait"
        for one in boots
    ]
    lines.append(
        "nothing was lost: every number is here, signed, or in a receipt of the gateway"
        if proved
        else "no gateway has answered yet"
    )
    value = {"boots": [msgspec.to_builtins(one) for one in boots], "complete": proved}
    say(lines, value, as_json=as_json)


def parse_pace(text: str) -> float:
    """Return how many times faster than measured; 0 for ``max``.

    Raises:
        Refused: ``cli.pace``.
    """
    if text == "max":
        return 0
    number = text.removesuffix("x")
    try:
        pace = float(number)
    except ValueError:
        pace = 0
    if not 0.01 <= pace <= 1e6:  # noqa: PLR2004
        raise Refused("cli.pace", f"{text[:20]!a} is no pace", remedy="10x, or max")
    return pace


def _tell(done: Recorded, *, delivering: bool, as_json: bool) -> None:
    lines = [f"{done.readings:,} readings recorded, {done.rejected:,} rows rejected"]
    if delivering:
        lines.append(f"{done.delivered} bundles delivered, {done.waiting} wait")
    if done.waiting and done.reason:
        lines.append(done.reason)
    say(lines, msgspec.to_builtins(done), as_json=as_json)
    if delivering and done.waiting:
        raise typer.Exit(UNAVAILABLE)
