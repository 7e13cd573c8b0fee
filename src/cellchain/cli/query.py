"""``query``: look at a home as of its last block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from cellchain.cli.options import DEFAULT_HOME, HomeOption, workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.prove import record_kind
from cellchain.core.errors import Refused
from cellchain.core.names import parse_battery_id
from cellchain.core.time import format_time, parse_time
from cellchain.ledger.keeping import first_kept
from cellchain.ledger.replay import stored_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.application import Application

LIMIT = 100
LAST_TIME = "9999-12-31T23:59:59Z"
_query = typer.Typer(no_args_is_help=True, help="Look at a home as of its last block.")
LimitOption = Annotated[int, typer.Option(min=1, max=100_000, help="Most lines to show.")]


def attach(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    app.add_typer(_query, name="query")


@_query.command()
def head(
    context: typer.Context, home: HomeOption = DEFAULT_HOME, as_json: JsonFlag = False
) -> None:
    """Show where the chain stands."""
    with workshop(context).reading(home) as (opened, application):
        now = application.state.head
        value = {
            "chain": opened.genesis.chain,
            "height": now.height,
            "time": format_time(now.time_ms),
            "app_hash": now.app_hash.hex(),
            "log_size": now.log_size,
            "records": now.record_count,
            "contracts": list(application.parameters.contracts),
        }
    say(
        [f"{name.replace('_', ' '):10} {shown}" for name, shown in value.items()],
        value,
        as_json=as_json,
    )


@_query.command()
def record(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="Kind of record, for example custody.custody.")],
    subject: Annotated[str, typer.Argument(help="What it is about, for example a battery.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonFlag = False,
) -> None:
    """Show one record."""
    with workshop(context).reading(home) as (_, application):
        found = application.state.records.lookup((record_kind(application, kind), subject))
    if found is None:
        raise Refused("query.no_record", f"there is no record {kind} of {subject!a}")
    say([_pretty(found)], msgspec.to_builtins(found), as_json=as_json)


@_query.command()
def records(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="Kind of record; without one, the kinds.")] = "",
    home: HomeOption = DEFAULT_HOME,
    limit: LimitOption = LIMIT,
    as_json: JsonFlag = False,
) -> None:
    """List the records of a kind, or the kinds."""
    with workshop(context).reading(home) as (_, application):
        if not kind:
            kinds = sorted(application.state.records.kinds)
            say(kinds, {"kinds": kinds}, as_json=as_json)
            return
        found = application.state.records.scan(record_kind(application, kind))
        rows = [(subject, r) for (subject, r), _ in zip(found, range(limit), strict=False)]
    say(
        [f"{subject}  {_line(r)}" for subject, r in rows],
        {"records": [{"subject": s, **msgspec.to_builtins(r)} for s, r in rows]},
        as_json=as_json,
    )


@_query.command()
def events(
    context: typer.Context,
    about: Annotated[
        str, typer.Option(help="Only entries that mention this, e.g. a battery.")
    ] = "",
    kind: Annotated[str, typer.Option(help="Only entries of this kind, e.g. custody.")] = "",
    home: HomeOption = DEFAULT_HOME,
    limit: LimitOption = LIMIT,
    as_json: JsonFlag = False,
) -> None:
    """List log entries with their positions, oldest first."""
    with workshop(context).reading(home) as (_, application):
        found = _entries(application, about, kind)
        rows = [row for row, _ in zip(found, range(limit), strict=False)]
        first = first_kept(application.state.store)
    older = [f"blocks before {first} are not kept here"] if first else []
    say(
        [*older, *(f"{r['position']:>8}  {r['time']}  {_line(r['entry'])}" for r in rows)],
        {"events": rows, **({"blocks_from": first} if first else {})},
        as_json=as_json,
    )


@_query.command()
def readings(
    context: typer.Context,
    battery: Annotated[str, typer.Option(help="Battery, 01/GTIN/21/SERIAL.")],
    start: Annotated[str, typer.Option("--from", help="RFC 3339.")] = "1970-01-01T00:00:00Z",
    end: Annotated[str, typer.Option("--until", help="RFC 3339, no longer included.")] = LAST_TIME,
    channel: Annotated[list[str] | None, typer.Option(help="Channel; several times.")] = None,
    home: HomeOption = DEFAULT_HOME,
    limit: LimitOption = LIMIT,
    as_json: JsonFlag = False,
) -> None:
    """List readings by time, in whole smallest units."""
    span = parse_time(start), parse_time(end)
    names, found = workshop(context).readings(home, parse_battery_id(battery), span, channel or ())
    rows = [dict(zip(names, row, strict=True)) for row, _ in zip(found, range(limit), strict=False)]
    shown = [{**row, "time": format_time(int(str(row["time_ms"])))} for row in rows]
    say([_line(row) for row in shown], {"readings": shown}, as_json=as_json)


def _entries(application: Application, about: str, kind: str) -> Iterator[dict[str, Any]]:
    store = application.state.store
    kept = stored_blocks(store, application.state.head.height, max(1, first_kept(store)))
    needle, prefix = about.encode(), f'"kind":"{kind}'.encode()
    for block in kept:
        for offset, entry in enumerate(block.entries):
            if needle in entry and prefix in entry:
                yield {
                    "position": block.log_start + offset,
                    "height": block.height,
                    "time": format_time(block.time_ms),
                    "entry": msgspec.json.decode(entry),
                }


def _pretty(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value)).decode()


def _line(value: object) -> str:
    return msgspec.json.encode(value, order="sorted").decode()
