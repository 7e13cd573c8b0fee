"""``demo``: a small consortium's story, from mine to recycler, ending with a proof to open."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, print_json
from cellchain.cli.serve import PORT
from cellchain.core.canonical import INTEGER_MAX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from cellchain.cli.ports import DemoTold, Workshop
    from cellchain.services.demo import Chapter

WIDTH_MAX = 88
BATTERIES_MAX = 10_000


def attach(app: typer.Typer) -> None:
    """Add the verb to ``app``."""
    app.command("demo")(demo)


def demo(
    context: typer.Context,
    batteries: Annotated[
        int, typer.Option(help="How many batteries.", min=1, max=BATTERIES_MAX)
    ] = 200,
    seed: Annotated[
        int, typer.Option(help="The same seed tells the same story.", min=0, max=INTEGER_MAX)
    ] = 1,
    home: Annotated[
        Path, typer.Option("--home", help="Folder of the demo home; an older one is replaced.")
    ] = Path("demo"),
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve its pages when it is told.")
    ] = True,
    port: Annotated[int, typer.Option(help="Port of the pages.", min=0, max=65535)] = PORT,
    open_browser: Annotated[bool, typer.Option("--open", help="Open a browser.")] = False,
    consortium: Annotated[
        bool, typer.Option("--consortium", help="Let four companies carry it on as validators.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Tell a small consortium's story, from ore to recycled metal; all of it is simulated.

    With --json only the story is told, for programs; nothing is served. With --consortium the home
    is a folder of four homes, whose nodes run until it is interrupted.
    """
    shop = workshop(context)
    if as_json:
        told = shop.demo(home, batteries=batteries, seed=seed, listener=lambda _: None)
        print_json(msgspec.to_builtins(told))
        return
    first = home / "operator" if consortium else home
    _tell_all(shop, first, batteries=batteries, seed=seed)
    with _carried_on(shop, home) if consortium else nullcontext():
        if serve:
            shop.serve(
                first,
                passphrase_file=None,
                configuration=None,
                listen=("127.0.0.1", port),
                ready=_inviter(open_browser=open_browser),
            )


@contextmanager
def _carried_on(shop: Workshop, folder: Path) -> Iterator[None]:
    """Keep the validators of four companies running meanwhile, and tell what they do."""
    typer.echo("Four of its companies carry the ledger on, each with a validator of its own.")
    with shop.demo_network(folder) as told:
        for height, what in told.done:
            typer.echo(f"  block {height}: {what}, through its own node")
        typer.echo(
            f"Who votes on what: /governance. What a stranger trusts: {told.network}\n"
            f"  cellchain node status {folder / 'operator'}\n"
            f"  cellchain prove record custody.custody {told.battery}"
            f" --home {folder / 'operator'} --out it.html\n"
            f"  cellchain verify it.html --trust {told.network}\n"
        )
        yield


def _inviter(*, open_browser: bool) -> Callable[[str], None]:
    """Return a function that says where the pages are."""

    def invite(url: str) -> None:
        typer.echo(
            f"Its pages are open at\n\n  {url}\n\nand for programs, for example\n\n"
            f"  curl {url}/api/v1/head\n\nCtrl-C ends it; `cellchain serve` opens it again."
        )
        if open_browser:
            typer.launch(url)

    return invite


def _tell_all(shop: Workshop, home: Path, *, batteries: int, seed: int) -> None:
    from rich.console import Console  # noqa: PLC0415  # slow to import

    console = Console(highlight=False, soft_wrap=False)
    console.width = min(console.width, WIDTH_MAX)
    console.print(f"\n[bold]The life of {batteries:,} batteries[/], simulated, seed {seed}")
    told = shop.demo(home, batteries=batteries, seed=seed, listener=_teller(console))
    _end(console, told)


def _teller(console: Console) -> Callable[[Chapter], None]:
    """Return a function that tells each chapter when it has happened."""
    number = 0

    def tell(chapter: Chapter) -> None:
        nonlocal number
        number += 1
        _tell(console, number, chapter)

    return tell


def _tell(console: Console, number: int, chapter: Chapter) -> None:
    from rich.markup import escape  # noqa: PLC0415
    from rich.padding import Padding  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    first, last = chapter.blocks
    console.print(
        f"\n[bold cyan]{number:2}  {chapter.title}[/]  [dim]{chapter.party}, {chapter.day}[/]"
    )
    console.print(Padding(chapter.text, (0, 0, 0, 4)))
    table = Table.grid(padding=(0, 2))
    for name, value in chapter.figures:
        table.add_row(f"[dim]{name}[/]", escape(value))
    blocks = f"block {last}" if first == last else f"blocks {first} to {last}"
    table.add_row("[dim]ledger[/]", f"{blocks}, app hash {chapter.app_hash[:16]}…")
    console.print(Padding(table, (0, 0, 0, 4)))
    for what, code, text in chapter.refusals:
        told = f"[yellow]refused[/] {what}: [yellow]{code}[/]\n[dim]{escape(text)}[/]"
        console.print(Padding(told, (0, 0, 0, 4)))


def _end(console: Console, told: DemoTold) -> None:
    console.print(
        f"\n[bold]The ledger[/] holds {told.records:,} records, made by {told.transactions:,}"
        f" signed transactions in {told.height:,} blocks, {told.refused} of them refused;"
        f" {told.seconds:.1f} s"
    )
    for line in (
        f"first app hash  {told.first_app_hash}",
        f"last app hash   {told.app_hash}",
        "",
        "A simulated reading of one of the batteries, proved. Open it, no network needed:",
        f"  {told.proof}",
        "or check it as a stranger would:",
        f"  cellchain verify {told.proof} --trust {told.trust}",
        "",
    ):
        console.print(line, soft_wrap=True, markup=False)
