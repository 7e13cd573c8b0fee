"""What was voted for reaches CometBFT: who votes on blocks, and how large one may be."""

import pytest

from cellchain.adapters.cometbft.running import next_key_agreed
from cellchain.contracts import governance as g
from cellchain.core.errors import Corrupt
from cellchain.ledger.engine.comet import abci_pb2 as abci
from cellchain.ledger.engine.comet.answering import BLOCK_ROOM_BYTES, Comet
from tests.chain import Chain
from tests.homes import OPERATOR, START_MS
from tests.integration.comet.node import at

PARTY, SEAT = "client-0", g.Seat(party="client-0", weight=1)
RULES = g.Rules(suspending_seats=1, validator_change_max_ppm=1_000_000)


def node(n, power):
    return g.ValidatorSeat(key=f"{n:064x}", party=PARTY, power=power)


def key(n):
    return {"pub_key": {"ed25519": n.to_bytes(32, "big")}}


@pytest.fixture
def chain():
    """One seat, two validators."""
    made = Chain()
    found = g.Found(seats=(SEAT,), rules=RULES, validators=(node(1, 10), node(2, 10)))
    assert not made.send(0, found, signer=OPERATOR).code
    return made


def asked(engine, **request):
    data = engine.answer(abci.Request(**request).SerializeToString(), now_ms=START_MS)
    answer = abci.Response.FromString(data)
    return getattr(answer, answer.WhichOneof("value"))


def accepted(chain, *actions):
    """Two blocks through the engine: the vote, and what follows from it."""
    engine = Comet(chain.application, began_at=1)
    proposal = g.Propose(name="p", summary="-", actions=actions, expires_ms=START_MS + 9)
    sent = chain.signed(0, proposal, g.Vote(proposal="client-0:p", approve=True))
    told = []
    for height, transactions in ((1, [sent]), (2, [])):
        block = {"txs": transactions, "height": height, "time": at(START_MS)}
        told.append(asked(engine, finalize_block=block))
        asked(engine, commit={})
    return told


def test_powers_that_change_are_told_once_in_order_of_keys(chain):
    before, after = accepted(chain, g.SetValidators(changes=(node(3, 5), node(1, 0))))
    assert not before.validator_updates
    said = [(one.pub_key.ed25519[-1], one.power) for one in after.validator_updates]
    assert said == [(1, 0), (3, 5)]
    assert not after.HasField("consensus_param_updates")


def test_the_size_of_a_block_is_told_with_all_fields_of_its_group(chain):
    _, after = accepted(chain, g.SetParameters(block_bytes_max=1_000_000))
    block = after.consensus_param_updates.block
    assert (block.max_bytes, block.max_gas) == (1_000_000 + BLOCK_ROOM_BYTES, -1)
    assert not after.validator_updates


@pytest.mark.parametrize(
    "validators",
    [[], [key(1) | {"power": 10}], [key(1) | {"power": 10}, key(2) | {"power": 11}]],
    ids=["none", "one", "power"],
)
def test_a_network_whose_genesis_names_others_does_not_begin(chain, validators):
    engine = Comet(chain.application, began_at=1)
    begun = {"chain_id": "test", "initial_height": 1, "validators": validators}
    with pytest.raises(Corrupt, match="comet.validators"):
        asked(engine, init_chain=begun)


def test_a_network_begins_with_those_that_were_agreed_on(chain):
    engine = Comet(chain.application, began_at=1)
    validators = [key(1) | {"power": 10}, key(2) | {"power": 10}]
    begun = {"chain_id": "test", "initial_height": 1, "validators": validators}
    assert asked(engine, init_chain=begun).app_hash == chain.state.head.app_hash


def test_whose_power_was_that_of_the_genesis_loses_it_when_votes_are_founded():
    made = Chain()
    made.seal()
    engine = Comet(made.application, began_at=1, validators={f"{n:064x}": 10 for n in (1, 2)})
    found = g.Found(seats=(SEAT,), rules=RULES, validators=(node(2, 10), node(4, 1)))
    sent = made.signed(0, found, signer=OPERATOR)
    block = {"txs": [sent], "height": 1, "time": at(START_MS)}
    told = asked(engine, finalize_block=block)
    said = [(one.pub_key.ed25519[-1], one.power) for one in told.validator_updates]
    assert said == [(1, 0), (4, 1)]


class Folder:
    """A node that has made the next key to vote with."""

    def next_key(self):
        return node(3, 1).key


def test_a_node_takes_its_next_key_only_when_the_old_one_has_cast_its_last_vote(chain):
    """Block H chooses it, and it counts from H + 2: the vote on H + 1 wants the key of before."""
    accepted(chain, g.SetValidators(changes=(node(3, 10), node(1, 0))))
    assert node(3, 10).key in chain.application.validators()
    assert not next_key_agreed(Folder(), chain.application)
    chain.application.finalize(height=4, time_ms=START_MS, transactions=[])
    chain.application.commit()
    assert next_key_agreed(Folder(), chain.application)
