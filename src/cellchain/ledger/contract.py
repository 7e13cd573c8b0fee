"""What a contract is: messages that decide, events that evolve, a record per subject.

    message.decide(book, context) → events and calls    may refuse; may not change anything
    event.evolve(record)          → record              may not refuse; changes one record

Both are pure, so any node, auditor or test replays them to the same records. A contract changes
a neighbour's records only by a `Call`, which the neighbour's own rule decides inside the same
transaction. A contract is a party: what it holds in its own name is an escrow.

Values are written as canonical JSON (`cellchain.core.canonical`); a field that equals its default
is left out, so that one value has one encoding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeAlias, TypeVar, get_args

import msgspec

from cellchain.core.names import DeviceId, KeyId, PartyId

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GENESIS = PartyId("contract:genesis")
"""The sender of the messages in a genesis file: whoever wrote it, before there were parties."""


class Value(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    gc=False,  # frozen values hold no cycles; untracked they cost the collector nothing
):
    """Anything on the wire or in the state, named by its kind: ``contract.word/version``."""


class Record(Value, frozen=True, kw_only=True):
    """What the ledger remembers about one subject."""


R = TypeVar("R", bound=Record)


class Book(Protocol):
    """What a rule may read: the records as they stand at this point of the transaction."""

    def find(self, record: type[R], subject: str) -> R | None:
        """Return the record of ``subject``, or ``None``."""
        ...

    def get(self, record: type[R], subject: str) -> R:
        """Return the record of ``subject``; refuse with ``contract.unknown`` without one."""
        ...


class Context(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a rule may know besides the book."""

    chain: str
    height: int
    time_ms: int
    """Time of the block."""
    sender: PartyId
    """Who asks: a party, or the contract that made a call in its own name."""
    contract: PartyId
    """The contract whose rule is deciding, as a party."""
    key: KeyId
    """The key that signed the transaction; empty where a contract sends by itself."""
    parameters: Any
    """Those in force for this block, `cellchain.ledger.parameters.Parameters`, which knows of
    contracts: a rule that asks says so."""
    device: DeviceId | None = None
    """The device whose key signed, where it is a device's."""


@dataclass(frozen=True, slots=True)
class Call:
    """A message for a neighbour, sent as this contract or as this contract's own sender."""

    message: Message
    sender: PartyId


class Message(Value, frozen=True, kw_only=True):
    """Something a party asks for."""

    four_eyes: ClassVar[bool] = False
    """Whether it cannot be taken back, so that a party's desk wants two people to agree. The
    ledger knows parties, not people, and does not ask."""

    def decide(self, book: Book, context: Context) -> Iterator[AnyEvent | Call]:
        """Yield what happens, or raise `Refused`. What was yielded is already in the book."""
        raise NotImplementedError


class Event(Value, Generic[R], frozen=True, kw_only=True):
    """Something that has happened to one record."""

    subject_field: ClassVar[str]
    """Name of the field that holds the subject of the record."""

    def evolve(self, record: R | None) -> R | None:
        """Return the record after this event; ``None`` where there is none."""
        raise NotImplementedError


AnyEvent: TypeAlias = Event[Any]


class BrokenRule(Exception):
    """A promise between two lines of a contract does not hold: a bug, not somebody's request."""


def present(record: R | None) -> R:
    """Return the record that an event is about to change; a missing one is a bug of the rule."""
    if record is None:
        raise BrokenRule("an event changes a record that is not there")
    return record


def absent(record: Record | None) -> None:
    """Make sure that an event opens a record that is not there yet."""
    if record is not None:
        raise BrokenRule("an event opens a record that is already there")


@dataclass(frozen=True, slots=True)
class Contract:
    """A promise: what can be asked, what can happen, and the neighbours it leans on."""

    name: str
    messages: tuple[type[Message], ...]
    events: tuple[type[AnyEvent], ...]
    leans_on: tuple[str, ...] = ()
    """Neighbours it may call or read: with the others they form a graph without cycles."""
    version: int = 1
    """Counts on where the rules change: the members agree from which height on they do."""

    @property
    def key(self) -> str:
        """How parameters name this version: ``name``, from the second on ``name@version``."""
        return self.name if self.version == 1 else f"{self.name}@{self.version}"

    @property
    def party(self) -> PartyId:
        """The name under which this contract holds and sends."""
        return PartyId(f"contract:{self.name}")

    @property
    def records(self) -> tuple[type[Record], ...]:
        """The sorts of record that its events evolve, in order of first mention."""
        return tuple(dict.fromkeys(record_of(event) for event in self.events))


def newest(contracts: Iterable[Contract]) -> tuple[str, ...]:
    """Return the keys of the newest version of each contract, in order."""
    found = {one.name: one.key for one in sorted(contracts, key=lambda one: one.version)}
    return tuple(sorted(found.values()))


def name_in(key: str) -> str:
    """Return the name of a contract in its key."""
    return key.partition("@")[0]


def kind_of(value: type[Value]) -> str:
    """Return the wire name of a sort of value."""
    return str(value.__struct_config__.tag)


def record_of(event: type[AnyEvent]) -> type[Record]:
    """Return the record that a sort of event evolves: the ``R`` of its ``Event[R]``."""
    (base,) = event.__orig_bases__  # type: ignore[attr-defined]  # set by typing.Generic
    record: type[Record] = get_args(base)[0]
    return record
