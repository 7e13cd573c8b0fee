"""Given a few records, when one transaction: its events, or the code of its refusal."""

from __future__ import annotations

from dataclasses import dataclass, field

from cellchain.contracts import discover
from cellchain.core.names import DeviceId, KeyId, PartyId
from cellchain.ledger.contract import AnyEvent, Context, Message, Record
from cellchain.ledger.gas import GasPrices, Meter
from cellchain.ledger.machine import Machine, Outcome
from cellchain.ledger.parameters import Parameters

NOON_MS = 1_800_000_000_000
KEY = KeyId("aa" * 32)


@dataclass
class Ledger:
    """Every contract over records in memory, without envelopes, blocks or proofs."""

    records: dict[tuple[type[Record], str], Record] = field(default_factory=dict)
    height: int = 1
    time_ms: int = NOON_MS
    parameters: Parameters = field(default_factory=lambda: Parameters(contracts=tuple(discover())))
    machine: Machine = field(default_factory=lambda: Machine(discover().values()))

    def lookup(self, key: tuple[type[Record], str]) -> Record | None:
        return self.records.get(key)

    def send(
        self,
        sender: str,
        *messages: Message,
        key: str = KEY,
        device: str | None = None,
        contract: str = "",
    ) -> Outcome:
        context = Context(
            chain="test",
            height=self.height,
            time_ms=self.time_ms,
            sender=PartyId(sender),
            contract=PartyId(contract),
            key=KeyId(key),
            parameters=self.parameters,
            device=None if device is None else DeviceId(device),
        )
        meter = Meter(GasPrices(), limit=10**9, size_bytes=0)
        outcome = self.machine.run(messages, context, self, meter)
        for place, record in outcome.changed.items():
            if record is None:
                self.records.pop(place, None)
            else:
                self.records[place] = record
        return outcome

    def must(self, sender: str, *messages: Message, **how: str) -> list[AnyEvent]:
        outcome = self.send(sender, *messages, **how)
        assert not outcome.code, f"{outcome.code}: {outcome.text}"
        return list(outcome.events)

    def code(self, sender: str, *messages: Message, **how: str) -> str:
        before = dict(self.records)
        outcome = self.send(sender, *messages, **how)
        assert self.records == before or not outcome.code
        return outcome.code

    def get(self, kind: type[Record], subject: str) -> Record | None:
        return self.records.get((kind, subject))
