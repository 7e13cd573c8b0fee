"""A staged copy of the book: what a transaction has read and changed, until it is committed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

from cellchain.core.errors import Refused
from cellchain.ledger.contract import Record, kind_of

if TYPE_CHECKING:
    from cellchain.ledger.contract import AnyEvent
    from cellchain.ledger.gas import Meter

R = TypeVar("R", bound=Record)
Key = tuple[type[Record], str]
Change = dict[Key, Record | None]
"""Record by sort and subject; ``None`` where it ended."""

SUBJECT_MAX = 400
"""Characters of a record's subject; the longest of ours is a battery and an attribute."""
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
UNREAD: Any = object()
"""Marks a record that has not been looked for yet, since ``None`` says that there is none."""

encode = msgspec.json.Encoder(order="sorted").encode
"""Canonical bytes of a value that is known to hold integers and plain text only."""


class Records(Protocol):
    """The records below a stage: those of the last whole transaction."""

    def lookup(self, key: Key) -> Record | None:
        """Return the record, or ``None``."""
        ...


class Stage:
    """A `Book` that shows a transaction its own effects and hides them from everyone else.

    Args:
        below: The records as the previous transaction left them.
        record_of: The record that each sort of event evolves.
        meter: Counts every read and every event.
    """

    __slots__ = (
        "_charge", "_lookup", "_prices", "_record_of", "changed", "entries", "events", "reads",
    )  # fmt: skip

    def __init__(
        self, below: Records, record_of: dict[type[AnyEvent], type[Record]], meter: Meter
    ) -> None:
        self._lookup = below.lookup
        self._record_of = record_of
        self._charge = meter.charge
        self._prices = meter.prices
        self.changed: Change = {}
        self.reads: dict[Key, Record | None] = {}
        self.events: list[AnyEvent] = []
        self.entries: list[bytes] = []

    def find(self, record: type[R], subject: str) -> R | None:
        """Return the record of ``subject``, or ``None``."""
        found: Any = self._find((record, subject))
        result: R | None = found
        return result

    def get(self, record: type[R], subject: str) -> R:
        """Return the record of ``subject``; refuse without one."""
        return known(self.find(record, subject), record, subject)

    def apply(self, event: AnyEvent) -> None:
        """Let ``event`` evolve the one record that it is about, and put it on the list."""
        key: Key = (self._record_of[type(event)], getattr(event, event.subject_field))
        entry = encode(event)
        prices = self._prices
        self._charge(prices.event + len(entry) * prices.byte_milli // 1000)
        before = self._find(key)
        if before is None:
            check_subject(key[1])
        self.changed[key] = event.evolve(before)
        self.events.append(event)
        self.entries.append(entry)

    def _find(self, key: Key) -> Record | None:
        found: Any = self.changed.get(key, UNREAD)
        if found is UNREAD:
            found = self.reads.get(key, UNREAD)
            if found is UNREAD:
                self._charge(self._prices.read)
                found = self.reads[key] = self._lookup(key)
        result: Record | None = found
        return result


def check_subject(subject: str) -> None:
    """Refuse the name of a new record that would not fit the line it is stored in."""
    if _CONTROL.search(subject) or not 1 <= len(subject) <= SUBJECT_MAX:
        raise Refused(
            "ledger.subject",
            f"{ascii(subject)[:90]} is not the name of a record: 1 to {SUBJECT_MAX} characters,"
            " none of them a control character",
        )


def known(found: R | None, record: type[R], subject: str) -> R:
    """Return the record that was ``found``; refuse with ``contract.unknown_noun`` if none was."""
    if found is None:
        room, noun = kind_of(record).partition("/")[0].split(".")
        raise Refused(f"{room}.unknown_{noun}", f"there is no {noun} of {ascii(subject)[:90]}")
    return found
