"""A party's desk: messages go out signed, and come back as what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.governance import CHAIN, Agreement
from cellchain.core.errors import Refused
from cellchain.core.time import HOUR_MS
from cellchain.ledger.stage import encode
from cellchain.ledger.transaction import ALGORITHM, Body, new_body, sign_transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.core.names import KeyId
    from cellchain.crypto.signatures import SigningKey
    from cellchain.ledger.contract import Message
    from cellchain.ledger.entry import Result
    from cellchain.ledger.parameters import Parameters
    from cellchain.ledger.port import Ledger

VALID_FOR_MS = HOUR_MS


def parameters_in_force(ledger: Ledger) -> Parameters:
    """Return what transactions are measured by in the next block."""
    agreed = ledger.find(Agreement, CHAIN)
    return ledger.genesis.parameters if agreed is None else agreed.parameters


def unsigned_body(ledger: Ledger, key: KeyId, messages: Sequence[Message]) -> bytes:
    """Return the canonical body of a transaction that the holder of ``key`` may sign elsewhere."""
    body = Body(
        algorithm=ALGORITHM,
        chain=ledger.genesis.chain,
        gas_max=parameters_in_force(ledger).fitting_gas,
        key=key,
        messages=tuple(messages),
        sequence=ledger.next_sequence(key),
        expires_ms=ledger.now_ms() + VALID_FOR_MS,
    )
    return encode(body)


class Desk:
    """Signs and sends for one key.

    Args:
        ledger: Takes the transactions.
        key: The sender's private key; no other process should send with it meanwhile.
        gas_max: Gas allowed to each transaction; by default all that the chain allows.
    """

    def __init__(self, ledger: Ledger, key: SigningKey, *, gas_max: int | None = None) -> None:
        self._ledger = ledger
        self._key = key
        self._gas_max = gas_max or parameters_in_force(ledger).fitting_gas
        self._next: int | None = None

    def signed(self, *messages: Message) -> bytes:
        """Return a transaction of ``messages``, counted but not sent."""
        if self._next is None:
            self._next = self._ledger.next_sequence(self._key.key_id)
        body = new_body(
            chain=self._ledger.genesis.chain,
            key=self._key,
            sequence=self._next,
            messages=messages,
            gas_max=self._gas_max,
            expires_ms=self._ledger.now_ms() + VALID_FOR_MS,
        )
        transaction = sign_transaction(body, self._key)
        self._next += 1
        return transaction

    def recount(self) -> None:
        """Ask the ledger for the next sequence again: something sent did not get into the log."""
        self._next = None

    def send(self, *messages: Message) -> Result:
        """Send ``messages`` as one transaction; return when it is durable.

        Raises:
            Refused: With the code of the rule that refused it.
            Unavailable: The ledger cannot write now.
        """
        return self.send_all([messages])[0]

    def send_all(self, transactions: Sequence[Sequence[Message]]) -> list[Result]:
        """Send several transactions in order; they share blocks.

        Raises:
            Refused: One was refused; those before it have happened.
        """
        try:
            results = self._ledger.submit([self.signed(*messages) for messages in transactions])
        except BaseException:
            self.recount()
            raise
        for result in results:
            if not result.in_log:
                self.recount()
            if result.code:
                raise Refused(result.code, result.text)
        return results
