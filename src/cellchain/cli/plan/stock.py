"""``plan stock``: batteries in use, what leaves, and what comes back of their materials."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cellchain.cli.options import workshop
from cellchain.cli.output import JsonFlag, say, show
from cellchain.cli.plan import plan
from cellchain.cli.progress import progress
from cellchain.cli.tables import (
    FILES,
    MapOption,
    OutOption,
    PlotOption,
    SourceOption,
    TemplateFlag,
    check_apart,
    check_report,
    draw_answer,
    needed,
    read_at_most,
    write_template,
)
from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.cli.ports import Workshop
    from cellchain.services.analysis.shapes import Picture
    from cellchain.services.plan.drawn import Answer
    from cellchain.services.plan.scenario import Scenario
    from cellchain.services.plan.stock import Inflow


class Named(StrEnum):
    """Scenarios that ship."""

    NEUTRAL_GROWTH = "neutral_growth"


@plan.command()
def stock(
    context: typer.Context,
    out: OutOption,
    source: SourceOption = None,
    lifetimes: Annotated[
        Path | None, typer.Option("--lifetimes", help=f"How long each chemistry is used: {FILES}")
    ] = None,
    materials: Annotated[
        Path | None, typer.Option("--materials", help=f"What a kilowatt-hour holds: {FILES}")
    ] = None,
    recovery: Annotated[
        Path | None, typer.Option("--recovery", help=f"What is collected and recovered: {FILES}")
    ] = None,
    flows: Annotated[
        Path | None, typer.Option("--flows", help=f"Table to write, of materials: {FILES}")
    ] = None,
    second_life_share: Annotated[
        float, typer.Option(help="Share of what is collected that serves a second time first.")
    ] = 0.0,
    second_life_years: Annotated[int, typer.Option(help="How long that takes, whole years.")] = 0,
    named: Annotated[
        Named | None, typer.Option("--named", help="A scenario that ships, in place of tables.")
    ] = None,
    scenario: Annotated[
        Path | None, typer.Option("--scenario", help="A scenario of your own, TOML; --in may join.")
    ] = None,
    draws: Annotated[int, typer.Option("--draws", help="Draws from its ranges.")] = 10_000,
    seed: Annotated[int, typer.Option("--seed", help="The same one gives the same draws.")] = 1,
    tornado: Annotated[
        Path | None, typer.Option("--tornado", help=f"Table to write: what moves it. {FILES}")
    ] = None,
    figure: Annotated[
        str, typer.Option("--figure", help="What is moved: a column of the flows.")
    ] = "share_of_demand",
    year: Annotated[
        int | None,
        typer.Option(
            "--year",
            help="When; else as reported, or the last year: of what is moved, and of streams.",
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Report of a scenario to write: .md or .html.")
    ] = None,
    plot: PlotOption = None,
    mapping: MapOption = None,
    template: TemplateFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Follow batteries from inflow to stock to outflow, and materials back to demand.

    From tables, or from a scenario whose uncertain numbers are drawn. --template with an --out in
    .toml writes the scenario that ships, to be changed.
    """
    shop = workshop(context)
    if template:
        _write_template(shop, out, as_json=as_json)
        return
    for table in filter(None, (out, flows, tornado)):
        shop.check_writable(table)
    if plot is not None:
        shop.check_plot(plot)
    check_apart(
        (source, lifetimes, materials, recovery, scenario), (out, flows, tornado, report, plot)
    )
    told = _scenario(scenario, named)
    if told is None:
        _check_none("there is no scenario", tornado=tornado, report=report)
        second = second_life_share, second_life_years
        answer = _from_tables(
            shop, needed(source), mapping, second,
            lifetimes=lifetimes, materials=materials, recovery=recovery, flows=flows is not None,
        )  # fmt: skip
        how = "from tables"
    else:
        _check_none(
            "the scenario says what this says", lifetimes=lifetimes, materials=materials,
            recovery=recovery, second_life_share=second_life_share or None,
            second_life_years=second_life_years or None,
        )  # fmt: skip
        if report is not None:
            check_report(report)
        known = None if source is None else _inflow(shop, source, mapping)
        at = told.asked_year if year is None else year
        with progress("drawing", None, quiet=as_json):
            answer = _drawn(told, known, draws=draws, seed=seed, figure=figure, year=at)
        how = f"{told.title}, {draws} draws from seed {seed}"
    for file, found in ((out, answer.batteries), (flows, answer.flows), (tornado, answer.tornado)):
        if file is not None and found is not None:
            shop.write_table(file, found)
    if report is not None and told is not None:
        shop.write_file(report, _reported(shop, report, told, answer, how))
    streams = partial(_streams, answer, year)
    draw_answer(
        shop, plot, answer.batteries if answer.tornado is None else answer.tornado,
        None if flows is None or tornado is not None else lambda: next(streams(), None),
    )  # fmt: skip
    show(streams)
    rows = answer.batteries.rows
    say([f"{out}: {rows} rows, {how}"], {"rows": rows, "how": how}, as_json=as_json)


def _write_template(shop: Workshop, out: Path, *, as_json: bool) -> None:
    """Write an empty inflow; where the name is that of a scenario, the one that ships."""
    from cellchain.services.plan.scenarios import shipped  # noqa: PLC0415
    from cellchain.services.plan.stock import INFLOW_COLUMNS  # noqa: PLC0415

    if out.suffix != ".toml":
        write_template(shop, out, INFLOW_COLUMNS, as_json=as_json)
        return
    shop.write_file(out, shipped(Named.NEUTRAL_GROWTH))
    say([f"{out}: change it"], {"file": str(out)}, as_json=as_json)


def _scenario(own: Path | None, named: Named | None) -> Scenario | None:
    from cellchain.services.analysis.toml_file import BYTES_MAX  # noqa: PLC0415
    from cellchain.services.plan.scenario_file import parse_scenario  # noqa: PLC0415
    from cellchain.services.plan.scenarios import shipped  # noqa: PLC0415

    if own is not None:
        _check_none("a scenario of your own is named", named=named)
        return parse_scenario(read_at_most(own, BYTES_MAX))
    return None if named is None else parse_scenario(shipped(named))


def _inflow(shop: Workshop, source: Path, mapping: Path | None) -> Inflow:
    from cellchain.services.plan.stock import INFLOW_TEXTS, inflow_of  # noqa: PLC0415

    return inflow_of(shop.read_table(source, INFLOW_TEXTS, mapping))


def _from_tables(
    shop: Workshop,
    source: Path,
    mapping: Path | None,
    second: tuple[float, int],
    *,
    lifetimes: Path | None,
    materials: Path | None,
    recovery: Path | None,
    flows: bool,
) -> Answer:
    from cellchain.services.plan import materials as asked  # noqa: PLC0415
    from cellchain.services.plan.drawn import Answer  # noqa: PLC0415
    from cellchain.services.plan.lifetimes import LIFETIME_TEXTS  # noqa: PLC0415
    from cellchain.services.plan.stock import batteries  # noqa: PLC0415

    inflow = _inflow(shop, source, mapping)
    lives = shop.read_table(_named_by(lifetimes, "lifetimes"), LIFETIME_TEXTS, mapping)
    found, survival = batteries(inflow, lives)
    if not flows:
        _check_none("there is no --flows to write", materials=materials, recovery=recovery,
                    second_life_share=second[0] or None)  # fmt: skip
        return Answer(found)
    contents = shop.read_table(_named_by(materials, "materials"), asked.MATERIAL_TEXTS, mapping)
    shares = shop.read_table(_named_by(recovery, "recovery"), asked.RECOVERY_TEXTS, mapping)
    life = asked.SecondLife(*second)
    return Answer(found, asked.material_flows(inflow, survival, contents, shares, life))


def _drawn(
    scenario: Scenario, inflow: Inflow | None, *, draws: int, seed: int, figure: str, year: int
) -> Answer:
    from cellchain.services.plan.drawn import answered  # noqa: PLC0415

    return answered(scenario, inflow, draws=draws, seed=seed, figure=figure, year=year)


def _streams(answer: Answer, until: int | None) -> Iterator[Picture | None]:
    """Yield what flows as streams: of materials, where these are told; then of batteries."""
    from cellchain.services.plan import flow_picture  # noqa: PLC0415

    if answer.flows is not None:
        yield from flow_picture.material_pictures(answer.flows, until)
    yield flow_picture.battery_picture(answer.batteries, until)


def _reported(shop: Workshop, file: Path, told: Scenario, answer: Answer, how: str) -> bytes:
    from cellchain.services.analysis.report import markdown  # noqa: PLC0415
    from cellchain.services.plan.told import report_of  # noqa: PLC0415

    found = report_of(told, answer, how)
    return shop.report_page(found) if file.suffix == ".html" else markdown(found).encode()


def _named_by(file: Path | None, option: str) -> Path:
    if file is None:
        raise Refused(
            "cli.no_input", f"there are no {option}", remedy=f"name a table with --{option}"
        )
    return file


def _check_none(why: str, **given: object) -> None:
    """Refuse options that would not be heard.

    Raises:
        Refused: ``cli.unheard``: the first of them.
    """
    for name, value in given.items():
        if value is not None:
            option = name.replace("_", "-")
            raise Refused("cli.unheard", f"--{option} is given, and {why}", remedy="drop one")
