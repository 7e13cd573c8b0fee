"""Every serial is born once, is in one place at a time, follows its whole, and ends once."""

import pytest
from msgspec.structs import replace

from cellchain.contracts import assembly as a
from cellchain.contracts import custody, material, membership
from tests.given import NOON_MS
from tests.unit.contracts.consortium import HOUR_MS, bought, hand_over, made, unit, workshop_floor

C1, C2, C3, C4 = (unit(f"C{number}") for number in range(1, 5))
P1, P2, V1 = unit("P1"), unit("P2"), unit("V1")
ESCROW = "contract:assembly"
GB_T = "0" * 24


def join(whole, *parts, time_ms=NOON_MS):
    return a.Assemble(whole=whole, parts=parts, time_ms=time_ms)


def part(whole, *parts, time_ms=NOON_MS):
    return a.Disassemble(whole=whole, parts=parts, time_ms=time_ms)


def recycle(*items, mass_mg, time_ms=NOON_MS, **assay_ppm):
    lot = material.Output(lot="black", material="black mass", mass_mg=mass_mg, assay_ppm=assay_ppm)
    return a.Recycle(
        items=items,
        run="R1",
        process="shred",
        site="works",
        time_ms=time_ms,
        outputs=(lot,),
    )


def test_cells_consume_the_lots_they_are_made_of():
    ledger = workshop_floor()
    assert ledger.get(material.Lot, "powder").consumed_mg == 4_000
    cell = ledger.get(a.Item, C4)
    assert (cell.maker, cell.mass_mg, cell.lots) == ("cells", 1_000, (("powder", 1_000),))
    assert cell.elements_mg == {"Co": 200, "Ni": 300}
    assert ledger.get(custody.Custody, C4).holder == "cells"


def test_losses_leave_the_mass_of_an_item():
    ledger = workshop_floor()
    ledger.must("cells", made("cell", "C9", lots=(("powder", 100),), loss_mg=10))
    assert ledger.get(a.Item, unit("C9")).mass_mg == 90


def test_codes_go_to_custody():
    ledger = workshop_floor()
    make = a.Make(
        sort="pack", items=(unit("P9"),), lots=(("case", 1),), time_ms=NOON_MS, codes=(GB_T,)
    )
    ledger.must("packs", make)
    assert ledger.get(custody.Code, GB_T).battery == unit("P9")


def test_a_whole_lists_and_weighs_its_parts():
    ledger = workshop_floor()
    pack = ledger.get(a.Item, P1)
    assert (pack.parts, pack.mass_mg) == ((C1, C2), 7_000)
    assert pack.elements_mg == {"Al": 4_500, "Co": 400, "Ni": 600}
    assert ledger.get(a.Item, C1).whole == P1


def test_a_part_cannot_be_handed_over_alone():
    ledger = workshop_floor()
    for giver in ("packs", "cells"):
        for changes in (("holder",), ("owner",), ("responsible",)):
            offer = custody.Offer(battery=C1, receiver="lab", changes=changes)
            assert ledger.code(giver, offer) == f"custody.not_{changes[0]}"


def test_a_part_follows_its_whole_into_other_hands():
    ledger = workshop_floor()
    hand_over(ledger, P1, "packs", "cars", "owner", "responsible")
    hand_over(ledger, P1, "packs", "workshop")
    ledger.must("workshop", part(P1, C1))
    assert ledger.get(custody.Custody, C1) == custody.Custody(
        owner="cars", holder="workshop", responsible="cars"
    )
    pack = ledger.get(a.Item, P1)
    assert (pack.parts, pack.mass_mg) == ((C2,), 6_000)
    assert pack.elements_mg == {"Al": 4_500, "Co": 200, "Ni": 300}


def test_a_swap_does_both_or_neither():
    ledger = workshop_floor()
    swap = a.Swap(whole=P1, removed=(C1,), installed=(C4,), time_ms=NOON_MS)
    assert ledger.code("packs", swap) == "custody.not_holder"
    assert ledger.get(a.Item, P1).parts == (C1, C2)
    swap = a.Swap(whole=P1, removed=(C1,), installed=(C3,), time_ms=NOON_MS)
    ledger.must("packs", swap)
    assert ledger.get(a.Item, P1).parts == (C2, C3)
    assert ledger.get(a.Item, C1).whole is None


def in_a_vehicle():
    ledger = workshop_floor()
    hand_over(ledger, P1, "packs", "cars", *custody.EVERYTHING)
    ledger.must("cars", join(V1, P1))
    return ledger


def test_whoever_opens_a_part_takes_it_out_first():
    ledger = in_a_vehicle()
    assert ledger.code("cars", part(P1, C1)) == "assembly.already_installed"
    ledger.must("cars", part(V1, P1), part(P1, C1))
    assert ledger.get(custody.Custody, C1).owner == "cars"


def test_first_use_of_the_whole_is_that_of_the_parts():
    ledger = in_a_vehicle()
    ledger.time_ms = NOON_MS + 9
    ledger.must("cars", a.Commission(battery=V1, time_ms=NOON_MS + 5))
    ledger.must("cars", part(V1, P1, time_ms=NOON_MS + 6), part(P1, C1, time_ms=NOON_MS + 7))
    assert ledger.get(a.Item, P1).in_service_ms == NOON_MS + 5
    assert ledger.get(a.Item, C1).in_service_ms == NOON_MS + 5


def test_a_part_that_left_before_the_first_use_was_never_used():
    ledger = in_a_vehicle()
    ledger.time_ms = NOON_MS + 9
    ledger.must("cars", a.Commission(battery=V1, time_ms=NOON_MS + 5))
    ledger.must("cars", part(V1, P1, time_ms=NOON_MS + 4))
    assert ledger.get(a.Item, P1).in_service_ms is None


@pytest.mark.parametrize(("used", "origin"), [(True, "post-consumer"), (False, "manufacturing")])
def test_recycling_ends_a_battery_and_opens_lots(used, origin):
    ledger = workshop_floor()
    if used:
        ledger.must("packs", a.Commission(battery=P1, time_ms=NOON_MS))
    hand_over(ledger, P1, "packs", "recycler", "holder", "owner")
    ledger.must("recycler", recycle(P1, mass_mg=7_000, Co=400 * 10**6 // 7_000))
    black = ledger.get(material.Lot, "black")
    assert (black.holder, black.waste_origin, black.run) == ("recycler", origin, "R1")
    assert ledger.get(material.Run, "R1").batteries == (P1,)
    assert ledger.get(a.Item, P1).retired_ms == NOON_MS
    assert ledger.get(custody.Custody, P1).holder == ESCROW


def test_a_realistic_pack_fits_its_messages():
    ledger = workshop_floor()
    cells = [f"CELL-{number:04d}" for number in range(96)]
    modules = [f"MODULE-{number}" for number in range(8)]
    cell_lots = tuple((f"cell-part-{number}", 100) for number in range(6))
    for lot, _ in cell_lots:
        create = material.Create(
            lot=lot, material=lot, mass_mg=10**6, assay_ppm={}, site="s", time_ms=NOON_MS
        )
        ledger.must("cells", create)
    ledger.must("cells", made("cell", *cells, lots=cell_lots))
    ledger.must("packs", made("module", *modules, lots=(("case", 10),)))
    for cell in cells:
        hand_over(ledger, unit(cell), "cells", "packs", *custody.EVERYTHING)
    for number, module in enumerate(modules):
        twelve = [unit(cell) for cell in cells[12 * number : 12 * number + 12]]
        ledger.must("packs", join(unit(module), *twelve))
    ledger.must("packs", join(P2, *map(unit, modules)))
    assert ledger.get(a.Item, P2).mass_mg == 5_000 + 8 * 10 + 96 * 600


def make(**changed):
    fields = {"sort": "cell", "items": (unit("C9"),), "lots": (("powder", 1),)}
    return a.Make(**fields | {"time_ms": NOON_MS} | changed)


MANY = tuple(unit(f"M{number}") for number in range(257))
LATER = NOON_MS + HOUR_MS


@pytest.mark.parametrize(
    ("sender", "message", "code"),
    [
        pytest.param("packs", make(), "membership.role_missing", id="makes-no-cells"),
        pytest.param("cells", make(items=(C4,)), "custody.exists", id="rule-12-born-twice"),
        pytest.param("cells", make(items=("x",)), "name.battery", id="name"),
        pytest.param("cells", make(items=()), "assembly.list", id="no-items"),
        pytest.param("cells", make(items=MANY), "assembly.list", id="many-items"),
        pytest.param("cells", make(items=MANY[:1] * 2), "assembly.list", id="one-twice"),
        pytest.param("cells", make(lots=()), "assembly.mass", id="of-nothing"),
        pytest.param("cells", make(loss_mg=1), "assembly.mass", id="all-lost"),
        pytest.param("cells", make(loss_mg=-1), "assembly.mass", id="mass-gained"),
        pytest.param("cells", make(codes=(GB_T, GB_T)), "assembly.list", id="codes"),
        pytest.param("cells", make(lots=(("z", 1),)), "material.unknown_lot", id="no-such-lot"),
        pytest.param("cells", make(lots=(("case", 1),)), "material.not_holder", id="anothers-lot"),
        pytest.param(
            "cells", make(lots=(("powder", 10**6),)), "material.over_consumed", id="rule-3"
        ),
        pytest.param(
            "cells",
            make(lots=(("powder", 2 * 10**6), ("case", -(10**6)))),
            "material.over_consumed",
            id="negative-mass",
        ),
        pytest.param(
            "cells", make(time_ms=NOON_MS - 1), "material.time_order", id="before-its-lot"
        ),
        pytest.param("cells", make(time_ms=LATER), "assembly.future", id="in-the-future"),
        pytest.param(
            "packs", join(P2, C1), "assembly.already_installed", id="rule-12-in-two-packs"
        ),
        pytest.param("cars", join(P2, C3), "custody.not_holder", id="anothers-pack"),
        pytest.param("packs", join(P2, C4), "custody.not_holder", id="anothers-cell"),
        pytest.param("packs", join(P2, unit("C9")), "assembly.unknown_item", id="no-such-cell"),
        pytest.param("packs", join(P1, P2), "assembly.rank", id="pack-in-pack"),
        pytest.param("packs", join(P2, P2), "assembly.rank", id="in-itself"),
        pytest.param("packs", join(P2, C3, C3), "assembly.list", id="part-twice"),
        pytest.param("packs", join(P2), "assembly.list", id="no-parts"),
        pytest.param(
            "packs", join(P2, C3, time_ms=NOON_MS - 1), "assembly.time_order", id="unborn"
        ),
        pytest.param("packs", join(P2, C3, time_ms=LATER), "assembly.future", id="not-yet"),
        pytest.param("packs", part(P1, C3), "assembly.not_installed", id="not-inside"),
        pytest.param("packs", part(P2, C1), "assembly.not_installed", id="in-another"),
        pytest.param("cells", part(P1, C1), "custody.not_holder", id="anothers-whole"),
        pytest.param(
            "packs", part(P1, C1, time_ms=NOON_MS - 1), "assembly.time_order", id="too-early"
        ),
        pytest.param(
            "lab",
            a.Commission(battery=P1, time_ms=NOON_MS),
            "custody.not_responsible",
            id="commission-anothers",
        ),
        pytest.param(
            "packs",
            a.Commission(battery=C1, time_ms=NOON_MS),
            "assembly.already_installed",
            id="commission-a-part",
        ),
        pytest.param(
            "lab",
            a.Retire(battery=P1, reason="burnt", time_ms=NOON_MS),
            "custody.not_holder",
            id="retire-anothers",
        ),
        pytest.param(
            "packs",
            a.Retire(battery=C1, reason="burnt", time_ms=NOON_MS),
            "assembly.already_installed",
            id="retire-a-part",
        ),
        pytest.param(
            "packs",
            a.Retire(battery=P1, reason="", time_ms=NOON_MS),
            "assembly.reason",
            id="no-reason",
        ),
        pytest.param(
            "packs", recycle(P1, mass_mg=7_000), "membership.role_missing", id="no-recycler"
        ),
        pytest.param(
            "recycler", recycle(P1, mass_mg=7_000), "custody.not_holder", id="not-in-hand"
        ),
    ],
)
def test_refusals(sender, message, code):
    assert workshop_floor().code(sender, message) == code


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(recycle(P1, mass_mg=7_000), id="recycle"),
        pytest.param(a.Retire(battery=P1, reason="lost", time_ms=NOON_MS), id="retire"),
    ],
)
def test_who_only_holds_an_item_ends_it_by_the_owners_mandate(message):
    ledger = workshop_floor()
    hand_over(ledger, P1, "packs", "recycler")
    assert ledger.code("recycler", message) == "assembly.not_owner"
    mandate = membership.Delegate(
        agent="recycler", scope=("assembly",), until_ms=NOON_MS + 1, mandate="ab" * 32
    )
    ledger.must("packs", mandate)
    assert ledger.code("recycler", message) == ""


def test_what_its_lots_gained_stays_with_an_item_until_it_is_metal_again():
    ledger = workshop_floor()
    powder = ledger.records[material.Lot, "powder"]
    ledger.records[material.Lot, "powder"] = replace(powder, gained_ppm=20_000)
    ledger.must("cells", made("cell", "C9", lots=(("powder", 1_000),)))
    hand_over(ledger, unit("C9"), "cells", "packs", *custody.EVERYTHING)
    ledger.must("packs", join(P2, unit("C9")))
    assert ledger.get(a.Item, P2).gained_ppm == 20_000
    hand_over(ledger, P2, "packs", "recycler", "holder", "owner")
    run = recycle(P2, mass_mg=6_000, Co=33_350)  # 200.1 mg of 200
    run = replace(run, uncertainty_ppm=20_000)
    assert ledger.code("recycler", run) == "material.uncertainty_spent"
    ledger.must("recycler", recycle(P2, mass_mg=6_000, Co=33_333))
    assert ledger.get(material.Lot, "black").gained_ppm == 20_000


def test_no_item_is_too_heavy_for_an_exact_number():
    ledger = workshop_floor()
    huge = tuple(f"huge-{number}" for number in range(32))
    for lot in huge:
        ledger.must("cells", bought(lot, 10**15, Co=1_000_000))
    every = tuple((lot, 10**15) for lot in huge)
    assert ledger.code("cells", make(lots=every)) == "assembly.too_heavy"
    lost = make(lots=every, loss_mg=32 * 10**15 - 1)
    assert ledger.code("cells", lost) == "assembly.too_heavy"
    ledger.must("cells", make(lots=every[:1]))
    hand_over(ledger, unit("C9"), "cells", "packs", *custody.EVERYTHING)
    assert ledger.code("packs", join(P2, unit("C9"))) == "assembly.too_heavy"


def test_refusals_of_recycling():
    ledger = workshop_floor()
    ledger.must("packs", a.Commission(battery=P1, time_ms=NOON_MS))
    hand_over(ledger, P1, "packs", "recycler", "holder", "owner")
    hand_over(ledger, P2, "packs", "recycler", "holder", "owner")
    both = recycle(P1, P2, mass_mg=12_000)
    assert ledger.code("recycler", both) == "assembly.mixed_origin"
    heavy = recycle(P1, mass_mg=7_001)
    assert ledger.code("recycler", heavy) == "material.mass_not_conserved"
    rich = recycle(P1, mass_mg=7_000, Co=57_143)  # 400.001 mg of 400
    assert ledger.code("recycler", rich) == "material.element_not_conserved"


def test_nothing_happens_to_what_has_ended():
    ledger = workshop_floor()
    ledger.must("packs", a.Retire(battery=P1, reason="burnt", time_ms=NOON_MS))
    for message in (
        join(P1, C3),
        part(P1, C1),
        a.Commission(battery=P1, time_ms=NOON_MS),
        a.Retire(battery=P1, reason="again", time_ms=NOON_MS),
    ):
        assert ledger.code("packs", message) == "assembly.retired"
    assert ledger.code("packs", join(P2, C1)) == "assembly.already_installed"
    assert ledger.code("packs", custody.Register(battery=P1)) == "custody.exists"


def test_an_item_is_commissioned_once_and_has_room_for_256():
    ledger = workshop_floor()
    commission = a.Commission(battery=P1, time_ms=NOON_MS)
    ledger.must("packs", commission)
    assert ledger.code("packs", commission) == "assembly.in_service"
    ledger.records[a.Item, P2] = a.Item(
        sort="pack",
        maker="packs",
        made_ms=NOON_MS,
        mass_mg=1,
        elements_mg={},
        parts=MANY[:256],
        since_ms=NOON_MS,
    )
    assert ledger.code("packs", join(P2, C3)) == "assembly.full"
