"""Second life: tired packs become a store for the sun, with a passport that names its ancestors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.assembly import Assemble, Commission, Disassemble, Make, Retire
from cellchain.contracts.material import Create
from cellchain.contracts.passport import Amend, Draft, Issue, Passport, PassportId, State
from cellchain.core.names import BatteryId, LotId
from cellchain.services.demo.cast import CAR_MAKER, CARRIER, INTEGRATOR
from cellchain.services.demo.chapters.passports import item_passport
from cellchain.services.demo.fleet import item_id
from cellchain.services.demo.play import Chapter, percent, portions
from cellchain.services.demo.recipe import CABINET, PACK_ENERGY_WH
from cellchain.services.demo.sites import STORAGE_WORKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.core.canonical import Json
    from cellchain.services.demo.fleet import Battery
    from cellchain.services.demo.play import Play

PACKS_PER_CABINET = 6
RECYCLED_PERCENT, SECOND_PERCENT = 20, 30


def fates(play: Play) -> tuple[list[Battery], list[Battery]]:
    """Return who is recycled and who gets a second life; the others drive on.

    The weakest fifth is recycled, at least one; of the next three tenths something can be made.
    """
    order = play.fleet.weakest_first(play.days)
    ends = max(1, len(order) * RECYCLED_PERCENT // 100)
    again = max(1, len(order) * SECOND_PERCENT // 100)
    return order[:ends], order[ends : ends + again]


def second_life(play: Play) -> Chapter:
    """Take packs out of their cars, and build cabinets of those that are good enough."""
    stage = play.consortium
    stage.wait(30)
    ended, again = fates(play)
    play.recycled = ended
    _out_of_cars(play, ended + again)
    if not again:
        return Chapter(title="No second life", party="Halflife Storage", text="Too few batteries.")
    play.send_by(CARRIER, CAR_MAKER, INTEGRATOR, [battery.pack for battery in again])
    stage.seal()
    left = play.fleet.capacity_ppm(play.days)
    stage.ask(INTEGRATOR, *(_graded(play, b, left[b.number - 1]) for b in again))
    stage.seal()
    groups = portions(again, PACKS_PER_CABINET)
    play.cabinets = _cabinets(play, groups)
    linked = stage.get(Passport, PassportId(play.cabinets[0]))
    energy = sum(left[b.number - 1] for b in again) * PACK_ENERGY_WH // 10**6
    shares = sorted(left[b.number - 1] for b in again)
    return Chapter(
        title="A second life",
        party="Halflife Storage",
        text="Packs too tired for a car still store the sun. Six of them make a cabinet; its "
        "passport names the passports it came from, and they name it.",
        figures=(
            ("packs", f"{len(again):,} at {percent(shares[0])} to {percent(shares[-1])}"),
            ("cabinets", f"{len(groups)}, {energy / 1000:,.0f} kWh in all"),
            ("predecessors of the first", str(len(linked.predecessors))),
        ),
    )


def _out_of_cars(play: Play, batteries: list[Battery]) -> None:
    stage, now_ms = play.consortium, play.consortium.time_ms
    for battery in batteries:
        stage.ask(
            CAR_MAKER,
            Disassemble(whole=battery.vehicle, parts=(battery.pack,), time_ms=now_ms),
            Retire(battery=battery.vehicle, reason="dismantled for parts", time_ms=now_ms),
        )
    stage.seal()


def _graded(play: Play, battery: Battery, left_ppm: int) -> Amend:
    passport, said = item_passport(battery), play.disclosures
    values: dict[str, Json] = {
        "health_capacity": left_ppm,
        "passport_operator": INTEGRATOR,
        "status": "repurposed",
    }
    statements = said.statements(INTEGRATOR, passport, values)
    return Amend(
        passport=passport, statements=statements, commitment=said.version(INTEGRATOR, passport)
    )


def _cabinets(play: Play, groups: Sequence[Sequence[Battery]]) -> list[BatteryId]:
    stage, now_ms = play.consortium, play.consortium.time_ms
    names = [item_id(play.dice, "cabinet", f"H{n:04}") for n in range(1, len(groups) + 1)]
    lot = LotId(f"{CABINET.code}-1")
    empty = Create(
        lot=lot,
        material=CABINET.material,
        mass_mg=CABINET.each_mg * len(groups),
        assay_ppm=CABINET.assay_ppm,
        site=STORAGE_WORKS,
        time_ms=now_ms,
    )
    lots = ((lot, CABINET.each_mg),)
    stage.ask(
        INTEGRATOR,
        empty,
        *(Make(sort="vehicle", items=(name,), lots=lots, time_ms=now_ms) for name in names),
    )
    stage.seal()
    for name, group in zip(names, groups, strict=True):
        parts = tuple(battery.pack for battery in group)
        stage.ask(INTEGRATOR, Assemble(whole=name, parts=parts, time_ms=now_ms))
        stage.ask(INTEGRATOR, *_passport(play, name, group))
        stage.ask(INTEGRATOR, Commission(battery=name, time_ms=now_ms))
    stage.seal()
    return names


def _passport(play: Play, name: BatteryId, group: Sequence[Battery]) -> tuple[Draft, State, Issue]:
    passport, said = PassportId(name), play.disclosures
    values: dict[str, Json] = {
        "model_and_serial": name,
        "category": "industrial battery",
        "manufacturer": "Halflife Storage",
        "passport_operator": INTEGRATOR,
    }
    predecessors = tuple(item_passport(battery) for battery in group)
    return (
        Draft(passport=passport, category="industrial", predecessors=predecessors),
        State(passport=passport, statements=said.statements(INTEGRATOR, passport, values)),
        Issue(passport=passport, commitment=said.version(INTEGRATOR, passport)),
    )
