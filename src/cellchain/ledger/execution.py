"""A block executed: each transaction admitted, run, counted and logged, in order.

    what is due, then for each transaction
    chain → expiry → gas limit → key (port `Members`) → sequence → quota → room in the block
      → rules → receipt

What fails before the rules touches nothing at all: no record, no log entry. What the rules refuse
leaves its sender's sequence and usage advanced and its receipt in the log, nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.core.names import Digest, KeyId, PartyId
from cellchain.ledger.account import Sequence, Usage
from cellchain.ledger.contract import Context
from cellchain.ledger.entry import Done, Receipt, Result
from cellchain.ledger.gas import Meter, intrinsic_gas
from cellchain.ledger.machine import Outcome
from cellchain.ledger.stage import Stage, encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from cellchain.core.names import DeviceId
    from cellchain.ledger.contract import Book, Message
    from cellchain.ledger.governing import Due
    from cellchain.ledger.machine import Machine
    from cellchain.ledger.members import Members, Signer
    from cellchain.ledger.parameters import Parameters
    from cellchain.ledger.state import Draft
    from cellchain.ledger.transaction import Body, Transaction

BLOCK_FULL = "ledger.block_full"
"""The block has no gas left; nothing was touched and the next block may take it."""


class Execution:
    """The transactions of one block on their way into a draft.

    Args:
        machine: The rules.
        members: Says whose a key is.
        parameters: Limits and prices in force.
        draft: Takes the effects.
        chain: Name of the chain.
        height: Height of the block.
        time_ms: Time of the block.
    """

    def __init__(
        self,
        machine: Machine,
        members: Members,
        parameters: Parameters,
        draft: Draft,
        *,
        chain: str,
        height: int,
        time_ms: int,
    ) -> None:
        self._machine = machine
        self._members = members
        self._parameters = parameters
        self._draft = draft
        self._chain = chain
        self._height = height
        self._time_ms = time_ms
        self._window = time_ms // parameters.quota_window_ms
        self._last: dict[KeyId, int] = {}
        self._used: dict[PartyId, int] = {}
        self._full = False
        self.gas = 0

    def perform(self, due: Due, check: Callable[[Book], None]) -> None:
        """Do what was agreed on for this block; where it is refused, what happens instead.

        Args:
            due: What was agreed on.
            check: Refuses records that no chain could go on from.
        """
        outcome = self._by_itself(due.sender, due.message, check)
        code = outcome.code
        if code:
            outcome = self._by_itself(due.sender, due.refused(code), lambda _: None)
        draft = self._draft
        draft.open_log()
        draft.changes.update(outcome.changed)
        events = tuple([Digest(draft.log(entry).hex()) for entry in outcome.entries])
        draft.log(encode(Done(sender=due.sender, code=code, events=events)))
        self.gas += outcome.gas

    def _by_itself(
        self, sender: PartyId, message: Message, check: Callable[[Book], None]
    ) -> Outcome:
        meter = Meter(self._parameters.gas, self._parameters.block_gas_max, 0)
        context = self._context(sender, KeyId(""), None)
        outcome = self._machine.run([message], context, self._draft, meter)
        after = Stage(self._draft, {}, Meter(self._parameters.gas, 10**12, 0))
        after.changed.update(outcome.changed)
        try:
            check(after)
        except Refused as refusal:
            return Outcome(gas=outcome.gas, code=refusal.code, text=refusal.text)
        return outcome

    def run(self, transaction: Transaction) -> Result:
        """Execute one transaction whose signature has been verified."""
        body = transaction.body
        identity = transaction.id
        try:
            signer = self.admit(transaction)
        except Refused as refusal:
            digest = Digest(identity.hex())
            return Result(transaction=digest, code=refusal.code, text=refusal.text, in_log=False)
        outcome = self._decide(body, signer, len(transaction.raw))
        self._count(body, signer, outcome.gas)
        return self._log(identity, outcome)

    def admit(self, transaction: Transaction) -> Signer:
        """Return on whose behalf ``transaction`` speaks.

        Raises:
            Refused: It may not speak now; see the order at the head of this file.
        """
        if self._full:
            raise Refused(BLOCK_FULL, "the block has no room left")
        body = transaction.body
        if body.chain != self._chain:
            raise Refused(
                "transaction.wrong_chain", f"signed for {body.chain!r}; this is {self._chain!r}"
            )
        check_expiry(body, self._height, self._time_ms)
        self._check_gas(body, len(transaction.raw))
        signer = self._members.admit(self._draft, body.key, body.messages, self._time_ms)
        self._check_sequence(body)
        self._check_quota(body, signer)
        self._check_room(body)
        return signer

    def _check_gas(self, body: Body, size_bytes: int) -> None:
        """The limit must cover what it costs to look at the transaction, and fit an empty block."""
        least = intrinsic_gas(self._parameters.gas, size_bytes)
        most = self._parameters.fitting_gas
        if not least <= body.gas_max <= most:
            raise Refused(
                "transaction.gas_max",
                f"{body.gas_max} gas asked; {least} are needed to begin, {most} allowed",
            )

    def _check_room(self, body: Body) -> None:
        """Once one transaction finds no room, none after it does: sequences stay in order."""
        left = self._parameters.block_gas_max - self.gas
        if body.gas_max > left:
            self._full = True
            raise Refused(BLOCK_FULL, f"the block has {left} gas left")

    def expect(self, key: KeyId, last: int) -> None:
        """Count the sequence of ``key`` on from ``last`` instead of from its record."""
        self._last[key] = last

    def finish(self) -> None:
        """Write the sequences and the usage of the block into the draft."""
        changes = self._draft.changes
        for key, last in self._last.items():
            changes[Sequence, key] = Sequence(last=last)
        for party, gas in self._used.items():
            changes[Usage, party] = Usage(window=self._window, gas=gas)

    def _check_sequence(self, body: Body) -> None:
        last = self._last.get(body.key)
        if last is None:
            record = self._draft.find(Sequence, body.key)
            last = 0 if record is None else record.last
        if body.sequence != last + 1:
            code = "transaction.replayed" if body.sequence <= last else "transaction.gap"
            raise Refused(code, f"sequence {body.sequence}; the next of this key is {last + 1}")

    def _check_quota(self, body: Body, signer: Signer) -> None:
        quota = self._parameters.quota_gas if signer.quota_gas is None else signer.quota_gas
        used = self._usage(signer.party)
        if used + body.gas_max > quota:
            raise Refused(
                "ledger.quota",
                f"{signer.party} has used {used} of {quota} gas in this window and asks for"
                f" {body.gas_max}",
                remedy="wait for the next window or ask for less gas",
            )

    def _usage(self, party: PartyId) -> int:
        used = self._used.get(party)
        if used is None:
            usage = self._draft.find(Usage, party)
            used = usage.gas if usage is not None and usage.window == self._window else 0
        return used

    def _decide(self, body: Body, signer: Signer, size_bytes: int) -> Outcome:
        context = self._context(signer.party, body.key, signer.device)
        meter = Meter(self._parameters.gas, body.gas_max, size_bytes)
        return self._machine.run(body.messages, context, self._draft, meter)

    def _context(self, sender: PartyId, key: KeyId, device: DeviceId | None) -> Context:
        return Context(
            chain=self._chain,
            height=self._height,
            time_ms=self._time_ms,
            sender=sender,
            contract=PartyId(""),
            key=key,
            parameters=self._parameters,
            device=device,
        )

    def _count(self, body: Body, signer: Signer, gas: int) -> None:
        self.gas += gas
        self._last[body.key] = body.sequence
        self._used[signer.party] = self._usage(signer.party) + gas

    def _log(self, identity: bytes, outcome: Outcome) -> Result:
        draft = self._draft
        draft.open_log()
        draft.changes.update(outcome.changed)
        events = tuple([Digest(draft.log(entry).hex()) for entry in outcome.entries])
        digest = Digest(identity.hex())
        gas, code = outcome.gas, outcome.code
        position = draft.log_size
        draft.log(encode(Receipt(transaction=digest, gas=gas, code=code, events=events)))
        draft.identities.append(identity)
        return Result(
            transaction=digest,
            code=code,
            text=outcome.text,
            gas=gas,
            height=self._height,
            position=position,
        )


def check_expiry(body: Body, height: int, time_ms: int) -> None:
    """Refuse a transaction that its sender meant for an earlier block."""
    if body.expires_height is not None and height > body.expires_height:
        raise Refused(
            "transaction.expired", f"valid to height {body.expires_height}; this is {height}"
        )
    if body.expires_ms is not None and time_ms > body.expires_ms:
        raise Refused(
            "transaction.expired", f"valid to {body.expires_ms} ms; this block is at {time_ms} ms"
        )
