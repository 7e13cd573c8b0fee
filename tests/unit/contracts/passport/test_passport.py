"""Phases, authors, evidence and successors of passports."""

import pytest

from cellchain.contracts import assembly, custody, document, membership
from cellchain.contracts import passport as p
from tests.given import NOON_MS
from tests.unit.contracts.consortium import GTIN, hand_over, unit, workshop_floor

P1, P2, V1 = unit("P1"), unit("P2"), unit("V1")
MODEL, BATCH = f"01/{GTIN}", f"01/{GTIN}/10/B7"
HASH, OTHER = "ab" * 32, "cd" * 32


def said(attribute="capacity", value=HASH, evidence=()):
    return p.Statement(attribute=attribute, value=value, evidence=evidence)


def state(*statements, passport=P1):
    return p.State(passport=passport, statements=statements or (said(),))


def amend(*statements, commitment=None):
    return p.Amend(passport=P1, statements=statements or (said(),), commitment=commitment)


def draft(passport, *predecessors):
    return p.Draft(passport=passport, category="ev", predecessors=predecessors)


ISSUE = p.Issue(passport=P1, commitment=HASH)


def drafted():
    ledger = workshop_floor()
    ledger.must("packs", draft(P1))
    return ledger


def issued():
    ledger = drafted()
    ledger.must("packs", ISSUE)
    return ledger


def test_a_life_from_draft_to_grave():
    ledger = issued()
    ledger.must("packs", amend(commitment=OTHER), amend())
    found = ledger.get(p.Passport, P1)
    assert (found.phase, found.version, found.commitment) == ("amended", 3, OTHER)
    retire = assembly.Retire(battery=P1, reason="burnt", time_ms=NOON_MS)
    ledger.must("packs", retire, p.Cease(passport=P1))
    assert ledger.get(p.Passport, P1).phase == "ceased"


MESSAGES = {
    "state": state(),
    "issue": ISSUE,
    "amend": amend(),
    "cease": p.Cease(passport=P1),
}


@pytest.mark.parametrize("phase", sorted(p.PHASES))
@pytest.mark.parametrize("verb", sorted(MESSAGES))
def test_the_table_of_phases_is_what_happens(phase, verb):
    ledger = drafted()
    retire = assembly.Retire(battery=P1, reason="burnt", time_ms=NOON_MS)
    ledger.must("packs", retire)
    steps = {"draft": "", "issued": "issue", "amended": "issue amend", "ceased": "cease"}
    for step in steps[phase].split():
        ledger.must("packs", MESSAGES[step])
    expected = p.PHASES[phase].get(verb)
    code = ledger.code("packs", MESSAGES[verb])
    assert code == ("" if expected else "passport.phase")
    assert ledger.get(p.Passport, P1).phase == (expected or phase)


def test_a_value_is_a_commitment_with_its_evidence_and_author():
    ledger = drafted()
    ledger.must("lab", document.Register(document="D1", commitment=OTHER))
    ledger.must("lab", state(said("test_reports", evidence=("D1",))))
    assert ledger.get(p.Attribute, p.attribute_key(P1, "test_reports")) == p.Attribute(
        value=HASH, evidence=("D1",), stated_by="lab", stated_ms=NOON_MS, version=0
    )


def test_the_holder_who_works_on_it_states_what_it_measured():
    ledger = issued()
    measured = amend(said("remaining_capacity"))
    assert ledger.code("workshop", measured) == "passport.not_author"
    hand_over(ledger, P1, "packs", "workshop")
    ledger.must("workshop", measured)
    assert ledger.code("workshop", amend(said("weight"))) == "passport.not_author"
    hand_over(ledger, P1, "workshop", "carrier")
    assert ledger.code("carrier", measured) == "passport.not_author"


def test_a_mandate_lets_a_delegate_do_everything():
    ledger = drafted()
    assert ledger.code("second", ISSUE) == "passport.not_responsible"
    ledger.must(
        "packs",
        membership.Delegate(
            agent="second", scope=("passport",), until_ms=NOON_MS + 1, mandate=HASH
        ),
    )
    ledger.must("second", state(), ISSUE, amend(said("weight"), commitment=OTHER))


def test_who_answers_for_the_whole_answers_for_the_part():
    ledger = issued()
    hand_over(ledger, P1, "packs", "cars", *custody.EVERYTHING)
    ledger.must("cars", assembly.Assemble(whole=V1, parts=(P1,), time_ms=NOON_MS))
    assert ledger.code("packs", amend()) == "passport.not_author"
    ledger.must("cars", amend())
    hand_over(ledger, V1, "cars", "workshop")
    ledger.must("workshop", amend(said("negative_events")))


def test_models_and_batches_are_their_makers():
    ledger = workshop_floor()
    ledger.must("packs", draft(MODEL), draft(BATCH))
    assert ledger.get(p.Passport, MODEL).level == "model"
    assert ledger.get(p.Passport, BATCH).level == "batch"
    ledger.must("packs", state(passport=MODEL), p.Cease(passport=MODEL))
    assert ledger.code("cars", state(passport=BATCH)) == "passport.not_author"


def test_successor_and_predecessor_name_each_other():
    ledger = issued()
    ledger.must("packs", draft(P2, P1))
    assert ledger.get(p.Passport, P1).successors == (P2,)
    assert ledger.get(p.Passport, P2).predecessors == (P1,)


def test_the_guidance_is_covered():
    points = sorted(rule.point for rule in p.ATTRIBUTES.values())
    assert points == [n for n in range(1, 72) if n not in (16, 25)]
    for rule in p.ATTRIBUTES.values():
        assert set(rule.holders + rule.witnesses) <= set(membership.ROLES)


@pytest.mark.parametrize(
    ("sender", "message", "code"),
    [
        pytest.param("packs", draft(P1), "passport.exists", id="twice"),
        pytest.param("cars", draft(P2), "passport.not_responsible", id="draft-anothers"),
        pytest.param("packs", draft(unit("X")), "custody.unknown_custody", id="unborn"),
        pytest.param("carrier", draft(MODEL), "membership.role_missing", id="no-maker"),
        pytest.param("packs", draft("01/1"), "name.battery", id="no-gtin"),
        pytest.param("packs", draft("x/y"), "passport.name", id="no-path"),
        pytest.param("packs", draft(f"{MODEL}/10/b b"), "name.battery", id="batch-name"),
        pytest.param("packs", draft("01/09506000134353"), "name.check_digit", id="digit"),
        pytest.param("packs", draft(MODEL, P1), "passport.not_item", id="model-of-item"),
        pytest.param("packs", draft(P2, P1), "passport.links", id="of-a-draft"),
        pytest.param("packs", draft(P2, P2), "passport.links", id="of-itself"),
        pytest.param("packs", draft(P2, P1, P1), "passport.links", id="of-one-twice"),
        pytest.param("packs", draft(P2, V1), "passport.unknown_passport", id="of-an-unknown"),
        pytest.param("lab", state(), "passport.not_author", id="no-author"),
        pytest.param("packs", state(said("x")), "passport.unknown_attribute", id="attribute"),
        pytest.param("packs", state(said(), said()), "passport.statements", id="said-twice"),
        pytest.param(
            "packs", p.State(passport=P1, statements=()), "passport.statements", id="says-nothing"
        ),
        pytest.param("packs", state(said(value="1")), "name.digest", id="value-in-clear"),
        pytest.param(
            "packs",
            state(said(evidence=("D9",))),
            "document.unknown_document",
            id="no-evidence",
        ),
        pytest.param(
            "packs", state(said(evidence=("D",) * 9)), "passport.evidence", id="much-evidence"
        ),
        pytest.param("packs", amend(), "passport.phase", id="amend-a-draft"),
        pytest.param("lab", ISSUE, "passport.not_responsible", id="issue-anothers"),
        pytest.param(
            "packs", p.Issue(passport=P1, commitment="x"), "name.digest", id="no-commitment"
        ),
        pytest.param("lab", p.Cease(passport=P1), "passport.not_responsible", id="cease-anothers"),
        pytest.param("packs", p.Cease(passport=P2), "passport.unknown_passport", id="cease-none"),
    ],
)
def test_refusals(sender, message, code):
    assert drafted().code(sender, message) == code


def test_refusals_after_issue():
    ledger = issued()
    assert ledger.code("packs", p.Cease(passport=P1)) == "passport.battery_lives"
    signed = amend(said("test_reports"), commitment=OTHER)
    assert ledger.code("lab", signed) == "passport.not_responsible"
    ledger.must("packs", draft(MODEL))
    model = state(said("cycle_count"), passport=MODEL)
    assert ledger.code("packs", model) == "passport.not_item"
    ledger.must("packs", document.Register(document="D1", commitment=HASH))
    ledger.must("packs", document.Withdraw(document="D1"))
    assert ledger.code("packs", amend(said(evidence=("D1",)))) == "document.withdrawn"
    hand_over(ledger, P1, "packs", "cars", *custody.EVERYTHING)
    assert ledger.code("packs", draft(P2, P1)) == "passport.not_responsible"
