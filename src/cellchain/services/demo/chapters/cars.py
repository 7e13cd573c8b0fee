"""Cars: the packs travel, the cars are built round them, and the fleet goes into service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.assembly import Assemble, Commission, Item, Make
from cellchain.contracts.custody import EVERYTHING, Accept, Custody
from cellchain.contracts.material import Create
from cellchain.contracts.membership import RegisterDevice
from cellchain.contracts.passport import Amend
from cellchain.core.names import LotId
from cellchain.services.demo.cast import CAR_MAKER, CARRIER, PACK_MAKER, WORKSHOP
from cellchain.services.demo.chapters.passports import item_passport
from cellchain.services.demo.play import MAKE_MAX, Chapter, portions, tonnes
from cellchain.services.demo.recipe import CAR_BODY
from cellchain.services.demo.sites import CAR_WORKS

if TYPE_CHECKING:
    from cellchain.services.demo.fleet import Battery
    from cellchain.services.demo.play import Play


def cars(play: Play) -> Chapter:
    """Deliver the packs, build the cars, commission them; a theft on the way is refused."""
    stage, batteries = play.consortium, play.fleet.batteries
    names = [battery.pack for battery in batteries]
    stage.wait(7)
    play.send_by(CARRIER, PACK_MAKER, CAR_MAKER, names)
    stage.seal()
    theft = stage.refused(WORKSHOP, Accept(battery=names[0], changes=EVERYTHING))
    holder = stage.get(Custody, names[0]).holder
    stage.ask(CAR_MAKER, *(_operator_changed(play, battery) for battery in batteries))
    _build(play)
    stage.wait(10)
    play.in_service_ms = stage.time_ms
    stage.ask(CAR_MAKER, *(_commissioned(b, stage.time_ms) for b in batteries))
    stage.ask(CAR_MAKER, *(_device(play, b) for b in play.fleet.recorded))
    stage.seal()
    car = stage.get(Item, batteries[0].vehicle)
    return Chapter(
        title="The fleet goes into service",
        party="Everwheel Cars",
        text="Giver and taker sign every hand-over; the carrier holds the packs on the way and "
        "never owns them. Somebody at the workshop tries to take one that nobody offered.",
        figures=(
            ("cars", f"{len(batteries):,} of {tonnes(car.mass_mg)}"),
            ("holder of the first pack", holder),
            ("with recorded readings", f"{len(play.fleet.recorded)} batteries"),
        ),
        refusals=(("taking a pack that was not offered", theft.code, theft.text),),
    )


def _build(play: Play) -> None:
    stage, batteries = play.consortium, play.fleet.batteries
    lot = LotId(f"{CAR_BODY.code}-1")
    body = Create(
        lot=lot,
        material=CAR_BODY.material,
        mass_mg=CAR_BODY.each_mg * len(batteries),
        assay_ppm=CAR_BODY.assay_ppm,
        site=CAR_WORKS,
        time_ms=stage.time_ms,
    )
    stage.ask(CAR_MAKER, body)
    for some in portions(batteries, MAKE_MAX):
        names = tuple(battery.vehicle for battery in some)
        make = Make(
            sort="vehicle", items=names, lots=((lot, CAR_BODY.each_mg),), time_ms=stage.time_ms
        )
        stage.ask(CAR_MAKER, make)
    stage.ask(
        CAR_MAKER,
        *(Assemble(whole=b.vehicle, parts=(b.pack,), time_ms=stage.time_ms) for b in batteries),
    )
    stage.seal()


def _operator_changed(play: Play, battery: Battery) -> Amend:
    passport, said = item_passport(battery), play.disclosures
    statements = said.statements(CAR_MAKER, passport, {"passport_operator": CAR_MAKER})
    return Amend(
        passport=passport, statements=statements, commitment=said.version(CAR_MAKER, passport)
    )


def _commissioned(battery: Battery, time_ms: int) -> Commission:
    return Commission(battery=battery.vehicle, time_ms=time_ms)


def _device(play: Play, battery: Battery) -> RegisterDevice:
    assert battery.device is not None
    key = play.consortium.key(battery.device).key_id
    return RegisterDevice(device=battery.device, key=key, battery=battery.pack)
