"""A whole chain in memory: signed transactions in, results out."""

from __future__ import annotations

from cellchain.contracts import discover
from cellchain.contracts.governance import GOVERNING
from cellchain.contracts.membership.members import MEMBERS
from cellchain.crypto.signatures import SigningKey
from cellchain.ledger.application import Application
from cellchain.ledger.engine.solo import Solo
from cellchain.ledger.store import MemoryStore
from cellchain.ledger.transaction import new_body, sign_transaction
from tests.homes import HEADERS, START_MS, genesis

CLIENTS = tuple(SigningKey(bytes([n + 1]) * 32) for n in range(3))


class Chain:
    """Clients client-0 … client-2 on one chain."""

    def __init__(self, *, store=None, clients=CLIENTS, **how):
        self.store = store if store is not None else MemoryStore()
        self.genesis = genesis(clients, **how)
        self.open()
        self.time_ms = START_MS

    def open(self):
        self.application = Application(self.genesis, discover(), MEMBERS, self.store, GOVERNING)
        self.solo = Solo(self.application, HEADERS)

    def signed(self, client, *messages, **changes):
        """A transaction with the next sequence, unless ``changes`` to the body say otherwise."""
        key = changes.pop("signer", CLIENTS[client])
        body = {
            "chain": self.genesis.chain,
            "key": key,
            "sequence": self.application.next_sequence(key.key_id),
            "messages": messages,
            "gas_max": 100_000,
            "expires_height": 10**6,
        }
        return sign_transaction(new_body(**(body | changes)), key)

    def seal(self, *transactions, **how):
        how.setdefault("time_ms", self.time_ms)
        return self.solo.seal(transactions, **how).results

    def send(self, client, *messages, **changes):
        (result,) = self.seal(self.signed(client, *messages, **changes))
        return result

    @property
    def state(self):
        return self.application.state
