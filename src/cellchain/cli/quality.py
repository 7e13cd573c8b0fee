"""``quality``: what tables of a factory say, without a ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, note, say
from cellchain.cli.tables import (
    LevelOption,
    MapOption,
    OutOption,
    PlotOption,
    SourceOption,
    TemplateFlag,
    begun,
    draw_answer,
)
from cellchain.core.errors import Refused

_quality = typer.Typer(no_args_is_help=True, help="Ask what tables of a factory say.")


def attach(app: typer.Typer) -> None:
    """Add the verbs to ``app``."""
    app.add_typer(_quality, name="quality")


@_quality.command()
def control(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    fit: Annotated[
        Path | None, typer.Option("--fit", help="Table of fault-free samples to learn from.")
    ] = None,
    limits: Annotated[
        Path | None,
        typer.Option("--limits", help="File of limits: written with --fit, else read."),
    ] = None,
    rate: Annotated[
        float,
        typer.Option("--rate", help="With --fit: of fault-free samples that may alarm."),
    ] = 0.01,
    mapping: MapOption = None,
    plot: PlotOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Say of each sample of a process whether it is as it was, and which variables say so."""
    from cellchain.services.analysis import process_control as asked  # noqa: PLC0415

    shop = workshop(context)
    source = begun(shop, source, out, asked.COLUMNS, template=template, plot=plot, as_json=as_json)
    if source is None:
        return
    if fit is not None:
        usual = shop.read_table(fit, (asked.SAMPLE,), mapping)
        known = asked.fitted(usual, rate)
        if left_out := asked.incomplete(usual):
            note(
                f"{left_out} of {usual.rows} fault-free samples lack a value: left out",
                as_json=as_json,
            )
        if limits is not None:
            shop.write_file(limits, known.to_json())
    elif limits is not None:
        known = asked.parse_limits(limits.read_bytes())
    else:
        raise Refused(
            "control.no_limits",
            "nothing says what is usual",
            remedy="name fault-free samples with --fit, or the limits of an earlier fit: --limits",
        )
    answer = asked.controlled(shop.read_table(source, (asked.SAMPLE,), mapping), known)
    shop.write_table(out, answer)
    draw_answer(shop, plot, answer)
    each = answer.numbers("alarm").tolist()
    alarms, unanswered = each.count(1.0), answer.rows - each.count(0.0) - each.count(1.0)
    told = {
        "samples": answer.rows,
        "alarms": alarms,
        "unanswered": unanswered,
        "confidence": known.limits.confidence,
    }
    without = f", {unanswered} without an answer" if unanswered else ""
    say([f"{out}: {alarms} of {answer.rows} samples alarm{without}"], told, as_json=as_json)


@_quality.command()
def chart(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    fit: Annotated[
        Path | None, typer.Option("--fit", help="Table of fault-free samples to learn from.")
    ] = None,
    quantity: Annotated[
        str | None, typer.Option("--of", help="Column to chart, where there are several.")
    ] = None,
    lower: Annotated[float | None, typer.Option("--lower", help="Lower tolerance.")] = None,
    upper: Annotated[float | None, typer.Option("--upper", help="Upper tolerance.")] = None,
    level: LevelOption = 0.9,
    mapping: MapOption = None,
    plot: PlotOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Chart one quantity: Shewhart, moving average, cumulative sums; capability by tolerances."""
    from cellchain.services.analysis import one_quantity as asked  # noqa: PLC0415

    shop = workshop(context)
    source = begun(shop, source, out, asked.COLUMNS, template=template, plot=plot, as_json=as_json)
    if source is None:
        return
    table = shop.read_table(source, (asked.SAMPLE,), mapping)
    if fit is None:
        raise Refused(
            "control.no_limits", "nothing says what is usual",
            remedy="name fault-free samples with --fit",
        )  # fmt: skip
    known, name = shop.read_table(fit, (asked.SAMPLE,), mapping), asked.quantity_of(table, quantity)
    answer = asked.charted(table, name, asked.usual(known, name))
    told: dict[str, object] = {"samples": answer.rows, "alarms": int(answer.numbers("alarm").sum())}
    lines = [f"{out}: {told['alarms']} of {answer.rows} samples alarm"]
    if lower is not None and upper is not None:
        found = asked.capable(known, name, asked.Tolerances(lower, upper), level)
        told |= {"cp": found.cp._asdict(), "cpk": found.cpk._asdict(), "level": level}
        lines += [
            f"  {word} {one.estimate:.3g}, {one.lo:.3g} to {one.hi:.3g} at {level:g}"
            for word, one in (("Cp", found.cp), ("Cpk", found.cpk))
        ]
    elif lower is not None or upper is not None:
        raise Refused("control.tolerances", "one tolerance", remedy="give --lower and --upper")
    shop.write_table(out, answer)
    draw_answer(shop, plot, answer)
    say(lines, told, as_json=as_json)


@_quality.command()
def rootcause(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    category: Annotated[
        list[str] | None,
        typer.Option("--category", help="Column whose numbers are names. May be repeated."),
    ] = None,
    mapping: MapOption = None,
    plot: PlotOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Rank what may explain the bad cells: lots, machines, operators, settings, pairs."""
    from cellchain.services.analysis import root_cause as asked  # noqa: PLC0415

    shop = workshop(context)
    source = begun(shop, source, out, asked.COLUMNS, template=template, plot=plot, as_json=as_json)
    if source is None:
        return
    table = shop.read_table(source, (asked.CELL, asked.PRODUCED, *(category or ())), mapping)
    answer = asked.explained(table, category or ())
    shop.write_table(out, answer)
    draw_answer(shop, plot, answer)
    causes = [
        name
        for name, found in zip(
            answer.texts("candidate").cells(), answer.numbers("significant"), strict=True
        )
        if found
    ]
    said = ", ".join(map(str, causes)) or "no cause found"
    say([f"{out}: {said}"], {"cells": table.rows, "causes": causes}, as_json=as_json)
