"""Delegate: a party lets another act for it, in writing, for some contracts and a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.membership.record import Delegation, delegation_key
from cellchain.contracts.membership.rights import (
    check_sorted,
    require_party,
    require_within_key,
)
from cellchain.core.errors import Refused
from cellchain.core.names import Digest, PartyId, parse_digest
from cellchain.ledger.contract import Event, Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class Delegate(Message, frozen=True, kw_only=True, tag="membership.delegate/1"):
    """The sender asks that ``agent`` may act for it; a later delegation replaces it."""

    agent: PartyId
    scope: tuple[str, ...]
    """Contracts it covers, in alphabetical order, at least one."""
    until_ms: int
    mandate: Digest
    """Salted commitment to the written mandate."""

    def decide(self, book: Book, context: Context) -> Iterator[Delegated]:
        """Another party, a scope, an end in the future, a mandate; no more than the signing key."""
        principal = context.sender
        require_party(book, self.agent)
        parse_digest(self.mandate)
        check_sorted(self.scope, "scope")
        if self.agent == principal:
            raise Refused("membership.to_self", f"{principal} acts for itself as it is")
        if not self.scope:
            raise Refused("membership.empty_scope", "a delegation names at least one contract")
        if self.until_ms <= context.time_ms:
            raise Refused(
                "membership.validity", f"until {self.until_ms} ms; it is {context.time_ms}"
            )
        require_within_key(book, context, self.scope, self.until_ms)
        yield Delegated(
            key=delegation_key(principal, self.agent),
            principal=principal,
            agent=self.agent,
            scope=self.scope,
            until_ms=self.until_ms,
            mandate=self.mandate,
        )


class Delegated(Event[Delegation], frozen=True, kw_only=True, tag="membership.delegated/1"):
    """One party acts for another."""

    subject_field = "key"
    key: str
    """The subject: `delegation_key` of the two."""
    principal: PartyId
    agent: PartyId
    scope: tuple[str, ...]
    until_ms: int
    mandate: Digest

    def evolve(self, record: Delegation | None) -> Delegation:  # noqa: ARG002
        """It takes the place of what was agreed before."""
        return Delegation(
            principal=self.principal,
            agent=self.agent,
            scope=self.scope,
            until_ms=self.until_ms,
            mandate=self.mandate,
        )
