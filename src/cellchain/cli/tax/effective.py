"""``tax effective``: every tax and incentive of firms, to the cent, with its law."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, note, say, show
from cellchain.cli.progress import progress
from cellchain.cli.tables import (
    FILES,
    MapOption,
    OutOption,
    PlotOption,
    SourceOption,
    TemplateFlag,
    begun,
    check_apart,
    draw_answer,
)
from cellchain.cli.tax import tax
from cellchain.core.errors import Refused

OnOption = Annotated[
    str, typer.Option("--on", help="Day whose state of the law is asked, YYYY-MM-DD; else today.")
]


@tax.command()
def effective(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    on: OnOption = "",
    before: Annotated[
        Path | None, typer.Option("--before", help=f"Answer of an earlier run: {FILES}")
    ] = None,
    changes: Annotated[
        Path | None, typer.Option("--changes", help=f"What changed since, to write: {FILES}")
    ] = None,
    plot: PlotOption = None,
    mapping: MapOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Work out taxes and incentives of each month by the law of then: cited, dated, to the cent."""
    from cellchain.services.tax import difference, told  # noqa: PLC0415
    from cellchain.services.tax import effective as worked  # noqa: PLC0415
    from cellchain.services.tax.compared import sets_compared  # noqa: PLC0415
    from cellchain.services.tax.days import day_asked  # noqa: PLC0415
    from cellchain.services.tax.trace_picture import traced  # noqa: PLC0415

    shop = workshop(context)
    if (before is None) != (changes is None):
        given = "--changes" if before is None else "--before"
        raise Refused(
            "cli.unheard", f"{given} is given alone", remedy="give --before and --changes"
        )
    read = begun(
        shop, source, out, told.COLUMNS, template=template, plot=plot, state=changes,
        as_json=as_json,
    )  # fmt: skip
    if read is None:
        return
    check_apart((read, before), (out, changes, plot))
    day = day_asked(on, shop.now_ms())
    firms = shop.read_table(read, told.COLUMNS, mapping)
    with progress("firms", None, quiet=as_json) as step:
        answer = worked.effective(firms, day, step.of)
    shop.write_table(out, answer)
    missing = sum(one is not None for one in answer.texts("error").cells())
    sets = sets_compared(answer)
    said = {
        "taxes_compared": sets,
        "on": day.isoformat(),
        "rows": answer.rows,
        "missing": missing,
        "advice": worked.ADVICE,
    }
    line = f"{out}: {answer.rows} rows by the law as known on {day}; {missing} say what is missing"
    if before is not None and changes is not None:
        found = difference.differences(shop.read_table(before, worked.COLUMNS, None), answer)
        shop.write_table(changes, found)
        said["changed"] = found.rows
        line += f"; {found.rows} changed"
    draw_answer(shop, plot, answer)
    show(lambda: (traced(answer),))
    say([line, *(f"compared: {one}" for one in sets)], said, as_json=as_json)
    if not as_json:
        note(worked.ADVICE, as_json=False)
