"""``circle grade``: where used batteries may go next, by which rule and evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cellchain.cli.circle import circle
from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say
from cellchain.cli.progress import progress
from cellchain.cli.tables import (
    FILES,
    MapOption,
    OutOption,
    PlotOption,
    SourceOption,
    TemplateFlag,
    check_apart,
    draw_answer,
    needed,
    read_at_most,
    write_template,
)

if TYPE_CHECKING:
    from cellchain.cli.ports import Workshop
    from cellchain.services.circle.grading_rules import Rules


@circle.command()
def grade(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    rules: Annotated[
        Path | None, typer.Option("--rules", help="Rules that join or replace others by id, TOML.")
    ] = None,
    figures: Annotated[
        Path | None, typer.Option("--figures", help="What parts earn and cost, TOML.")
    ] = None,
    trace: Annotated[
        Path | None, typer.Option("--trace", help=f"Table to write, of every rule: {FILES}")
    ] = None,
    on: Annotated[
        str, typer.Option("--on", help="Day of rules and evidence, YYYY-MM-DD; else today.")
    ] = "",
    plot: PlotOption = None,
    mapping: MapOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Grade batteries: hard gates, then a score, then the best channel whose needs are met.

    --template with an --out in .toml writes the rules that ship, to be changed.
    """
    from cellchain.services.analysis.toml_file import BYTES_MAX  # noqa: PLC0415
    from cellchain.services.circle import grading_packs, grading_split, recycling_gates  # noqa: PLC0415
    from cellchain.services.circle.grading_answer import answered  # noqa: PLC0415
    from cellchain.services.circle.grading_rules import rules_with  # noqa: PLC0415

    shop = workshop(context)
    if template:
        _write_template(shop, out, as_json=as_json)
        return
    for table in filter(None, (out, trace)):
        shop.check_writable(table)
    if plot is not None:
        shop.check_plot(plot)
    source = needed(source)
    check_apart((source, rules, figures), (out, trace, plot))
    day = recycling_gates.day_of(on, "grade.date") if on else recycling_gates.day_at(shop.now_ms())
    whole, replaced, added = rules_with(_own(rules))
    asked = whole.on(day)
    worth = None
    if figures is not None:
        worth = grading_split.parse_figures(read_at_most(figures, BYTES_MAX), asked)
    given = shop.read_table(source, grading_packs.texts_of(asked), mapping)
    packs = grading_packs.graded_of(given, asked)
    with progress("batteries", len(packs), quiet=as_json) as step:
        traced = trace is not None
        answer = answered(packs, asked, day, worth, traced=traced, progress=step.to)
    shop.write_table(out, answer.packs)
    if trace is not None and answer.rules is not None:
        shop.write_table(trace, answer.rules)
    draw_answer(shop, plot, answer.packs)
    looked = dict.fromkeys(one.column for one in asked.looked)
    told = {
        "batteries": len(packs), "day": day.isoformat(), "channels": answer.channels,
        "rules": whole.title, "in_force": list(asked.ids), "rules_replaced": list(replaced),
        "rules_added": list(added),
        "columns_missing": [one for one in looked if one not in given.columns],
    }  # fmt: skip
    counted = ", ".join(f"{count} {name}" for name, count in answer.channels.items())
    own = f"; your rules: {', '.join((*replaced, *added))}" if rules is not None else ""
    say([f"{out}: {counted or 'nothing'}, on {day}{own}"], told, as_json=as_json)


def _write_template(shop: Workshop, out: Path, *, as_json: bool) -> None:
    from cellchain.services.circle.grading_packs import columns_of  # noqa: PLC0415
    from cellchain.services.circle.grading_rules import rules_file, shipped_rules  # noqa: PLC0415

    if out.suffix != ".toml":
        write_template(shop, out, columns_of(shipped_rules()), as_json=as_json)
        return
    shop.write_file(out, rules_file())
    say([f"{out}: change it"], {"file": str(out)}, as_json=as_json)


def _own(file: Path | None) -> Rules | None:
    from cellchain.services.analysis.toml_file import BYTES_MAX  # noqa: PLC0415
    from cellchain.services.circle.grading_rules import parse_rules  # noqa: PLC0415

    return None if file is None else parse_rules(read_at_most(file, BYTES_MAX))
