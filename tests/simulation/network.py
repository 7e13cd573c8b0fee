"""Replicas of the application under a scheduler with dice: one seed, one run.

CometBFT's part is played by the grammar of ABCI: rounds that fail, blocks that are decided,
replicas that are behind, that crash at any step and are told again what they have not committed.
Transactions get lost, come twice and overtake each other on their way.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from cellchain.contracts import discover
from cellchain.contracts.custody import Accept, Custody, Offer, Register
from cellchain.contracts.governance import (
    GOVERNING,
    PPM,
    Found,
    Proposal,
    ProposalId,
    Propose,
    Rules,
    Seat,
    SetParameters,
    SetValidators,
    ValidatorSeat,
    Vote,
)
from cellchain.contracts.membership import Suspend
from cellchain.contracts.membership.members import MEMBERS
from cellchain.core.names import KeyId, PartyId, battery_id
from cellchain.ledger.application import Application
from cellchain.ledger.engine.comet import abci_pb2 as abci
from cellchain.ledger.engine.comet.answering import Comet
from cellchain.ledger.store import MemoryStore
from cellchain.ledger.transaction import new_body, sign_transaction
from tests.chain import CLIENTS
from tests.homes import START_MS, genesis
from tests.integration.comet.node import at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cellchain.ledger.contract import Contract, Message

PARTIES = [f"client-{n}" for n in range(len(CLIENTS))]


def governed(chain: Any) -> Any:
    """The same chain, on which its three clients vote, and whose nodes have validators."""
    found = Found(
        seats=tuple(Seat(party=party, weight=3 if party == PARTIES[0] else 1) for party in PARTIES),
        rules=Rules(accept_ppm=PPM // 2 + 1, validator_change_max_ppm=PPM),
        validators=tuple(_node(n, 10) for n in range(3)),
    )
    return msgspec.structs.replace(chain, messages=(*chain.messages, msgspec.to_builtins(found)))


def _node(n: int, power: int) -> ValidatorSeat:
    return ValidatorSeat(key=KeyId(f"{n:064x}"), party=PartyId(PARTIES[0]), power=power)


GENESIS = governed(genesis(CLIENTS))
BATTERIES = [battery_id("09506000134352", f"S{n}") for n in range(2)]


class Forked(AssertionError):
    """Two replicas say different things of one block."""


@dataclass
class Block:
    """What the network has agreed on."""

    transactions: list[bytes]
    time_ms: int
    told: bytes = b""
    """What the first replica said of it; whatever the others say has to be the same."""


@dataclass
class Replica:
    """One node: its store outlives it, its memory does not."""

    contracts: Mapping[str, Contract]
    chain: Any = GENESIS
    store: MemoryStore = field(default_factory=MemoryStore)
    mempool: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Come up from what was committed, with nothing else."""
        self.mempool = []
        application = Application(self.chain, self.contracts, MEMBERS, self.store, GOVERNING)
        self.engine = Comet(application)
        if not self.height:
            agreed = self.engine.application.validators() or {}
            begun = {
                "chain_id": self.chain.chain,
                "initial_height": 1,
                "validators": [
                    {"pub_key": {"ed25519": bytes.fromhex(key)}, "power": power}
                    for key, power in agreed.items()
                ],
            }
            self.ask(init_chain=begun)

    @property
    def height(self) -> int:
        height: int = self.ask(info={}).last_block_height
        return height

    def ask(self, **request: Any) -> Any:
        data = abci.Request(**request).SerializeToString()
        answer = abci.Response.FromString(self.engine.answer(data, now_ms=START_MS))
        return getattr(answer, answer.WhichOneof("value"))

    def hear(self, data: bytes) -> None:
        if data not in self.mempool and self.ask(check_tx={"tx": data}).code == 0:
            self.mempool.append(data)


class Network:
    """Replicas, and what they have agreed on.

    Args:
        seed: Of the dice.
        replicas: How many.
        contracts: What is installed, the same everywhere.
        chain: Genesis.
        messages: What clients ask for, besides hand-overs.
    """

    def __init__(
        self,
        seed: int,
        *,
        replicas: int = 3,
        contracts: Mapping[str, Contract] | None = None,
        chain: Any = GENESIS,
        messages: Sequence[Message] = (),
    ) -> None:
        self.dice = random.Random(seed)
        installed = contracts or discover()
        self.chain = chain
        self.replicas = [Replica(installed, chain) for _ in range(replicas)]
        self.blocks: list[Block] = []
        self.sent: list[bytes] = []
        self.messages = messages
        self.crashes = 0

    def run(self, steps: int) -> None:
        """Take steps, and then let everybody catch up."""
        acts = [self.crash] + [self.round] * 2 + [self.send, self.gossip, self.follow] * 3
        for _ in range(steps):
            self.dice.choice(acts)()
        for replica in self.replicas:
            while replica.height < len(self.blocks):
                self.apply(replica)

    def send(self) -> None:
        """A client sends something to the replica of its house, which may be the wrong thing."""
        party, *messages = self._wish()
        client = PARTIES.index(party)
        house = self.replicas[client % len(self.replicas)]
        following = house.engine.application.next_sequence(CLIENTS[client].key_id)
        body = new_body(
            chain=self.chain.chain,
            key=CLIENTS[client],
            sequence=following + (self.dice.random() < 0.1),
            messages=messages,
            gas_max=100_000,
            expires_height=10**6,
        )
        data = sign_transaction(body, CLIENTS[client])
        self.sent.append(data)
        house.hear(data)

    def _wish(self) -> tuple[Any, ...]:
        """What somebody may ask for as things stand; now and then anything, by anybody."""
        battery, anybody = self.dice.choice(BATTERIES), self.dice.choice(PARTIES)
        if self.dice.random() < 0.25:
            return anybody, *self._political(anybody)
        offer = Offer(battery=battery, receiver=self.dice.choice(PARTIES))
        accept, register = Accept(battery=battery), Register(battery=battery)
        if self.messages or self.dice.random() < 0.3:
            return anybody, self.dice.choice([register, offer, accept, *self.messages])
        knows = self.dice.choice(self.replicas).engine.application.state.records
        found = knows.lookup((Custody, battery))
        if not isinstance(found, Custody):
            return anybody, register
        return (found.offered_to, accept) if found.offered_to else (found.holder, offer)

    def _political(self, party: str) -> Sequence[Message]:
        """A proposal of any sort, for a height or at once, or a vote on one."""
        name = f"p-{self.dice.randrange(9)}"
        known = ProposalId(f"{party}:{name}")
        state = self.replicas[0].engine.application.state
        if state.records.lookup((Proposal, known)) is not None:
            return [Vote(proposal=known, approve=self.dice.random() < 0.9)]
        actions = [
            SetParameters(block_bytes_max=self.dice.randrange(100_000, 9_000_000)),
            SetParameters(transaction_gas_max=self.dice.randrange(100_000, 200_000)),
            SetValidators(changes=(_node(self.dice.randrange(5), self.dice.randrange(20)),)),
            Suspend(party=PartyId("nobody"), reason="which is refused"),
        ]
        proposed = Propose(
            name=name,
            summary="-",
            actions=tuple(self.dice.sample(actions, 2)),
            expires_ms=START_MS + 10_000,
            executes_height=self.dice.choice([None, state.head.height + self.dice.randrange(2, 5)]),
        )
        return [proposed, Vote(proposal=known, approve=True)]

    def gossip(self) -> None:
        """Something that was sent at any time comes to a replica, perhaps once more, or garbage."""
        if self.sent:
            data = self.dice.choice(self.sent)
            if self.dice.random() < 0.1:
                data = data[: self.dice.randrange(len(data))] + b"x"
            self.dice.choice(self.replicas).hear(data)

    def round(self) -> None:
        """Replicas that have every block propose and judge one; it may come to nothing."""
        ready = [one for one in self.replicas if one.height == len(self.blocks)]
        if not ready:
            return
        proposer, height = self.dice.choice(ready), len(self.blocks) + 1
        time_ms = START_MS + height + self.dice.randrange(3)
        waiting = [*proposer.mempool, *(self.sent[-2:] if self.dice.random() < 0.2 else [])]
        asked = {"txs": waiting, "max_tx_bytes": 1 << 20, "height": height, "time": at(time_ms)}
        proposed = list(proposer.ask(prepare_proposal=asked).txs)
        honest = self.dice.random() < 0.9
        if not honest:  # a proposer that proposes what it likes
            garbage = [b"garbage"] if self.dice.random() < 0.3 else []
            proposed += [*garbage, *self.sent[:1], *proposed[:1]]
        judged = [
            judge.ask(process_proposal={"txs": proposed, "height": height}) for judge in ready
        ]
        verdicts = {one.status for one in judged}
        if len(verdicts) > 1 or (honest and verdicts != {1}):
            raise Forked("an honest replica rejects what another proposes")
        if verdicts == {1} and self.dice.random() < 0.8:
            before = self.blocks[-1].time_ms if self.blocks else START_MS
            self.blocks.append(Block(proposed, max(time_ms, before)))

    def follow(self) -> None:
        """Replicas that are behind, one or some, execute the next block."""
        behind = [one for one in self.replicas if one.height < len(self.blocks)]
        for replica in self.dice.sample(
            behind, self.dice.randint(min(1, len(behind)), len(behind))
        ):
            self.apply(replica)

    def crash(self) -> None:
        """A replica dies: at rest, with a block finalized, or right after it was committed."""
        victim = self.dice.choice(self.replicas)
        if victim.height < len(self.blocks) and self.dice.random() < 0.7:
            self.finalize(victim)
            if self.dice.random() < 0.5:
                victim.ask(commit={})
        victim.start()
        self.crashes += 1

    def apply(self, replica: Replica) -> None:
        for _ in range(self.dice.choice((1, 1, 2))):  # it may be told twice before it commits
            self.finalize(replica)
        replica.ask(commit={})
        done = self.blocks[replica.height - 1].transactions
        left = [data for data in replica.mempool if data not in done]
        replica.mempool = []
        for data in left:
            if replica.ask(check_tx={"tx": data, "type": "RECHECK"}).code == 0:
                replica.mempool.append(data)

    def finalize(self, replica: Replica) -> None:
        height = replica.height + 1
        block = self.blocks[height - 1]
        told = replica.ask(
            finalize_block={
                "txs": block.transactions, "height": height, "time": at(block.time_ms),
            }
        )  # fmt: skip
        hashed = b"".join(b"%d %b %d" % (r.code, r.data, r.gas_used) for r in told.tx_results)
        agreed = told.consensus_param_updates.SerializeToString(deterministic=True)
        elected = b"".join(one.SerializeToString() for one in told.validator_updates)
        said = told.app_hash + hashed + agreed + elected
        if block.told and said != block.told:
            raise Forked(f"block {height}: {said.hex()[:16]} and {block.told.hex()[:16]}")
        block.told = said
