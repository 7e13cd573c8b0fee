"""Who answers for a passport, and who may state what in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.assembly import outermost
from cellchain.contracts.custody import Custody
from cellchain.contracts.membership import Party, acts_for
from cellchain.contracts.passport.attributes import rule_of
from cellchain.contracts.passport.record import battery_of
from cellchain.core.errors import Refused

if TYPE_CHECKING:
    from cellchain.contracts.passport.record import Passport, PassportId
    from cellchain.core.names import PartyId
    from cellchain.ledger.contract import Book, Context

SCOPE = "passport"
"""What a mandate must cover to let another act on a passport."""


def responsible(book: Book, passport: PassportId, found: Passport) -> PartyId:
    """Return who answers for a passport.

    The responsible operator of the battery, or of the whole that it is a part of; of a model or
    batch whoever drafted its passport.
    """
    if found.level != "item":
        return found.operator
    return book.get(Custody, outermost(book, battery_of(passport))).responsible


def require_responsible(book: Book, context: Context, passport: PassportId, who: PartyId) -> None:
    """Refuse a sender that is not ``who``, and has no mandate of it.

    Raises:
        Refused: ``passport.not_responsible``.
    """
    if not acts_for(book, context.sender, who, SCOPE, context.time_ms):
        raise Refused(
            "passport.not_responsible",
            f"{who} answers for {passport}; {context.sender} has no mandate of it",
        )


def require_author(
    book: Book, context: Context, passport: PassportId, found: Passport, attribute: str
) -> None:
    """Refuse a sender that may not state ``attribute`` in ``passport``.

    Raises:
        Refused: ``passport.unknown_attribute``, ``passport.not_item``, ``passport.not_author``.
    """
    rule = rule_of(attribute)
    if rule.dynamic and found.level != "item":
        raise Refused("passport.not_item", f"{attribute} is about one battery, not {passport}")
    who = responsible(book, passport, found)
    if acts_for(book, context.sender, who, SCOPE, context.time_ms):
        return
    if _has_role(book, context.sender, rule.witnesses):
        return
    if _has_role(book, context.sender, rule.holders) and _holds(book, context, passport, found):
        return
    raise Refused(
        "passport.not_author",
        f"{context.sender} may not state {attribute} of {passport}; {who} may"
        + (f", or a {' or '.join(rule.holders)} who holds it" if rule.holders else "")
        + (f", or a {' or '.join(rule.witnesses)}" if rule.witnesses else ""),
    )


def _has_role(book: Book, party: PartyId, roles: tuple[str, ...]) -> bool:
    if not roles:
        return False
    found = book.find(Party, party)
    return found is not None and any(role in found.roles for role in roles)


def _holds(book: Book, context: Context, passport: PassportId, found: Passport) -> bool:
    if found.level != "item":
        return False
    custody = book.get(Custody, outermost(book, battery_of(passport)))
    return acts_for(book, context.sender, custody.holder, SCOPE, context.time_ms)
