"""``rebuild``: the tables behind the pages, projected anew from the ledger."""

from __future__ import annotations

from typing import Annotated

import typer

from cellchain.cli.options import DEFAULT_HOME, HomeOption, workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.progress import progress


def attach(app: typer.Typer) -> None:
    """Add the verb to ``app``."""
    app.command("rebuild")(rebuild)


def rebuild(
    context: typer.Context,
    home: HomeOption = DEFAULT_HOME,
    views: Annotated[
        str,
        typer.Option(
            "--views",
            envvar="CELLCHAIN_VIEWS_URL",
            help="Database, as postgresql+psycopg://HOST/NAME; else as the home's settings say.",
        ),
    ] = "",
    as_json: JsonFlag = False,
) -> None:
    """Project every table anew, beside the old ones, which serve until the new ones are whole."""
    with progress("blocks", None, quiet=as_json) as bar:
        height, app_hash = workshop(context).rebuild_views(home, views, bar.of)
    say(
        [f"the views show block {height}, app hash {app_hash}"],
        {"height": height, "app_hash": app_hash},
        as_json=as_json,
    )
