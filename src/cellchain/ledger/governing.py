"""The port through which the ledger learns what its members have agreed on since the genesis.

The contract `governance` fills it. The ledger asks what is in force and what falls due; how that
was decided is not its business. A chain without that contract goes by its genesis for ever.

    at the beginning of block H   what is due at H is done, as a contract's own message
    after block H                 parameters and validators are what the records say then
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Sequence as Many

    from cellchain.core.names import KeyId, PartyId
    from cellchain.ledger.contract import Book, Message
    from cellchain.ledger.parameters import Parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something that was agreed on for a height."""

    sender: PartyId
    """The contract that sends it to itself."""
    message: Message
    refused: Callable[[str], Message]
    """Returns what happens instead where the rules refuse ``message`` with a code."""


class Governing(Protocol):
    """Says what was agreed on, from the records of a contract."""

    def parameters(self, book: Book) -> Parameters | None:
        """Return the parameters in force after these records; ``None``: those of the genesis."""
        ...

    def validators(self, book: Book) -> Mapping[KeyId, int] | None:
        """Return who votes on blocks, with what power; ``None``: nobody was ever named."""
        ...

    def due(self, book: Book, height: int) -> Many[Due]:
        """Return what is due at the beginning of block ``height``, in order."""
        ...


class Ungoverned:
    """A chain that goes by its genesis for ever."""

    def parameters(self, _: Book) -> None:
        """Return ``None``."""

    def validators(self, _: Book) -> None:
        """Return ``None``."""

    def due(self, _: Book, __: int) -> Many[Due]:
        """Return nothing."""
        return ()
