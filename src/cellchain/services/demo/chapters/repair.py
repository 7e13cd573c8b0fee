"""Repair: the workshop swaps a module, and says in the passport what it measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.assembly import Assemble, Disassemble, Item, Swap
from cellchain.contracts.custody import Custody
from cellchain.contracts.passport import Amend
from cellchain.core.names import BatteryId, DocumentId
from cellchain.services.demo import papers
from cellchain.services.demo.cast import CAR_MAKER, WORKSHOP
from cellchain.services.demo.chapters.packs import spare_modules
from cellchain.services.demo.chapters.passports import item_passport
from cellchain.services.demo.play import Chapter
from cellchain.services.demo.recipe import CELLS_PER_MODULE

if TYPE_CHECKING:
    from cellchain.core.canonical import Json
    from cellchain.services.demo.fleet import Battery
    from cellchain.services.demo.play import Play

REPORT = DocumentId("REPAIR-REPORT")


def repair(play: Play) -> Chapter:
    """Take the ill batteries in, give each a new module, and give them back."""
    stage, served = play.consortium, play.fleet.served
    vehicles, names = [b.vehicle for b in served], [b.pack for b in served]
    stage.wait(14)
    play.hand_over(CAR_MAKER, WORKSHOP, vehicles, ("holder",))
    now_ms = stage.time_ms
    stage.ask(
        WORKSHOP,
        *(Disassemble(whole=b.vehicle, parts=(b.pack,), time_ms=now_ms) for b in served),
        *(
            Swap(whole=b.pack, removed=(old_module(b),), installed=(new,), time_ms=now_ms)
            for b, new in zip(served, spare_modules(play), strict=True)
        ),
    )
    stage.ask(
        WORKSHOP, play.disclosures.document(WORKSHOP, REPORT, papers.SERVICE_REPORT, "private")
    )
    stage.ask(WORKSHOP, *(_measured(play, battery) for battery in served))
    play.hand_over(WORKSHOP, CAR_MAKER, [*vehicles, *names], ("holder",))
    stage.ask(
        CAR_MAKER,
        *(Assemble(whole=b.vehicle, parts=(b.pack,), time_ms=now_ms) for b in served),
    )
    stage.seal()
    pack, old = stage.get(Item, names[0]), stage.get(Custody, old_module(served[0]))
    return Chapter(
        title="A module is swapped",
        party="Gearbox Workshop",
        text="The workshop holds the cars and owns nothing of them. It takes the pack out, puts a "
        "new module in, and states in the passport what it measured: it may, while it holds it.",
        figures=(
            ("cars in the workshop", str(len(served))),
            ("modules in the pack", str(len(pack.parts))),
            ("the old module", f"held by {old.holder}, still owned by {old.owner}"),
        ),
    )


def old_module(battery: Battery) -> BatteryId:
    """Return the module that gives way: the one with the faulty cell."""
    cell = battery.fault.place if battery.fault else 1
    return battery.modules[max(cell - 1, 0) // CELLS_PER_MODULE % len(battery.modules)]


def _measured(play: Play, battery: Battery) -> Amend:
    passport, place = item_passport(battery), battery.number - 1
    values: dict[str, Json] = {
        "health_capacity": play.fleet.capacity_ppm(play.days)[place],
        "cycle_count": play.fleet.cycles(play.days)[place],
        "negative_events": "one module replaced",
    }
    statements = play.disclosures.statements(WORKSHOP, passport, values, REPORT)
    return Amend(passport=passport, statements=statements)
