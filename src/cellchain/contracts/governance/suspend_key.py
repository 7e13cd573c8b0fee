"""Suspend a key: m of n members silence it at once, without a vote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts import membership
from cellchain.contracts.governance.record import Alarm
from cellchain.contracts.governance.rights import require_seat
from cellchain.core.errors import Refused
from cellchain.core.names import KeyId, PartyId
from cellchain.ledger.contract import Call, Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context

ALARM_MS = 7 * 24 * 3_600_000
"""How long a wish counts while the others are asked."""


class SuspendKey(Message, frozen=True, kw_only=True, tag="governance.suspend_key/1"):
    """The sender asks that a key be silenced at once; it is when enough members ask.

    A vote restores it: `membership.restore_key` as an action.
    """

    key: KeyId

    def decide(self, book: Book, context: Context) -> Iterator[Alarmed | AlarmEnded | Call]:
        """A member with a seat, once for each alarm; a key that is heard."""
        constitution = require_seat(book, context.sender)
        found = book.find(Alarm, self.key)
        if found is not None and found.expires_ms <= context.time_ms:
            yield AlarmEnded(key=self.key)
            found = None
        if found is not None and context.sender in found.parties:
            raise Refused("governance.asked", f"{context.sender} asked for this before")
        book.get(membership.Key, self.key)
        yield Alarmed(key=self.key, party=context.sender, expires_ms=context.time_ms + ALARM_MS)
        seated = [seat.party for seat in constitution.seats]
        asking = [party for party in book.get(Alarm, self.key).parties if party in seated]
        if len(asking) >= constitution.rules.suspending_seats:
            yield Call(membership.SuspendKey(key=self.key), sender=context.contract)
            yield AlarmEnded(key=self.key)


class Alarmed(Event[Alarm], frozen=True, kw_only=True, tag="governance.alarmed/1"):
    """A member wants a key silenced."""

    subject_field = "key"
    key: KeyId
    party: PartyId
    expires_ms: int

    def evolve(self, record: Alarm | None) -> Alarm:
        """The first wish says when the alarm ends."""
        if record is None:
            return Alarm(parties=(self.party,), expires_ms=self.expires_ms)
        parties = tuple(sorted([*record.parties, self.party]))
        return Alarm(parties=parties, expires_ms=record.expires_ms)


class AlarmEnded(Event[Alarm], frozen=True, kw_only=True, tag="governance.alarm_ended/1"):
    """An alarm is over: the key is silenced, or it took too long."""

    subject_field = "key"
    key: KeyId

    def evolve(self, record: Alarm | None) -> None:
        """Nothing of it stays."""
        present(record)
