"""State attributes: values enter a draft, each by somebody who may state it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.contracts.document import require_document
from cellchain.contracts.passport.record import (
    Attribute,
    Passport,
    PassportId,
    attribute_key,
    next_phase,
)
from cellchain.contracts.passport.rights import require_author
from cellchain.core.errors import Refused
from cellchain.core.names import Digest, DocumentId, PartyId, parse_digest
from cellchain.ledger.contract import Event, Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cellchain.ledger.contract import Book, Context

STATEMENTS_MAX = 80
EVIDENCE_MAX = 8


class Statement(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One value of one attribute."""

    attribute: str
    value: Digest
    """Salted commitment to the value."""
    evidence: tuple[DocumentId, ...] = ()
    """Documents in the book that support it."""


class State(Message, frozen=True, kw_only=True, tag="passport.state/1"):
    """The sender asks to put values into a draft."""

    passport: PassportId
    statements: tuple[Statement, ...]

    def decide(self, book: Book, context: Context) -> Iterator[Stated]:
        """A draft; attributes that the sender may state; evidence that is in the book."""
        found = book.get(Passport, self.passport)
        next_phase(self.passport, found, "state")
        yield from stated(book, context, self.passport, self.statements, found.version)


class Stated(Event[Attribute], frozen=True, kw_only=True, tag="passport.stated/1"):
    """An attribute has a value."""

    subject_field = "key"
    key: str
    """The subject: `attribute_key` of the two."""
    passport: PassportId
    attribute: str
    value: Digest
    evidence: tuple[DocumentId, ...] = ()
    stated_by: PartyId
    stated_ms: int
    version: int

    def evolve(self, record: Attribute | None) -> Attribute:  # noqa: ARG002
        """It takes the place of the value before, which the log keeps."""
        return Attribute(
            value=self.value,
            evidence=self.evidence,
            stated_by=self.stated_by,
            stated_ms=self.stated_ms,
            version=self.version,
        )


def stated(
    book: Book,
    context: Context,
    passport: PassportId,
    statements: Sequence[Statement],
    version: int,
) -> Iterator[Stated]:
    """Yield what ``statements`` state in a version, or refuse them all.

    Raises:
        Refused: ``passport.statements``, ``.unknown_attribute``, ``.not_item``, ``.not_author``,
            ``.evidence``, ``name.digest``, ``document.unknown_document``, ``document.withdrawn``.
    """
    names = [statement.attribute for statement in statements]
    if not 0 < len(names) <= STATEMENTS_MAX or len(dict.fromkeys(names)) != len(names):
        raise Refused(
            "passport.statements", f"{len(names)}; 1 to {STATEMENTS_MAX}, each attribute once"
        )
    found = book.get(Passport, passport)
    for statement in statements:
        require_author(book, context, passport, found, statement.attribute)
        _check(book, statement)
        yield Stated(
            key=attribute_key(passport, statement.attribute),
            passport=passport,
            attribute=statement.attribute,
            value=statement.value,
            evidence=statement.evidence,
            stated_by=context.sender,
            stated_ms=context.time_ms,
            version=version,
        )


def _check(book: Book, statement: Statement) -> None:
    parse_digest(statement.value)
    if len(statement.evidence) > EVIDENCE_MAX:
        raise Refused("passport.evidence", f"{len(statement.evidence)}; at most {EVIDENCE_MAX}")
    for document in statement.evidence:
        require_document(book, document)
