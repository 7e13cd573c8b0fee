"""What was voted for is in force from its height on, the same on every replica."""

from dataclasses import replace

import pytest

from cellchain.adapters.signature_worker import Batch, InlineVerifier, verified_ahead
from cellchain.contracts import discover
from cellchain.contracts import governance as g
from cellchain.contracts.custody import CONTRACT as CUSTODY
from cellchain.contracts.custody import Custody
from cellchain.contracts.governance import GOVERNING
from cellchain.contracts.membership import Party, RegisterParty, Suspend
from cellchain.contracts.membership.members import MEMBERS
from cellchain.core.errors import Corrupt
from cellchain.ledger import parameters as ledger_parameters
from cellchain.ledger.application import Application
from cellchain.ledger.contract import Contract
from cellchain.ledger.finality import parse_trust
from cellchain.ledger.proof import proved_app_hash
from cellchain.ledger.replay import audit, stored_blocks
from cellchain.ledger.replay import replay as replay_blocks
from cellchain.ledger.store import MemoryStore
from cellchain.services.proofs import event_proof, verify_proof
from tests.chain import Chain
from tests.homes import OPERATOR, START_MS

HOUR_MS = 3_600_000
ONE_SEAT = (g.Seat(party="client-0", weight=1),)
RULES = g.Rules(suspending_seats=1, validator_change_max_ppm=1_000_000)


def governed(**how):
    chain = Chain(**how)
    found = g.Found(seats=ONE_SEAT, rules=RULES)
    assert not chain.send(0, found, signer=OPERATOR).code
    return chain


def agree(chain, *actions, height=None, name="p"):
    """Client 0 has the only seat: what it proposes is accepted at once."""
    proposal = g.Propose(
        name=name,
        summary="-",
        actions=actions,
        expires_ms=START_MS + HOUR_MS,
        executes_height=height,
    )
    result = chain.send(0, proposal, g.Vote(proposal=f"client-0:{name}", approve=True))
    assert not result.code, result.text


def parameters(**changes):
    return g.SetParameters(**changes)


def replica(chain, contracts=None):
    return Application(chain.genesis, contracts or discover(), MEMBERS, MemoryStore(), GOVERNING)


def replayed(chain, contracts=None):
    shadow = replica(chain, contracts)
    audit(chain.application, shadow)
    return shadow


def test_parameters_are_in_force_from_the_block_after_their_height():
    chain = governed()
    agree(chain, parameters(quota_gas=10**9), height=5)
    assert chain.state.head.height == 2
    for height in (3, 4):
        chain.seal()
        assert chain.application.parameters.quota_gas != 10**9, height
    before = chain.state.head.app_hash
    chain.seal()
    assert chain.application.parameters.quota_gas == 10**9
    assert chain.state.head.app_hash != before
    assert chain.state.parameter_hash == chain.application.parameters.hash
    assert replayed(chain).parameters.quota_gas == 10**9


def test_what_was_agreed_on_is_found_again_at_the_next_start():
    chain = governed()
    agree(chain, parameters(quota_gas=10**9))
    chain.seal()
    head = chain.state.head
    chain.open()
    assert chain.application.parameters.quota_gas == 10**9
    assert chain.state.head == head


def test_events_before_and_after_a_change_stay_provable():
    chain = governed()
    agree(chain, parameters(quota_gas=10**9))
    chain.seal()
    chain.send(1, g.SetSeats(changes=()))  # refused, with a receipt
    trust = parse_trust(chain.genesis.to_bytes())
    for height in range(1, chain.state.head.height + 1):
        block = chain.state.block(height)
        for position in range(block.log_start, block.log_start + len(block.entries)):
            proof = event_proof(chain.state, position)
            assert proved_app_hash(proof.state) == block.app_hash
            assert verify_proof(proof, trust).height == height


def test_a_refused_action_leaves_the_chain_as_it_was_and_says_why():
    chain = governed()
    agree(chain, parameters(quota_gas=10**9), Suspend(party="nobody", reason="-"))
    chain.seal()
    found = chain.state.records.lookup((g.Proposal, "client-0:p"))
    assert (found.state, found.code) == ("given_up", "membership.unknown_party")
    assert chain.application.parameters == chain.genesis.parameters
    replayed(chain)


def test_a_chain_runs_on_where_a_vote_would_break_it():
    """A contract that leans on one that does not run: every node that has it refuses alike."""
    orphan = replace(CUSTODY, name="orphan", messages=(), events=(), leans_on=("nowhere",))
    contracts = {**discover(), "orphan": orphan}
    chain = governed()
    chain.application = replica(chain, contracts)
    chain.solo = type(chain.solo)(chain.application, chain.solo.key)
    assert not chain.send(0, g.Found(seats=ONE_SEAT, rules=RULES), signer=OPERATOR).code
    agree(chain, g.EnableContracts(contracts=("orphan",)))
    chain.seal()
    assert chain.state.records.lookup((g.Proposal, "client-0:p")).code == "ledger.contracts"


def test_a_node_without_the_code_stops_before_the_height_and_goes_on_when_it_has_it():
    chain = governed()
    agree(chain, g.EnableContracts(contracts=("custody@2",)), height=4)
    chain.seal()
    with pytest.raises(Corrupt) as stop:
        chain.seal()
    assert stop.value.code == "ledger.contract_missing"
    assert chain.state.head.height == 3
    second = replace(CUSTODY, version=2)
    contracts = {**discover(), "custody@2": second}
    chain.application = Application(chain.genesis, contracts, MEMBERS, chain.store, GOVERNING)
    chain.solo = type(chain.solo)(chain.application, chain.solo.key)
    chain.seal()
    assert chain.application.machine.contracts["custody"] is second
    assert replayed(chain, contracts).state.head == chain.state.head


def test_a_contract_that_is_enabled_later_takes_messages_from_then_on():
    names = tuple(name for name in discover() if name not in ("custody", "assembly", "passport"))
    names = tuple(name for name in names if name != "telemetry")
    chain = governed(contracts=names)
    assert Custody not in chain.state.records.kinds.values()
    agree(chain, g.EnableContracts(contracts=("custody",)))
    chain.seal()
    assert Custody in chain.state.records.kinds.values()
    replayed(chain)


def test_members_come_by_vote():
    chain = governed()
    agree(chain, Suspend(party="client-2", reason="-"))
    result = chain.send(1, g.Vote(proposal="client-0:p", approve=True))
    assert result.code == "governance.no_seat"
    assert chain.state.records.lookup((Party, "client-2")).suspended
    entries = chain.state.block(chain.state.head.height).entries
    assert sum(b"ledger.done/1" in entry for entry in entries) == 1


def test_a_ledger_with_votes_replays_from_its_blocks():
    chain = governed()
    agree(chain, parameters(quota_gas=10**9), name="a")
    agree(chain, parameters(transaction_gas_max=150_000), name="b")
    chain.seal()
    shadow = replica(chain)
    replay_blocks(shadow, stored_blocks(chain.store, chain.state.head.height))
    assert shadow.state.head == chain.state.head


def test_a_version_has_a_key_of_its_own():
    assert Contract(name="swap", messages=(), events=()).key == "swap"
    assert Contract(name="swap", messages=(), events=(), version=3).key == "swap@3"


def test_what_was_read_by_the_rules_before_a_vote_is_read_again_after_it():
    """A batch is read ahead while the block runs whose vote allows no transaction of its size."""
    chain = governed()
    vote = g.Propose(
        name="small",
        summary="-",
        actions=(parameters(transaction_bytes_max=16_384),),
        expires_ms=START_MS + HOUR_MS,
    )
    accepted = chain.signed(0, vote, g.Vote(proposal="client-0:small", approve=True))
    strangers = [
        RegisterParty(party=f"p-{n}", name="x" * 128, roles=(), key=f"{n:064x}") for n in range(99)
    ]
    large = chain.signed(1, *strangers)
    batches = [Batch([accepted]), Batch([]), Batch([large])]
    results = [
        chain.seal(*batch.transactions)
        for batch in verified_ahead(chain.application, batches, InlineVerifier())
    ]
    assert results[2][0].code == "canonical.too_long"
    replayed(chain)


def test_another_version_of_a_library_stops_a_node_behind_the_block_until_it_is_there(monkeypatch):
    chain = governed()
    agree(chain, parameters(libraries={"msgspec": "99.1", "pynacl": "1.6.2"}))
    chain.seal()
    height = chain.state.head.height
    with pytest.raises(Corrupt, match="ledger.library"):
        chain.seal()
    assert chain.state.head.height == height
    with pytest.raises(Corrupt, match="ledger.library"):
        chain.open()
    installed = {"msgspec": "99.1.4", "pynacl": "1.6.2"}
    monkeypatch.setattr(ledger_parameters, "version", installed.__getitem__)
    chain.open()
    chain.seal()
    assert replayed(chain).state.head == chain.state.head
