"""``tax explain``: how an answer came about, step by step, with every number of its rules."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.tables import (
    MapOption,
    OutOption,
    SourceOption,
    TemplateFlag,
    check_apart,
    needed,
    write_template,
)
from cellchain.cli.tax import tax
from cellchain.cli.tax.effective import OnOption
from cellchain.core.errors import Refused


@tax.command()
def explain(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    on: OnOption = "",
    firm: Annotated[str, typer.Option("--firm", help="Only of this one.")] = "",
    period: Annotated[
        str, typer.Option("--period", help="Only of this month, quarter or year.")
    ] = "",
    regime: Annotated[str, typer.Option("--regime", help="Only under this one.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="Only this kind of tax.")] = "",
    rule: Annotated[str, typer.Option("--rule", help="Only by rules that begin so.")] = "",
    mapping: MapOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Write each step of an answer, its law and every parameter: .json, or .md for people."""
    from cellchain.services.tax import told  # noqa: PLC0415
    from cellchain.services.tax.days import day_asked  # noqa: PLC0415
    from cellchain.services.tax.explained import Narrowed, explained, spoken  # noqa: PLC0415

    shop = workshop(context)
    if template:
        write_template(shop, out, told.COLUMNS, as_json=as_json)
        return
    if out.suffix not in (".json", ".md"):
        raise Refused("cli.suffix", f"{out.name} is neither .json nor .md", remedy="name it so")
    read = needed(source)
    check_apart((read,), (out,))
    wanted = Narrowed(firm=firm, period=period, regime=regime, kind=kind, rule=rule)
    day = day_asked(on, shop.now_ms())
    found = explained(shop.read_table(read, told.COLUMNS, mapping), day, wanted)
    lines = list(spoken(found))
    text = msgspec.json.format(msgspec.json.encode(found), indent=2)
    shop.write_file(out, text if out.suffix == ".json" else _fenced(lines))
    count = len(found["answers"])
    last = lines[-len(found["due"]) - 1 :]
    said = {"answers": count, "due": found["due"], "advice": found["advice"]}
    say([f"{out}: {count} answers", *last], said, as_json=as_json)


def _fenced(lines: list[str]) -> bytes:
    """Return lines as a block that no text of a table can leave."""
    return "".join(f"    {' '.join(line.split(chr(10)))}\n" for line in lines).encode()
