"""Draft a passport: who answers for a model, batch or battery begins to write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.membership import require_role
from cellchain.contracts.passport.record import Category, Level, Passport, PassportId, level_of
from cellchain.contracts.passport.rights import require_responsible, responsible
from cellchain.core.errors import Refused
from cellchain.core.names import PartyId
from cellchain.ledger.contract import Event, Message, absent, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context

LINKS_MAX = 32
"""Predecessors, and successors, of one passport."""
MAKERS = ("cell-maker", "integrator", "operator", "pack-maker", "vehicle-maker")


class Draft(Message, frozen=True, kw_only=True, tag="passport.draft/1"):
    """The sender asks to open a passport."""

    passport: PassportId
    category: Category
    predecessors: tuple[PassportId, ...] = ()
    """Passports of the batteries that this one was made of: re-use, repurposing (Art. 77(7))."""

    def decide(self, book: Book, context: Context) -> Iterator[Drafted | Linked]:
        """A maker for a model or batch; for a battery in the book, who answers for it."""
        level = level_of(self.passport)
        if level != "item":
            require_role(book, context.sender, *MAKERS)
        found = book.find(Passport, self.passport)
        if found is not None:
            raise Refused("passport.exists", f"{self.passport} is {found.phase}")
        drafted = Drafted(
            passport=self.passport,
            level=level,
            category=self.category,
            operator=context.sender,
            predecessors=self.predecessors,
        )
        yield drafted
        opened = book.get(Passport, self.passport)
        who = responsible(book, self.passport, opened)
        require_responsible(book, context, self.passport, who)
        yield from self._link(book, context, level)

    def _link(self, book: Book, context: Context, level: Level) -> Iterator[Linked]:
        if self.predecessors and level != "item":
            raise Refused("passport.not_item", f"{self.passport} is not about one battery")
        names = self.predecessors
        if len(names) > LINKS_MAX or len(dict.fromkeys(names)) != len(names):
            raise Refused("passport.links", f"at most {LINKS_MAX} predecessors, each once")
        for predecessor in names:
            yield _link(book, context, predecessor, self.passport)


class Drafted(Event[Passport], frozen=True, kw_only=True, tag="passport.drafted/1"):
    """A passport was opened."""

    subject_field = "passport"
    passport: PassportId
    level: Level
    category: Category
    operator: PartyId
    predecessors: tuple[PassportId, ...] = ()

    def evolve(self, record: Passport | None) -> Passport:
        """It is a draft, without values."""
        absent(record)
        return Passport(
            level=self.level,
            category=self.category,
            operator=self.operator,
            predecessors=self.predecessors,
        )


class Linked(Event[Passport], frozen=True, kw_only=True, tag="passport.linked/1"):
    """A passport got a successor."""

    subject_field = "passport"
    passport: PassportId
    successor: PassportId

    def evolve(self, record: Passport | None) -> Passport:
        """A reader finds the way from the old battery to the new."""
        found = present(record)
        return replace(found, successors=(*found.successors, self.successor))


def _link(book: Book, context: Context, predecessor: PassportId, successor: PassportId) -> Linked:
    """Return the link back, where the predecessor was issued and the sender answers for it."""
    found = book.get(Passport, predecessor)
    if predecessor == successor or found.level != "item" or found.phase in ("draft", "ceased"):
        raise Refused(
            "passport.links",
            f"{predecessor}, a passport of level {found.level}, is {found.phase};"
            f" it cannot precede {successor}",
        )
    if len(found.successors) >= LINKS_MAX:
        raise Refused("passport.links", f"{predecessor} has {LINKS_MAX} successors already")
    require_responsible(book, context, predecessor, responsible(book, predecessor, found))
    return Linked(passport=predecessor, successor=successor)
