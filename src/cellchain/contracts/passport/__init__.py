"""Passport: what is said of a battery, by whom, when and with what evidence can be proved for ever.

    draft   who answers for a model, batch or battery opens its passport
    state   values enter the draft, each by somebody who may state it
    issue   who answers for it signs the first version
    amend   values change in an issued passport, and its version counts on
    cease   it ends when the battery has ended

    draft ──issue──→ issued ──amend──→ amended ─┐ amend
      └──────cease──────┴──────cease──────┴──→ ceased

Invariant: a phase is left only as the table `PHASES` says; a version never goes back; each value
is a salted commitment by a party that may state it: who answers for the passport, its delegate,
who works on the battery in its hands, or a witness. A successor names its predecessors and they
name it. No value itself is in the book.
"""

from cellchain.contracts.passport.amend import Amend, Amended
from cellchain.contracts.passport.attributes import ATTRIBUTES, AccessClass, Rule
from cellchain.contracts.passport.cease import Cease, Ceased
from cellchain.contracts.passport.draft import Draft, Drafted, Linked
from cellchain.contracts.passport.issue import Issue, Issued
from cellchain.contracts.passport.record import (
    PHASES,
    Attribute,
    Category,
    Level,
    Passport,
    PassportId,
    Phase,
    attribute_key,
    level_of,
)
from cellchain.contracts.passport.rights import responsible
from cellchain.contracts.passport.state import State, Stated, Statement
from cellchain.ledger.contract import Contract

CONTRACT = Contract(
    name="passport",
    messages=(Draft, State, Issue, Amend, Cease),
    events=(Drafted, Linked, Stated, Issued, Amended, Ceased),
    leans_on=("assembly", "custody", "document", "membership"),
)

__all__ = [
    "ATTRIBUTES",
    "CONTRACT",
    "PHASES",
    "AccessClass",
    "Amend",
    "Amended",
    "Attribute",
    "Category",
    "Cease",
    "Ceased",
    "Draft",
    "Drafted",
    "Issue",
    "Issued",
    "Level",
    "Linked",
    "Passport",
    "PassportId",
    "Phase",
    "Rule",
    "State",
    "Stated",
    "Statement",
    "attribute_key",
    "level_of",
    "responsible",
]
