"""Register a battery: its maker becomes its first owner, holder and responsible operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.custody.record import Code, Custody
from cellchain.contracts.membership import require_role
from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId, PartyId, parse_battery_id, parse_gb_t_34014
from cellchain.ledger.contract import Event, Message, absent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context

MAKERS = ("cell-maker", "pack-maker", "vehicle-maker", "integrator", "operator")
"""Roles whose bearers bring batteries, and what holds them, into the book."""


class Register(Message, frozen=True, kw_only=True, tag="custody.register/1"):
    """The sender asks to open the record of a cell, module, pack or vehicle it made."""

    battery: BatteryId
    gb_t_34014: str = ""
    """Its GB/T 34014 code, where it has one."""

    def decide(self, book: Book, context: Context) -> Iterator[Registered | CodeTaken]:
        """A maker, a well-formed name, no second birth, no second bearer of a code."""
        require_role(book, context.sender, *MAKERS)
        born = book.find(Custody, parse_battery_id(self.battery))
        if born is not None:
            raise Refused("custody.exists", f"{self.battery} is registered; {born.holder} holds it")
        yield Registered(battery=self.battery, maker=context.sender, gb_t_34014=self.gb_t_34014)
        if self.gb_t_34014:
            bearer = book.find(Code, parse_gb_t_34014(self.gb_t_34014))
            if bearer is not None:
                raise Refused(
                    "custody.code_taken", f"{self.gb_t_34014} is that of {bearer.battery}"
                )
            yield CodeTaken(code=self.gb_t_34014, battery=self.battery)


class Registered(Event[Custody], frozen=True, kw_only=True, tag="custody.registered/1"):
    """A battery entered the book."""

    subject_field = "battery"
    battery: BatteryId
    maker: PartyId
    gb_t_34014: str = ""

    def evolve(self, record: Custody | None) -> Custody:
        """Every right is its maker's."""
        absent(record)
        return Custody(
            owner=self.maker,
            holder=self.maker,
            responsible=self.maker,
            gb_t_34014=self.gb_t_34014,
        )


class CodeTaken(Event[Code], frozen=True, kw_only=True, tag="custody.code_taken/1"):
    """A GB/T 34014 code names one battery for ever."""

    subject_field = "code"
    code: str
    battery: BatteryId

    def evolve(self, record: Code | None) -> Code:
        """The second identifier leads to the first."""
        absent(record)
        return Code(battery=self.battery)
