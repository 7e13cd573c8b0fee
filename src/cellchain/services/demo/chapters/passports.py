"""Passports: one for the model, one for every battery, each value a salted commitment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.assembly import Item
from cellchain.contracts.document import Grant
from cellchain.contracts.passport import Draft, Issue, Passport, PassportId, State
from cellchain.core.names import DocumentId
from cellchain.core.time import format_time
from cellchain.services.demo import papers
from cellchain.services.demo.cast import PACK_MAKER, RECYCLER
from cellchain.services.demo.play import Chapter
from cellchain.services.demo.recipe import CELL_CAPACITY_MAH, CELL_NOMINAL_MV, CELLS_PER_PACK
from cellchain.services.demo.sites import PACK_WORKS

if TYPE_CHECKING:
    from cellchain.core.canonical import Json
    from cellchain.services.demo.fleet import Battery
    from cellchain.services.demo.play import Play

DECLARATION = DocumentId("CONFORMITY-DECLARATION")
CYCLE_TEST = DocumentId("CYCLE-LIFE-TEST")
DISMANTLING = DocumentId("DISMANTLING-INSTRUCTIONS")

MODEL_VALUES: dict[str, Json] = {
    "manufacturer": "Dynamo Packs",
    "manufacturer_address": "1 Busbar Lane, Sampletown, Poland",
    "category": "electric vehicle battery",
    "chemistry": "LiNi0.6Mn0.2Co0.2O2 / graphite",
    "critical_raw_materials": "Co, Li, Mn, Ni, natural graphite",
    "capacity": CELL_CAPACITY_MAH,
    "minimum_voltage": 3_000 * CELLS_PER_PACK,
    "nominal_voltage": CELL_NOMINAL_MV * CELLS_PER_PACK,
    "maximum_voltage": 4_190 * CELLS_PER_PACK,
    "expected_cycles": 1_000,
    "exhaustion_threshold": 700_000,
    "conformity_declaration": DECLARATION,
    "dismantling": "remove the service plug, wait five minutes, lift modules by their lugs",
}


def passports(play: Play) -> Chapter:
    """Draft, fill and issue the passports of the model and of every battery."""
    stage, said = play.consortium, play.disclosures
    stage.wait(5)
    stage.ask(
        PACK_MAKER,
        said.document(PACK_MAKER, DECLARATION, papers.DECLARATION, "public"),
        said.document(PACK_MAKER, CYCLE_TEST, papers.CYCLE_TEST, "authority"),
        said.document(PACK_MAKER, DISMANTLING, papers.DISMANTLING, "legitimate-interest", RECYCLER),
        Grant(document=DISMANTLING, reader=RECYCLER, purpose="dismantling at the end of life"),
    )
    model = model_passport(play)
    stage.ask(
        PACK_MAKER,
        Draft(passport=model, category="ev"),
        State(
            passport=model, statements=said.statements(PACK_MAKER, model, MODEL_VALUES, DECLARATION)
        ),
        Issue(passport=model, commitment=said.version(PACK_MAKER, model)),
    )
    stage.seal()
    for battery in play.fleet.batteries:
        stage.ask(PACK_MAKER, *_passport(play, battery))
    stage.seal()
    first = stage.get(Passport, play.fleet.batteries[0].pack)
    return Chapter(
        title="Every battery gets its passport",
        party="Dynamo Packs",
        text="Who answers for a battery states what it is. The ledger holds a salted commitment of "
        "each value, never the value; the values lie in a vault, each closed for whom it concerns.",
        figures=(
            ("passports", f"{len(play.fleet.batteries) + 1:,}, {first.phase}"),
            ("commitments", f"{said.count:,}"),
        ),
    )


def model_passport(play: Play) -> PassportId:
    """Return the name of the passport of the model: the trade item without a serial."""
    return PassportId(play.fleet.batteries[0].pack.partition("/21/")[0])


def item_passport(battery: Battery) -> PassportId:
    """Return the name of the passport of a battery."""
    return PassportId(battery.pack)


def _passport(play: Play, battery: Battery) -> tuple[Draft, State, Issue]:
    passport, said = item_passport(battery), play.disclosures
    item = play.consortium.get(Item, battery.pack)
    values: dict[str, Json] = {
        "model_and_serial": battery.pack,
        "manufacturing_place": PACK_WORKS,
        "manufacturing_date": format_time(item.made_ms)[:10],
        "weight": item.mass_mg,
        "passport_operator": PACK_MAKER,
        "status": "original",
    }
    return (
        Draft(passport=passport, category="ev"),
        State(
            passport=passport, statements=said.statements(PACK_MAKER, passport, values, CYCLE_TEST)
        ),
        Issue(passport=passport, commitment=said.version(PACK_MAKER, passport)),
    )
