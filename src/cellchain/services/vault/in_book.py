"""In the book: whether what another home packed is what the ledger says it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.document import Document
from cellchain.contracts.passport import ATTRIBUTES, Attribute, Passport, PassportId, responsible
from cellchain.core.errors import Refused
from cellchain.crypto.envelope import Label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.core.names import Digest, PartyId
    from cellchain.ledger.contract import Book
    from cellchain.services.vault.record import VaultRecord

WHOLE_VERSION = "*"
"""Stands in the label of a version of a passport as a whole, where else an attribute is named."""


def require_in_book(book: Book, record: VaultRecord) -> None:
    """Refuse a record of which the book does not say the same: commitment, owner, name and class.

    Raises:
        Refused: ``vault.not_in_book``.
    """
    if (record.commitment, record.owner, record.label) not in _said(book, record.label):
        raise Refused(
            "vault.not_in_book",
            f"the book has no {record.label.record[:80]!a} of this owner, class and commitment",
            remedy="take it in once the book has it",
        )


def _said(book: Book, label: Label) -> Iterator[tuple[Digest, PartyId, Label]]:
    """Yield what the book says of the document, value or passport that a label names."""
    name = label.record
    document = book.find(Document, name)
    if document is not None:
        fitting = Label(record=name, version=1, access_class=document.access)
        yield document.commitment, document.owner, fitting
        return
    passport, mark, attribute = name.partition("#")
    rule, value = ATTRIBUTES.get(attribute), book.find(Attribute, name)
    if rule is not None and value is not None:
        fitting = Label(record=name, version=label.version, access_class=rule.access)
        yield value.value, value.stated_by, fitting
    whole = book.find(Passport, passport) if mark and attribute == WHOLE_VERSION else None
    if whole is not None and whole.commitment is not None:
        fitting = Label(record=name, version=label.version, access_class="private")
        yield whole.commitment, responsible(book, PassportId(passport), whole), fitting
