"""Two signatures move a right, and only the right that both signed for."""

import pytest

from cellchain.contracts import custody as c
from cellchain.contracts import membership
from cellchain.ledger.contract import GENESIS
from tests.given import NOON_MS
from tests.unit.contracts.consortium import consortium, hand_over, unit

B1, B2 = unit("B1"), unit("B2")
GB_T = "0" * 24
ASSEMBLY = "contract:assembly"


def born():
    ledger = consortium()
    ledger.must("packs", c.Register(battery=B1, gb_t_34014=GB_T))
    return ledger


def test_the_maker_has_every_right():
    ledger = born()
    assert ledger.get(c.Custody, B1) == c.Custody(
        owner="packs", holder="packs", responsible="packs", gb_t_34014=GB_T
    )
    assert ledger.get(c.Code, GB_T) == c.Code(battery=B1)


def test_the_holder_changes_when_both_have_signed():
    ledger = born()
    ledger.must("packs", c.Offer(battery=B1, receiver="carrier"))
    assert ledger.get(c.Custody, B1).holder == "packs"
    (accepted,) = ledger.must("carrier", c.Accept(battery=B1))
    assert accepted == c.Accepted(battery=B1, giver="packs", receiver="carrier")
    assert ledger.get(c.Custody, B1) == c.Custody(
        owner="packs", holder="carrier", responsible="packs", gb_t_34014=GB_T
    )


@pytest.mark.parametrize("changes", sorted(c.record.COMBINATIONS))
def test_any_rights_change_together(changes):
    ledger = born()
    hand_over(ledger, B1, "packs", "cars", *changes)
    after = ledger.get(c.Custody, B1)
    for right in c.EVERYTHING:
        assert getattr(after, right) == ("cars" if right in changes else "packs")
    assert (after.offered_to, after.offered, after.offer_ends_ms) == (None, c.HOLDER, None)


def test_the_owner_sells_what_another_holds():
    ledger = born()
    hand_over(ledger, B1, "packs", "carrier")
    hand_over(ledger, B1, "packs", "cars", "owner")
    assert ledger.get(c.Custody, B1).holder == "carrier"
    assert ledger.get(c.Custody, B1).owner == "cars"


def test_a_later_offer_replaces_an_earlier():
    ledger = born()
    ledger.must("packs", c.Offer(battery=B1, receiver="cars"))
    ledger.must("packs", c.Offer(battery=B1, receiver="carrier"))
    assert ledger.code("cars", c.Accept(battery=B1)) == "custody.not_offered"


def test_an_offer_ends_at_its_moment():
    ledger = born()
    ledger.must("packs", c.Offer(battery=B1, receiver="cars", expires_ms=NOON_MS + 2))
    ledger.time_ms = NOON_MS + 2
    assert ledger.code("cars", c.Accept(battery=B1)) == "custody.offer_expired"
    ledger.time_ms = NOON_MS + 1
    ledger.must("cars", c.Accept(battery=B1))


@pytest.mark.parametrize("who", ["packs", "cars"])
def test_giver_or_receiver_ends_an_offer(who):
    ledger = born()
    ledger.must("packs", c.Offer(battery=B1, receiver="cars"))
    ledger.must(who, c.Cancel(battery=B1))
    assert ledger.code("cars", c.Accept(battery=B1)) == "custody.not_offered"
    assert ledger.code(who, c.Cancel(battery=B1)) == "custody.no_offer"


def test_a_part_goes_into_the_hands_that_hold_the_whole():
    ledger = born()
    ledger.must("packs", c.Register(battery=B2))
    hand_over(ledger, B1, "packs", ASSEMBLY, *c.EVERYTHING)
    hand_over(ledger, B2, "packs", "cars", "owner")
    hand_over(ledger, B2, "packs", "carrier")
    ledger.must(ASSEMBLY, c.Release(battery=B1, whole=B2))
    assert ledger.get(c.Custody, B1) == c.Custody(
        owner="cars", holder="carrier", responsible="packs", gb_t_34014=GB_T
    )


TO_CARS = c.Offer(battery=B1, receiver="cars")


@pytest.mark.parametrize(
    ("sender", "message", "code"),
    [
        pytest.param("packs", c.Register(battery=B1), "custody.exists", id="second-birth"),
        pytest.param("cars", c.Register(battery=B1), "custody.exists", id="others-birth"),
        pytest.param("lab", c.Register(battery=B2), "membership.role_missing", id="no-maker"),
        pytest.param("packs", c.Register(battery="b2"), "name.battery", id="name"),
        pytest.param(
            "packs", c.Register(battery=B2, gb_t_34014="1"), "name.gb_t_34014", id="code-form"
        ),
        pytest.param(
            "packs", c.Register(battery=B2, gb_t_34014=GB_T), "custody.code_taken", id="code"
        ),
        pytest.param(
            "packs",
            c.Offer(battery=B2, receiver="cars"),
            "custody.unknown_custody",
            id="unborn",
        ),
        pytest.param("lab", TO_CARS, "custody.not_holder", id="thief"),
        pytest.param(
            "lab",
            c.Offer(battery=B1, receiver="cars", changes=("owner",)),
            "custody.not_owner",
            id="sells-anothers",
        ),
        pytest.param(
            "lab",
            c.Offer(battery=B1, receiver="cars", changes=("responsible",)),
            "custody.not_responsible",
            id="sheds-anothers-duty",
        ),
        pytest.param(
            "packs",
            c.Offer(battery=B1, receiver="cars", changes=("owner", "holder")),
            "custody.changes",
            id="out-of-order",
        ),
        pytest.param(
            "packs",
            c.Offer(battery=B1, receiver="cars", changes=()),
            "custody.changes",
            id="nothing",
        ),
        pytest.param(
            "packs", c.Offer(battery=B1, receiver="packs"), "custody.to_self", id="to-self"
        ),
        pytest.param(
            "packs",
            c.Offer(battery=B1, receiver="ghost"),
            "membership.unknown_party",
            id="to-nobody",
        ),
        pytest.param(
            "packs",
            c.Offer(battery=B1, receiver="cars", expires_ms=NOON_MS),
            "custody.offer_past",
            id="past",
        ),
        pytest.param("cars", c.Accept(battery=B1), "custody.not_offered", id="not-offered"),
        pytest.param("packs", c.Cancel(battery=B1), "custody.no_offer", id="no-offer"),
        pytest.param(
            "packs",
            c.Release(battery=B1, whole=B1),
            "custody.not_contract",
            id="release-by-party",
        ),
        pytest.param(
            ASSEMBLY,
            c.Release(battery=B1, whole=B1),
            "custody.not_holder",
            id="release-anothers",
        ),
        pytest.param(GENESIS, c.Register(battery=B2), "membership.unknown_party", id="by-genesis"),
    ],
)
def test_refusals(sender, message, code):
    assert born().code(sender, message) == code


def test_refusals_of_what_is_offered():
    ledger = born()
    ledger.must("packs", TO_CARS)
    assert ledger.code("lab", c.Accept(battery=B1)) == "custody.not_offered"
    other = c.Accept(battery=B1, changes=("owner",))
    assert ledger.code("cars", other) == "custody.other_offer"
    assert ledger.code("lab", c.Cancel(battery=B1)) == "custody.not_holder"
    ledger.must("op", membership.Suspend(party="lab", reason="audit"))
    to_lab = c.Offer(battery=B1, receiver="lab")
    assert ledger.code("packs", to_lab) == "membership.suspended"
