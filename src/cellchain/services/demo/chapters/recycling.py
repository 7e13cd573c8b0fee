"""Recycling: packs become black mass, black mass becomes metal salts, and the circle closes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cellchain.contracts.assembly import Item, Recycle
from cellchain.contracts.material import Lot, Output, RunId, Transform
from cellchain.contracts.passport import Amend, Cease, Passport
from cellchain.core.names import BatteryId, DocumentId, LotId
from cellchain.core.quantities import PPM
from cellchain.services.demo import papers
from cellchain.services.demo.cast import CAR_MAKER, CARRIER, CELL_MAKER, RECYCLER, WORKSHOP
from cellchain.services.demo.chapters.passports import item_passport
from cellchain.services.demo.chapters.repair import old_module
from cellchain.services.demo.play import Chapter, percent, portions, tonnes
from cellchain.services.demo.recipe import RECOVERED_PPM, ROUTES
from cellchain.services.demo.sites import RECYCLING_WORKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cellchain.core.canonical import Json
    from cellchain.services.demo.fleet import Battery
    from cellchain.services.demo.play import Play

CERTIFICATE = DocumentId("RECYCLING-CERTIFICATE")
PACKS_PER_RUN = 100
BLACK_MASS_PPM = {"C": 950_000, "Co": 970_000, "Li": 850_000, "Mn": 970_000, "Ni": 970_000}
"""Share of each element that goes into the black mass."""
ELEMENTS_IN_BLACK_MASS_PPM = 800_000
"""The rest of it is oxygen, fluorine, binder."""
SCRAP = (("AL", "Al", 900_000, 950_000), ("CU", "Cu", 930_000, 960_000))
"""Code, element, share recovered, share of the element in the scrap."""
LEACHED_PPM = {"Co": 960_000, "Li": 800_000, "Mn": 900_000, "Ni": 960_000}
"""Share of each element of the black mass that comes out as salt."""
LITHIUM_CARBONATE_PPM = 187_900


@dataclass(frozen=True, slots=True)
class Campaign:
    """A run of the shredder."""

    number: int
    items: tuple[BatteryId, ...]

    @property
    def black_mass(self) -> LotId:
        """Name of the lot that comes out."""
        return LotId(f"BLACK-MASS-{self.number}")


def recycling(play: Play) -> Chapter:
    """End the weakest batteries and the old modules; cease their passports; sell the nickel."""
    stage, ended = play.consortium, play.recycled
    stage.wait(20)
    campaigns = _brought(play)
    elements = _elements(play, [item for campaign in campaigns for item in campaign.items])
    certificate = play.disclosures.document(RECYCLER, CERTIFICATE, papers.CERTIFICATE, "authority")
    stage.ask(RECYCLER, certificate)
    stage.ask(RECYCLER, *(_shredded(play, campaign) for campaign in campaigns))
    for battery in ended:
        stage.ask(RECYCLER, *_ceased(play, battery))
    stage.seal()
    stage.wait(15)
    stage.ask(RECYCLER, *(_leached(play, campaign) for campaign in campaigns))
    stage.seal()
    nickel = [_salt("NI", campaign) for campaign in campaigns]
    play.hand_lots(RECYCLER, CELL_MAKER, nickel)
    stage.seal()
    black = [stage.get(Lot, campaign.black_mass) for campaign in campaigns]
    back = [stage.get(Lot, lot) for lot in nickel]
    return Chapter(
        title="From battery to metal",
        party="Indigo Recycler",
        text="The weakest are shredded. What comes out can hold no more of an element than went "
        "in, and is marked as post-consumer for ever. The nickel goes back to a maker of cells.",
        figures=(
            ("packs recycled", f"{len(ended):,}"),
            ("black mass", tonnes(sum(lot.mass_mg for lot in black))),
            *_recovered(play, campaigns, elements),
            ("origin of the nickel", f"{back[0].waste_origin}, now with {back[0].holder}"),
            ("their passports", stage.get(Passport, item_passport(ended[0])).phase),
        ),
    )


def _brought(play: Play) -> list[Campaign]:
    """Bring packs and old modules to the recycler; return the runs they go into."""
    stage = play.consortium
    names = [battery.pack for battery in play.recycled]
    modules = [old_module(battery) for battery in play.fleet.served]
    play.send_by(CARRIER, CAR_MAKER, RECYCLER, names)
    play.hand_over(WORKSHOP, RECYCLER, modules, ("holder",))
    play.hand_over(CAR_MAKER, RECYCLER, modules, ("owner", "responsible"))
    stage.seal()
    items = [*names, *modules]
    return [
        Campaign(number, tuple(group))
        for number, group in enumerate(portions(items, PACKS_PER_RUN), 1)
    ]


def _elements(play: Play, items: list[BatteryId]) -> dict[str, int]:
    """The elements in ``items``, milligrams, as the ledger has added them up."""
    total: dict[str, int] = {}
    for item in items:
        for element, mass_mg in play.consortium.get(Item, item).elements_mg.items():
            total[element] = total.get(element, 0) + mass_mg
    return total


def _shredded(play: Play, campaign: Campaign) -> Recycle:
    stage = play.consortium
    elements = _elements(play, list(campaign.items))
    mass = sum(stage.get(Item, item).mass_mg for item in campaign.items)
    outputs = (_black_mass(campaign, elements), *_scrap(campaign, elements))
    return Recycle(
        items=campaign.items,
        run=RunId(f"SHRED-{campaign.number}"),
        process="discharging, dismantling, shredding",
        site=RECYCLING_WORKS,
        time_ms=stage.time_ms,
        outputs=outputs,
        loss_mg=mass - sum(output.mass_mg for output in outputs),
    )


def _black_mass(campaign: Campaign, elements: Mapping[str, int]) -> Output:
    kept = {e: elements[e] * share // PPM for e, share in BLACK_MASS_PPM.items()}
    mass = sum(kept.values()) * PPM // ELEMENTS_IN_BLACK_MASS_PPM
    return Output(
        lot=campaign.black_mass,
        material="black mass",
        mass_mg=mass,
        assay_ppm={element: kept_mg * PPM // mass for element, kept_mg in kept.items()},
    )


def _scrap(campaign: Campaign, elements: Mapping[str, int]) -> list[Output]:
    return [
        Output(
            lot=LotId(f"{code}-SCRAP-{campaign.number}"),
            material=f"{element} scrap",
            mass_mg=elements[element] * recovered // share_ppm,
            assay_ppm={element: share_ppm},
        )
        for code, element, recovered, share_ppm in SCRAP
    ]


def _leached(play: Play, campaign: Campaign) -> Transform:
    lot = play.consortium.get(Lot, campaign.black_mass)
    outputs = tuple(
        _salt_output(route.code, route.element, campaign, lot)
        for route in ROUTES
        if route.element in LEACHED_PPM
    )
    salts = sum(output.mass_mg for output in outputs)
    return Transform(
        run=RunId(f"LEACH-{campaign.number}"),
        process="leaching and crystallisation",
        site=RECYCLING_WORKS,
        time_ms=play.consortium.time_ms,
        inputs=((campaign.black_mass, lot.mass_mg),),
        outputs=outputs,
        added_mg=salts,
        added="sulphuric acid, soda and water",
        loss_mg=lot.mass_mg,
    )


def _salt(code: str, campaign: Campaign) -> LotId:
    return LotId(f"{code}-RECYCLED-{campaign.number}")


def _salt_output(code: str, element: str, campaign: Campaign, black_mass: Lot) -> Output:
    route = next(route for route in ROUTES if route.code == code)
    product, share_ppm = route.product, route.product_ppm
    if element == "Li":
        product, share_ppm = "lithium carbonate", LITHIUM_CARBONATE_PPM
    there_mg_ppm = black_mass.mass_mg * black_mass.assay_ppm[element]
    return Output(
        lot=_salt(code, campaign),
        material=product,
        mass_mg=there_mg_ppm * LEACHED_PPM[element] // (share_ppm * PPM),
        assay_ppm={element: share_ppm},
    )


def _recovered(
    play: Play, campaigns: list[Campaign], elements: Mapping[str, int]
) -> list[tuple[str, str]]:
    """Share of nickel, cobalt and lithium that came back, beside what the law asks for."""
    told = []
    for code, element, name in (
        ("NI", "Ni", "nickel"),
        ("CO", "Co", "cobalt"),
        ("LI", "Li", "lithium"),
    ):
        lots = [play.consortium.get(Lot, _salt(code, campaign)) for campaign in campaigns]
        back = sum(lot.mass_mg * lot.assay_ppm[element] // PPM for lot in lots)
        share = back * PPM // elements[element]
        asked = RECOVERED_PPM[element]
        told.append(
            (f"{name} recovered", f"{tonnes(back)}, {percent(share)} (law: {percent(asked)})")
        )
    return told


def _ceased(play: Play, battery: Battery) -> tuple[Amend, Cease]:
    passport, said = item_passport(battery), play.disclosures
    values: dict[str, Json] = {"passport_operator": RECYCLER, "status": "waste"}
    amend = Amend(
        passport=passport,
        statements=said.statements(RECYCLER, passport, values, CERTIFICATE),
        commitment=said.version(RECYCLER, passport),
    )
    return amend, Cease(passport=passport)
