"""The members decide by weight, in time, and nobody else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.contracts import governance as g
from cellchain.contracts import membership as m
from cellchain.contracts.governance.rights import verdict
from cellchain.ledger.contract import GENESIS
from cellchain.ledger.gas import GasPrices
from tests.given import NOON_MS
from tests.unit.contracts.consortium import HOUR_MS, consortium, key

US, ZOO = "contract:governance", g.Seat(party="contract:zoo", weight=1)
ID = "cars:a-proposal"
SEATS = tuple(g.Seat(party=party, weight=1) for party in ("cars", "cells", "packs", "recycler"))
NODES = tuple(
    g.ValidatorSeat(key=f"{n:064x}", party=seat.party, power=10) for n, seat in enumerate(SEATS)
)
ADMIT = m.RegisterParty(party="newcomer", name="Newcomer", roles=("recycler",), key=key("newcomer"))


def founded(**how):
    ledger = consortium()
    ledger.must("op", g.Found(seats=SEATS, validators=NODES, **how))
    return ledger


def proposal(*actions, **how):
    how = {"name": "a-proposal", "summary": "To try", "expires_ms": NOON_MS + HOUR_MS} | how
    return g.Propose(actions=actions or (ADMIT,), **how)


def vote(approve=True):
    return g.Vote(proposal=ID, approve=approve)


def decided(ledger, *actions, **how):
    """The proposal accepted by three of four, and carried out as the ledger does."""
    ledger.must("cars", proposal(*actions, **how), vote())
    ledger.must("cells", vote())
    ledger.must("packs", vote())
    return ledger.code(US, g.Execute(proposal=ID), contract=US)


def state(ledger):
    return ledger.get(g.Proposal, ID).state


def test_what_enough_weight_is_for_happens_in_the_name_of_the_contract():
    ledger = founded()
    ledger.must("cars", proposal(), vote())
    ledger.must("cells", vote())
    assert state(ledger) == "open"
    ledger.must("recycler", vote())
    assert state(ledger) == "accepted"
    assert ledger.get(g.Agenda, "chain").due == ((2, ID),)
    ledger.must(US, g.Execute(proposal=ID))
    assert (state(ledger), ledger.get(g.Agenda, "chain")) == ("executed", None)
    assert ledger.get(m.Party, "newcomer").roles == ("recycler",)


def test_too_much_weight_against_it_ends_the_vote():
    ledger = founded()
    ledger.must("cars", proposal(), vote(False))
    assert state(ledger) == "open"
    ledger.must("cells", vote(False))
    assert state(ledger) == "rejected"
    assert ledger.code("packs", vote()) == "governance.settled"


def test_a_member_may_think_again_while_the_vote_is_open():
    ledger = founded()
    ledger.must("cars", proposal(), vote(False))
    ledger.must("cars", vote())
    assert ledger.get(g.Proposal, ID).votes == (("cars", True),)


def test_what_is_refused_when_it_is_due_is_given_up_with_why():
    ledger = founded()
    twice = m.RegisterParty(party="cars", name="Cars", roles=("mine",), key=key("new"))
    assert decided(ledger, ADMIT, twice) == "membership.party_exists"
    assert ledger.get(m.Party, "newcomer") is None
    ledger.must(US, g.GiveUp(proposal=ID, code="membership.party_exists"))
    found = ledger.get(g.Proposal, ID)
    assert (found.state, found.code) == ("given_up", "membership.party_exists")


@given(
    weights=st.lists(st.integers(1, 1000), min_size=1, max_size=6),
    votes=st.lists(st.sampled_from([None, True, False]), min_size=6, max_size=6),
    accept_ppm=st.integers(500_001, 1_000_000),
)
def test_a_verdict_never_changes_by_the_votes_that_are_missing(weights, votes, accept_ppm):
    seats = tuple(g.Seat(party=f"p{n}", weight=weight) for n, weight in enumerate(weights))
    law = g.Constitution(seats=seats, rules=g.Rules(accept_ppm=accept_ppm))
    cast = [(f"p{n}", vote) for n, vote in enumerate(votes[: len(seats)]) if vote is not None]

    def judged(given_votes):
        made = g.Proposal(
            proposer="p0", summary="-", actions=(), expires_ms=1, votes=tuple(given_votes)
        )
        return verdict(made, law, {seat.party: seat.weight for seat in seats})

    missing = [f"p{n}" for n, vote in enumerate(votes[: len(seats)]) if vote is None]
    best = judged([*cast, *((party, True) for party in missing)])
    worst = judged([*cast, *((party, False) for party in missing)])
    now = judged(cast)
    assert now == {("accepted", "accepted"): "accepted", ("rejected", "rejected"): "rejected"}.get(
        (best, worst), "open"
    )


@pytest.mark.parametrize(
    "message",
    [
        g.SetSeats(changes=(g.Seat(party="cars", weight=9),)),
        g.SetRules(rules=g.Rules()),
        g.SetValidators(changes=NODES[:1]),
        g.SetParameters(quota_gas=10**9),
        g.EnableContracts(contracts=("strange",)),
        g.Execute(proposal=ID),
        g.GiveUp(proposal=ID, code="x"),
    ],
    ids=lambda message: type(message).__name__,
)
def test_nobody_has_by_asking_what_is_voted_on(message):
    ledger = founded()
    ledger.must("cars", proposal())
    assert ledger.code("op", message) == "governance.by_vote_only"
    assert ledger.code("cars", message) == "governance.by_vote_only"


def test_votes_are_founded_once_by_an_operator_or_the_genesis():
    ledger = consortium()
    assert ledger.code("cars", g.Found(seats=SEATS)) == "membership.role_missing"
    ledger.must(GENESIS, g.Found(seats=SEATS))
    assert ledger.code("op", g.Found(seats=SEATS)) == "governance.founded"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"seats": ()}, "governance.seats"),
        ({"seats": SEATS[::-1]}, "governance.seats"),
        ({"seats": (g.Seat(party="cars", weight=0),)}, "governance.seats"),
        ({"seats": SEATS[:1]}, "governance.seats"),  # two of one cannot suspend a key
        ({"seats": (*SEATS, g.Seat(party="ufo", weight=1))}, "membership.unknown_party"),
        ({"rules": g.Rules(accept_ppm=500_000)}, "governance.rules"),
        ({"rules": g.Rules(voting_ms_max=1)}, "governance.rules"),
        ({"rules": g.Rules(suspending_seats=1)}, "governance.seats"),
        (
            {"seats": (*SEATS[:2], g.Seat(party="contract:zoo", weight=1))},
            "membership.unknown_party",
        ),
        ({"rules": g.Rules(suspending_seats=5)}, "governance.seats"),
        ({"validators": NODES[::-1]}, "governance.validators"),
        ({"validators": (g.ValidatorSeat(key="0", party="cars", power=1),)}, "name.key"),
    ],
)
def test_no_constitution_under_which_nobody_could_decide(changes, code):
    assert consortium().code("op", g.Found(**({"seats": SEATS} | changes))) == code


@pytest.mark.parametrize(
    ("sender", "changes", "code"),
    [
        ("op", {}, "governance.no_seat"),
        ("cars", {"name": "A Proposal"}, "governance.proposal_name"),
        ("cars", {"name": "x" * 61}, "governance.proposal_name"),
        ("cars", {"summary": ""}, "governance.summary"),
        ("cars", {"actions": (ADMIT,) * 17}, "governance.actions"),
        ("cars", {"expires_ms": NOON_MS}, "governance.voting_time"),
        ("cars", {"expires_ms": NOON_MS + 10**12}, "governance.voting_time"),
        ("cars", {"executes_height": 1}, "governance.height"),
        ("cars", {"executes_height": 0}, "governance.height"),
    ],
)
def test_a_proposal_has_a_form(sender, changes, code):
    how = {"name": "a-proposal", "summary": "-", "expires_ms": NOON_MS + 1, "actions": (ADMIT,)}
    assert founded().code(sender, g.Propose(**(how | changes))) == code


def test_a_proposal_has_a_name_of_its_own():
    ledger = founded()
    ledger.must("cars", proposal())
    assert ledger.code("cars", proposal()) == "governance.proposal_exists"
    assert ledger.code("cells", proposal()) == ""  # a name is its proposer's own


def test_a_vote_ends_in_time_and_before_its_height():
    ledger = founded()
    ledger.must("cars", proposal(executes_height=3))
    ledger.height = 3
    assert ledger.code("cars", vote()) == "governance.expired"
    ledger.height, ledger.time_ms = 2, NOON_MS + HOUR_MS
    assert ledger.code("cars", vote()) == "governance.expired"


def test_no_more_is_due_at_once_than_a_block_can_take():
    ledger = founded()
    for n in range(5):
        ledger.must("cars", proposal(name=f"p-{n}", executes_height=9))
        for party in ("cars", "cells"):
            ledger.must(party, g.Vote(proposal=f"cars:p-{n}", approve=True))
    for n in range(4):
        ledger.must("packs", g.Vote(proposal=f"cars:p-{n}", approve=True))
    last = g.Vote(proposal="cars:p-4", approve=True)
    assert ledger.code("packs", last) == "governance.agenda_full"


def test_a_suspended_member_does_not_vote_and_what_it_voted_counts_no_more():
    ledger = founded()
    ledger.must("cars", proposal(), vote())
    ledger.must("op", m.Suspend(party="cars", reason="audit"))
    assert ledger.code("cars", proposal(name="another")) == "membership.suspended"
    ledger.must("cells", vote())
    ledger.must("packs", vote())
    assert state(ledger) == "open"
    ledger.must("recycler", vote())
    assert state(ledger) == "accepted"


def test_a_suspended_member_holds_up_no_change_of_the_others():
    ledger = founded()
    ledger.must("op", m.Suspend(party="recycler", reason="audit"))
    seats = g.SetSeats(changes=(g.Seat(party="lab", weight=1),))
    assert decided(ledger, seats, g.SetValidators(changes=(node(0, 11),))) == ""


# -- what is voted on ----------------------------------------------------------------------------


def node(n, power, party="cars"):
    return g.ValidatorSeat(key=f"{n:064x}", party=party, power=power)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ((node(4, 10),), ""),  # a fifth of four
        ((node(0, 0),), ""),  # one of four goes
        ((node(0, 0), node(4, 10)), ""),  # … or has another key
        ((node(0, 20),), ""),
        ((node(4, 14),), "governance.validator_change"),
        ((node(0, 0), node(1, 0, "cells")), "governance.validator_change"),
        ((node(9, 0),), "governance.validators"),
        ((node(4, 1), node(4, 2)), "governance.validators"),
        ((), "governance.validators"),
        ((node(0, 10**10),), "governance.validators"),
    ],
)
def test_no_more_than_a_third_of_the_power_changes_at_once(changes, code):
    ledger = founded()
    before = ledger.get(g.Validators, "chain")
    assert decided(ledger, g.SetValidators(changes=changes)) == code
    assert (ledger.get(g.Validators, "chain") == before) == bool(code)


def test_more_changes_at_once_where_the_rules_say_so():
    ledger = founded(rules=g.Rules(validator_change_max_ppm=1_000_000))
    assert decided(ledger, g.SetValidators(changes=(node(4, 40),))) == ""


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (g.SetParameters(quota_gas=10**9, gas=GasPrices(read=3)), ""),
        (g.SetParameters(block_bytes_max=0), "genesis.parameter"),
        (g.SetParameters(libraries={"numpy": "2"}), "genesis.libraries"),
        (g.SetParameters(block_gas_max=1000), "governance.unusable"),
        (g.SetParameters(transaction_bytes_max=100), "governance.unusable"),
        (g.SetParameters(quota_window_ms=10**11), "governance.unusable"),
        (g.SetParameters(libraries={"msgspec": "", "pynacl": "1.6.2"}), "genesis.libraries"),
        (g.SetParameters(gas=GasPrices(transaction=10**9)), "governance.unusable"),
        (g.EnableContracts(contracts=("swap", "custody@2")), ""),
        (g.EnableContracts(contracts=()), "governance.contracts"),
        (g.EnableContracts(contracts=("custody",)), "governance.contracts"),
        (g.EnableContracts(contracts=("custody@2", "custody@3")), "governance.contracts"),
        (g.EnableContracts(contracts=("custody@1",)), "governance.contracts"),
    ],
)
def test_parameters_under_which_a_proposal_can_still_be_sent(change, code):
    ledger = founded()
    assert decided(ledger, change) == code
    assert (ledger.get(g.Agreement, "chain") is None) == bool(code)


def test_a_version_takes_the_place_of_another():
    ledger = founded()
    assert decided(ledger, g.EnableContracts(contracts=("custody@2",))) == ""
    enabled = ledger.get(g.Agreement, "chain").parameters.contracts
    assert "custody@2" in enabled
    assert "custody" not in enabled


def test_seats_and_rules_change_by_vote():
    ledger = founded()
    seats = g.SetSeats(changes=(g.Seat(party="cars", weight=0), g.Seat(party="lab", weight=7)))
    rules = g.Rules(accept_ppm=900_000)
    assert decided(ledger, seats, g.SetRules(rules=rules)) == ""
    found = ledger.get(g.Constitution, "chain")
    assert [seat.party for seat in found.seats] == ["cells", "lab", "packs", "recycler"]
    assert found.rules == rules


def test_a_change_of_seats_names_each_party_once():
    ledger = founded()
    twice = g.SetSeats(changes=(g.Seat(party="lab", weight=1), g.Seat(party="lab", weight=9)))
    assert decided(ledger, twice) == "governance.seats"


def test_the_last_seats_stay():
    ledger = founded()
    nobody = g.SetSeats(changes=tuple(g.Seat(party=seat.party, weight=0) for seat in SEATS))
    assert decided(ledger, nobody) == "governance.seats"


# -- at once -------------------------------------------------------------------------------------


def heard(ledger, party):
    return not ledger.get(m.Key, key(party)).suspended


def test_two_of_four_silence_a_key_and_a_vote_restores_it():
    ledger = founded()
    ledger.must("cars", g.SuspendKey(key=key("mine")))
    assert heard(ledger, "mine")
    assert ledger.code("cars", g.SuspendKey(key=key("mine"))) == "governance.asked"
    ledger.must("cells", g.SuspendKey(key=key("mine")))
    assert not heard(ledger, "mine")
    assert ledger.get(g.Alarm, key("mine")) is None
    assert decided(ledger, m.RestoreKey(key=key("mine"))) == ""
    assert heard(ledger, "mine")


def test_an_alarm_ends_where_the_others_do_not_follow():
    ledger = founded()
    ledger.must("cars", g.SuspendKey(key=key("mine")))
    ledger.time_ms += 8 * 24 * HOUR_MS
    ledger.must("cells", g.SuspendKey(key=key("mine")))
    assert heard(ledger, "mine")
    assert ledger.get(g.Alarm, key("mine")).parties == ("cells",)


def test_whoever_lost_its_seat_counts_no_longer():
    ledger = founded()
    ledger.must("cars", g.SuspendKey(key=key("mine")))
    decided(ledger, g.SetSeats(changes=(g.Seat(party="cars", weight=0),)))
    ledger.must("cells", g.SuspendKey(key=key("mine")))
    assert heard(ledger, "mine")


def test_only_seats_silence_keys():
    assert founded().code("op", g.SuspendKey(key=key("mine"))) == "governance.no_seat"
