"""Nothing from nothing: masses, elements, order, origin and hands of lots."""

import pytest

from cellchain.contracts import material as t
from cellchain.contracts import membership
from tests.given import NOON_MS
from tests.unit.contracts.consortium import HOUR_MS, YEAR_MS, bought, consortium

ORE = t.Create(
    lot="ore",
    material="cobalt ore",
    mass_mg=1_000,
    assay_ppm={"Co": 100_000, "Cu": 50_000},
    site="pit",
    time_ms=NOON_MS,
    licence="L-9",
)


def stock():
    """The refiner holds 1000 mg of ore with 10 % Co, and 500 mg of salt with 20 % Li."""
    ledger = consortium()
    ledger.must("mine", ORE)
    ledger.must("mine", t.Offer(lot="ore", receiver="refiner"))
    ledger.must("refiner", t.Accept(lot="ore"))
    ledger.must("refiner", bought("salt", 500, Li=200_000))
    return ledger


def out(lot="pure", mass_mg=100, **assay_ppm):
    return t.Output(lot=lot, material="sulphate", mass_mg=mass_mg, assay_ppm=assay_ppm)


def refine(*outputs, **changed):
    outputs = outputs or (out(Co=900_000),)
    fields = {
        "run": "R1",
        "process": "leach",
        "site": "works",
        "time_ms": NOON_MS,
        "inputs": (("ore", 1_000),),
        "outputs": outputs,
        "loss_mg": 1_000 - sum(output.mass_mg for output in outputs),
    }
    return t.Transform(**fields | changed)


def test_a_mined_lot_names_its_licence():
    ledger = consortium()
    ledger.must("mine", ORE)
    lot = ledger.get(t.Lot, "ore")
    assert (lot.holder, lot.licence, lot.run, lot.remaining_mg) == ("mine", "L-9", None, 1_000)


def test_a_run_turns_lots_into_lots():
    ledger = stock()
    ledger.must("refiner", refine())
    assert ledger.get(t.Lot, "ore").remaining_mg == 0
    assert ledger.get(t.Lot, "pure") == t.Lot(
        holder="refiner",
        material="sulphate",
        mass_mg=100,
        assay_ppm={"Co": 900_000},
        made_ms=NOON_MS,
        site="works",
        run="R1",
    )
    run = ledger.get(t.Run, "R1")
    assert (run.inputs, run.outputs, run.loss_mg) == ((("ore", 1_000),), (("pure", 100),), 900)


def test_added_mass_counts_but_brings_no_element():
    ledger = stock()
    more = refine(out(mass_mg=1_200, Co=80_000), added_mg=300, added="acid", loss_mg=100)
    ledger.must("refiner", more)
    assert ledger.get(t.Run, "R1").added_mg == 300


def test_assays_may_be_off_by_their_uncertainty():
    just_over = out(Co=1_000_000)  # 100 mg of 100 mg
    ledger = stock()
    above = refine(out(mass_mg=102, Co=1_000_000), uncertainty_ppm=20_000, loss_mg=898)
    ledger.must("refiner", above)
    assert stock().code("refiner", refine(just_over)) == ""


def grown(ledger, lot, mass_mg, new, new_mg):
    """Make ``new_mg`` of pure cobalt out of ``mass_mg``; return the code."""
    run = refine(
        out(new, new_mg, Co=1_000_000),
        run=f"run-{new}",
        inputs=((lot, mass_mg),),
        added_mg=new_mg,
        added="nothing",
        loss_mg=mass_mg,
        uncertainty_ppm=20_000,
    )
    return ledger.code("refiner", run)


def pure_cobalt():
    ledger = consortium()
    ledger.must("refiner", bought("a", 10_000, Co=1_000_000))
    return ledger


def test_what_uncertainty_lets_grow_is_remembered_along_the_way():
    ledger = pure_cobalt()
    assert grown(ledger, "a", 1_000, "b", 1_015) == ""
    assert ledger.get(t.Lot, "b").gained_ppm == 15_000
    assert grown(ledger, "b", 1_000, "c", 1_006) == "material.uncertainty_spent"
    assert grown(ledger, "b", 1_000, "c", 1_005) == ""
    assert grown(ledger, "c", 1_000, "d", 1_001) == "material.uncertainty_spent"
    assert grown(ledger, "c", 1_000, "d", 1_000) == ""
    assert ledger.get(t.Lot, "d").gained_ppm == 20_000


def test_splitting_and_blending_keep_what_was_gained():
    ledger = pure_cobalt()
    assert grown(ledger, "a", 1_000, "b", 1_015) == ""
    ledger.must("refiner", t.Split(run="S", lot="b", parts=(("c", 500),), time_ms=NOON_MS))
    ledger.must("refiner", bought("sulphate", 500, Co=1_000_000))
    inputs = (("c", 500), ("sulphate", 500))
    ledger.must("refiner", t.Blend(run="B", inputs=inputs, lot="d", site="s", time_ms=NOON_MS))
    assert [ledger.get(t.Lot, lot).gained_ppm for lot in "cd"] == [15_000, 15_000]


def test_no_chain_of_runs_makes_metal():
    ledger, lot, mass_mg = pure_cobalt(), "a", 10_000
    for step in range(199):
        more_mg = mass_mg * 1_020_000 // 1_000_000
        if grown(ledger, lot, mass_mg, f"n{step}", more_mg) == "":
            lot, mass_mg = f"n{step}", more_mg
    assert mass_mg == 10_200


def test_a_part_is_as_the_whole():
    ledger = stock()
    parts = (("ore-a", 300), ("ore-b", 200))
    ledger.must("refiner", t.Split(run="S1", lot="ore", parts=parts, time_ms=NOON_MS))
    whole, part = ledger.get(t.Lot, "ore"), ledger.get(t.Lot, "ore-b")
    assert (whole.remaining_mg, part.mass_mg) == (500, 200)
    assert (part.assay_ppm, part.material) == (whole.assay_ppm, whole.material)


def test_a_blend_has_the_average_rounded_down():
    ledger = consortium()
    for lot, mass_mg, share_ppm in (("a", 2, 100_000), ("b", 1, 100_001)):
        create = bought(lot, mass_mg, Co=share_ppm)
        ledger.must("refiner", t.Create(**{**fields(create), "material": "salt"}))
    blend = t.Blend(run="B1", inputs=(("a", 2), ("b", 1)), lot="c", site="works", time_ms=NOON_MS)
    ledger.must("refiner", blend)
    assert ledger.get(t.Lot, "c").mass_mg == 3
    assert ledger.get(t.Lot, "c").assay_ppm == {"Co": 100_000}


def fields(message):
    return {name: getattr(message, name) for name in message.__struct_fields__}


def waste(lot, origin):
    return t.Collect(
        lot=lot,
        material="scrap",
        mass_mg=100,
        assay_ppm={"Ni": 500_000},
        site="yard",
        time_ms=NOON_MS,
        waste_origin=origin,
    )


@pytest.mark.parametrize(
    ("origins", "expected"),
    [
        pytest.param(["post-consumer", "post-consumer"], "post-consumer", id="same"),
        pytest.param(["post-consumer", "manufacturing"], "", id="mixed"),
    ],
)
def test_waste_keeps_its_origin_unless_mixed(origins, expected):
    ledger = consortium()
    for lot, origin in zip("ab", origins, strict=True):
        ledger.must("recycler", waste(lot, origin))
    melt = refine(out(mass_mg=200), inputs=(("a", 100), ("b", 100)), loss_mg=0)
    ledger.must("recycler", melt)
    assert ledger.get(t.Lot, "pure").waste_origin == expected


def test_an_offer_is_void_once_something_is_taken():
    ledger = stock()
    ledger.must("refiner", t.Offer(lot="ore", receiver="cells"))
    use = t.Consume(lot="ore", mass_mg=1, use="sample", time_ms=NOON_MS)
    ledger.must("refiner", use)
    assert ledger.code("cells", t.Accept(lot="ore")) == "material.not_offered"


def test_an_offer_ends_at_its_moment_or_by_either_party():
    ledger = stock()
    ledger.must("refiner", t.Offer(lot="ore", receiver="cells", expires_ms=NOON_MS + 1))
    ledger.time_ms += 1
    assert ledger.code("cells", t.Accept(lot="ore")) == "material.offer_expired"
    assert ledger.code("lab", t.Cancel(lot="ore")) == "material.not_holder"
    ledger.must("cells", t.Cancel(lot="ore"))
    assert ledger.get(t.Lot, "ore").offered_to is None


def create(**changed):
    return t.Create(**fields(ORE) | {"lot": "new"} | changed)


def consume(**changed):
    return t.Consume(**{"lot": "ore", "mass_mg": 1, "use": "sample", "time_ms": NOON_MS} | changed)


RECOVER = t.Recover(
    run="R1",
    operator="recycler",
    batteries=(),
    mass_mg=1,
    elements_mg={},
    waste_origin="",
    process="shred",
    site="works",
    time_ms=NOON_MS,
    outputs=(out(mass_mg=1),),
)
MANY = tuple((f"lot-{number}", 1) for number in range(65))


@pytest.mark.parametrize(
    ("sender", "message", "code"),
    [
        pytest.param("mine", create(licence=None), "membership.role_missing", id="unlicensed"),
        pytest.param("refiner", create(), "membership.role_missing", id="no-mine"),
        pytest.param("mine", create(licence="L"), "membership.unknown_licence", id="no-licence"),
        pytest.param(
            "mine",
            create(time_ms=NOON_MS - 2 * YEAR_MS),
            "membership.licence_void",
            id="before-licence",
        ),
        pytest.param("mine", create(site="yard"), "material.site", id="another-site"),
        pytest.param("mine", create(lot="ore"), "material.lot_exists", id="lot-exists"),
        pytest.param("mine", create(lot="o e"), "name.lot", id="lot-name"),
        pytest.param("mine", create(material=""), "material.label", id="no-material"),
        pytest.param("mine", create(mass_mg=0), "material.mass", id="no-mass"),
        pytest.param("mine", create(mass_mg=10**15 + 1), "material.mass", id="huge"),
        pytest.param("mine", create(assay_ppm={"Xx": 1}), "material.assay", id="element"),
        pytest.param("mine", create(assay_ppm={"Co": 0}), "material.assay", id="no-share"),
        pytest.param(
            "mine", create(assay_ppm={"Co": 600_000, "Ni": 600_000}), "material.assay", id="over-1"
        ),
        pytest.param("mine", create(time_ms=NOON_MS + HOUR_MS), "material.future", id="future"),
        pytest.param(
            "mine", waste("w", "post-consumer"), "membership.role_missing", id="no-collector"
        ),
        pytest.param("lab", refine(), "material.not_holder", id="anothers-lot"),
        pytest.param(
            "refiner", refine(inputs=(("z", 1),)), "material.unknown_lot", id="no-such-lot"
        ),
        pytest.param("refiner", refine(inputs=()), "material.inputs", id="no-input"),
        pytest.param("refiner", refine(inputs=MANY), "material.inputs", id="many-inputs"),
        pytest.param(
            "refiner", refine(inputs=(("ore", 1), ("ore", 1))), "material.inputs", id="one-twice"
        ),
        pytest.param(
            "refiner", refine(inputs=(("ore", 1_001),)), "material.over_consumed", id="rule-3"
        ),
        pytest.param(
            "refiner", refine(inputs=(("ore", -1),)), "material.mass", id="negative-input"
        ),
        pytest.param(
            "refiner", refine(time_ms=NOON_MS - 1), "material.time_order", id="rule-4-order"
        ),
        pytest.param(
            "refiner", refine(time_ms=NOON_MS + HOUR_MS), "material.future", id="rule-4-future"
        ),
        pytest.param("refiner", refine(out("ore")), "material.lot_exists", id="rule-5"),
        pytest.param("refiner", refine(out(), out()), "material.outputs", id="output-twice"),
        pytest.param("refiner", refine(outputs=()), "material.outputs", id="no-output"),
        pytest.param("refiner", refine(out(mass_mg=-1)), "material.mass", id="negative-output"),
        pytest.param(
            "refiner", refine(loss_mg=899), "material.mass_not_conserved", id="mass-short"
        ),
        pytest.param(
            "refiner", refine(loss_mg=901), "material.mass_not_conserved", id="mass-gained"
        ),
        pytest.param("refiner", refine(out(mass_mg=1_001)), "material.mass", id="negative-loss"),
        pytest.param(
            "refiner", refine(added_mg=1, loss_mg=901), "material.label", id="added-unnamed"
        ),
        pytest.param("refiner", refine(added="acid"), "material.label", id="named-not-added"),
        pytest.param(
            "refiner",
            refine(out(mass_mg=101, Co=1_000_000)),
            "material.element_not_conserved",
            id="rule-1",
        ),
        pytest.param(
            "refiner", refine(out(Ni=1)), "material.element_not_conserved", id="from-nothing"
        ),
        pytest.param(
            "refiner",
            refine(out(mass_mg=103, Co=1_000_000), uncertainty_ppm=20_000),
            "material.element_not_conserved",
            id="beyond-uncertainty",
        ),
        pytest.param(
            "refiner", refine(uncertainty_ppm=20_001), "material.uncertainty", id="uncertain"
        ),
        pytest.param("refiner", refine(run="r r"), "material.run_name", id="run-name"),
        pytest.param(
            "refiner",
            t.Blend(run="R", inputs=(("ore", 1), ("salt", 1)), lot="n", site="s", time_ms=NOON_MS),
            "material.unlike",
            id="unlike",
        ),
        pytest.param(
            "refiner",
            t.Split(run="R", lot="ore", parts=(("a", 600), ("b", 401)), time_ms=NOON_MS),
            "material.over_consumed",
            id="split-more",
        ),
        pytest.param("lab", consume(), "material.not_holder", id="consume-anothers"),
        pytest.param(
            "refiner", consume(mass_mg=1_001), "material.over_consumed", id="consume-more"
        ),
        pytest.param("refiner", consume(use=""), "material.label", id="no-use"),
        pytest.param("recycler", RECOVER, "material.not_contract", id="recover-by-party"),
        pytest.param(
            "lab", t.Offer(lot="ore", receiver="cells"), "material.not_holder", id="thief"
        ),
        pytest.param(
            "refiner", t.Offer(lot="ore", receiver="refiner"), "material.to_self", id="to-self"
        ),
        pytest.param(
            "refiner",
            t.Offer(lot="ore", receiver="z"),
            "membership.unknown_party",
            id="to-nobody",
        ),
        pytest.param(
            "refiner",
            t.Offer(lot="ore", receiver="cells", expires_ms=NOON_MS),
            "material.offer_past",
            id="past",
        ),
        pytest.param("cells", t.Accept(lot="ore"), "material.not_offered", id="not-offered"),
        pytest.param("refiner", t.Cancel(lot="ore"), "material.no_offer", id="no-offer"),
    ],
)
def test_refusals(sender, message, code):
    assert stock().code(sender, message) == code


def test_refusals_after_something_happened():
    ledger = stock()
    ledger.must("refiner", refine())
    empty = t.Offer(lot="ore", receiver="cells")
    assert ledger.code("refiner", empty) == "material.over_consumed"
    again = refine(out("other"), inputs=(("salt", 100),), loss_mg=0)
    assert ledger.code("refiner", again) == "material.run_exists"
    ledger.must("law", membership.RevokeLicence(licence="L-9"))
    assert ledger.code("mine", create()) == "membership.licence_void"
    earlier = create(time_ms=NOON_MS - 1)
    assert ledger.code("mine", earlier) == "membership.licence_void"


def test_a_licence_that_ran_out_is_not_used_by_dating_back():
    ledger = stock()
    ledger.time_ms += 2 * YEAR_MS
    assert ledger.code("mine", create()) == "membership.licence_void"
