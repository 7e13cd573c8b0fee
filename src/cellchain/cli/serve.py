"""``serve``: the pages and the API of a home; ``service``: how a machine keeps them running."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cellchain.cli.options import PassphraseOption, workshop
from cellchain.cli.output import JsonFlag, say

PORT = 8000


def attach(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    app.command("serve")(serve)
    app.command("service")(service)


def serve(
    context: typer.Context,
    home: Annotated[Path, typer.Argument(help="Home to serve.")] = Path(),
    port: Annotated[int, typer.Option(help="Port.", min=0, max=65535)] = PORT,
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    configuration: Annotated[
        Path | None, typer.Option("--config", help="TOML file; HOME/cellchain.toml without one.")
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open a browser.")] = False,
    passphrase_file: PassphraseOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Serve the pages and the API of a home until interrupted."""

    def ready(url: str) -> None:
        say([f"serving {home} at {url}"], {"home": str(home), "url": url}, as_json=as_json)
        if open_browser:
            typer.launch(url)

    workshop(context).serve(
        home,
        passphrase_file=passphrase_file,
        configuration=configuration,
        listen=(host, port),
        ready=ready,
    )


def service(
    home: Annotated[Path, typer.Argument(help="Home to serve.")] = Path(),
    user: Annotated[str, typer.Option(help="User who owns the home.")] = "cellchain",
    node: Annotated[bool, typer.Option("--node", help="Keep its node running instead.")] = False,
) -> None:
    """Print a systemd unit that serves a home, with no more rights than that takes."""
    program = Path(sys.argv[0]).absolute()
    verb = "node start" if node else "serve"
    typer.echo(UNIT.format(folder=home.absolute(), user=user, program=program, verb=verb), nl=False)


UNIT = """\
[Unit]
Description=cellchain, the shared book of every battery's life ({folder})
After=network-online.target
Wants=network-online.target

[Service]
User={user}
ExecStart={program} {verb} {folder}
Restart=on-failure
RestartSec=2
KillSignal=SIGTERM
TimeoutStopSec=30
ReadWritePaths={folder}
NoNewPrivileges=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectSystem=strict
ProtectHome=read-only
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictSUIDSGID=yes
LockPersonality=yes
UMask=0077
MemoryMax=2G

[Install]
WantedBy=multi-user.target
"""
