"""The rules at work: the messages of one transaction decided in turn, all of them or none.

    for each message:  its contract decides → events evolve the staged copy, calls go one deeper

A refusal anywhere drops the whole stage. An exception that is not a refusal is a bug in a rule;
it drops the stage just the same and the receipt says ``ledger.broken_rule``, on every node alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Corrupt, Refused, Unavailable
from cellchain.ledger.contract import AnyEvent, Call, Record, record_of
from cellchain.ledger.stage import Change, Stage

if TYPE_CHECKING:
    from cellchain.core.names import PartyId
    from cellchain.ledger.contract import Context, Contract, Message
    from cellchain.ledger.gas import Meter
    from cellchain.ledger.stage import Records

CALL_DEPTH_MAX = 8
"""How many contracts may stand on one another's shoulders in a transaction."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a transaction: its effects, or the code of the rule that refused it."""

    gas: int
    code: str = ""
    """Empty when the transaction happened."""
    text: str = ""
    """The sentence for the sender; never hashed, never stored."""
    events: Sequence[AnyEvent] = ()
    entries: Sequence[bytes] = ()
    """The canonical bytes of the events."""
    changed: Change = {}
    reads: Iterable[tuple[type[Record], str]] = ()
    """The records it depended on: two transactions with disjoint reads and changes commute."""


class Machine:
    """The enabled contracts, ready to run.

    Raises:
        ValueError: A contract leans on one that is not there, leans in a circle, or names a
            message or event outside its own room.
    """

    def __init__(self, contracts: Iterable[Contract]) -> None:
        self.contracts = {contract.name: contract for contract in contracts}
        _check_graph(self.contracts)
        self._owner = {m: c for c in self.contracts.values() for m in c.messages}
        self._record_of = {e: record_of(e) for c in self.contracts.values() for e in c.events}

    def run(
        self, messages: Iterable[Message], context: Context, records: Records, meter: Meter
    ) -> Outcome:
        """Run one transaction on a stage above ``records``; nothing below is changed."""
        stage = Stage(records, self._record_of, meter)
        try:
            for message in messages:
                self._perform(message, context, stage, 0)
        except Refused as refusal:
            return Outcome(
                gas=min(meter.used, meter.limit),
                code=refusal.code,
                text=refusal.text,
                reads=stage.reads,
            )
        except Exception as bug:  # a rule's bug must not stop the ledger
            if isinstance(bug, MemoryError | OSError | Corrupt | Unavailable):
                raise  # this machine's trouble, or its store's, which other nodes do not share
            text = f"{type(bug).__name__}: {bug}"
            return Outcome(gas=meter.limit, code="ledger.broken_rule", text=text, reads=stage.reads)
        return Outcome(
            gas=meter.used,
            events=stage.events,
            entries=stage.entries,
            changed=stage.changed,
            reads=stage.reads,
        )

    def _perform(self, message: Message, context: Context, stage: Stage, depth: int) -> None:
        if depth >= CALL_DEPTH_MAX:
            raise Refused("ledger.too_deep", f"more than {CALL_DEPTH_MAX} calls deep")
        contract = self._owner[type(message)]
        here = msgspec.structs.replace(context, contract=contract.party)
        for step in message.decide(stage, here):
            if isinstance(step, Call):
                self._check_call(step, contract, here.sender)
                inside = msgspec.structs.replace(here, sender=step.sender)
                self._perform(step.message, inside, stage, depth + 1)
            else:
                self._check_event(step, contract)
                stage.apply(step)

    def _check_call(self, call: Call, caller: Contract, sender: PartyId) -> None:
        """A contract calls only whom it leans on, and speaks only as itself or its sender."""
        callee = self._owner[type(call.message)].name
        if callee not in caller.leans_on:
            raise Refused("ledger.stranger_called", f"{caller.name} does not lean on {callee}")
        if call.sender not in (sender, caller.party):
            raise Refused("ledger.forged_call", f"{caller.name} may not speak as {call.sender}")

    def _check_event(self, event: AnyEvent, contract: Contract) -> None:
        if type(event) not in contract.events:
            raise Refused(
                "ledger.foreign_event", f"{contract.name} may not state {type(event).__name__}"
            )


def _check_graph(contracts: dict[str, Contract]) -> None:
    """Refuse missing neighbours, circles, and kinds outside their contract's room."""
    placed: set[str] = set()
    waiting = dict(contracts)
    while waiting:
        ready = [name for name, c in waiting.items() if placed.issuperset(c.leans_on)]
        if not ready:
            raise ValueError(f"contracts lean in a circle, or on one that is not there: {waiting}")
        for name in ready:
            _check_room(waiting.pop(name))
            placed.add(name)


def _check_room(contract: Contract) -> None:
    for value in (*contract.messages, *contract.events, *contract.records):
        kind = str(value.__struct_config__.tag)
        if not kind.startswith(f"{contract.name}."):
            raise ValueError(f"{kind} is outside the room of {contract.name!r}")
