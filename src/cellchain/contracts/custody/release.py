"""Release a part: a contract that holds it in trust puts it into the hands that hold the whole.

A contract may hold a battery as a part of another, so that it follows wherever the whole goes.
Whoever took over the whole has signed for all its parts; when one leaves it, that signature
counts, and the owner, holder and responsible operator of the whole become those of the part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.custody.record import EVERYTHING, Custody, require_rights
from cellchain.contracts.membership import is_contract
from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId, PartyId
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Release(Message, frozen=True, kw_only=True, tag="custody.release/1"):
    """The sender, a contract, asks that ``battery`` belong to whom ``whole`` belongs."""

    battery: BatteryId
    whole: BatteryId

    def decide(self, book: Book, context: Context) -> Iterator[Released]:
        """Only a contract, only what it holds with every right in its own name."""
        if not is_contract(context.sender):
            raise Refused("custody.not_contract", f"{context.sender} gives by offer and acceptance")
        part = book.get(Custody, self.battery)
        require_rights(part, self.battery, context.sender, EVERYTHING)
        whole = book.get(Custody, self.whole)
        yield Released(
            battery=self.battery,
            owner=whole.owner,
            holder=whole.holder,
            responsible=whole.responsible,
        )


class Released(Event[Custody], frozen=True, kw_only=True, tag="custody.released/1"):
    """A part left its whole."""

    subject_field = "battery"
    battery: BatteryId
    owner: PartyId
    holder: PartyId
    responsible: PartyId

    def evolve(self, record: Custody | None) -> Custody:
        """It belongs to whom the whole belonged."""
        return Custody(
            owner=self.owner,
            holder=self.holder,
            responsible=self.responsible,
            gb_t_34014=present(record).gb_t_34014,
        )
