"""Set rules: how votes decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.governance.record import CHAIN, Constitution, Rules
from cellchain.contracts.governance.rights import check_rules, check_seats, require_vote
from cellchain.ledger.contract import Event, Message, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context


class SetRules(Message, frozen=True, kw_only=True, tag="governance.set_rules/1"):
    """A vote puts other rules in the place of all rules."""

    rules: Rules

    def decide(self, book: Book, context: Context) -> Iterator[RulesSet]:
        """By vote, under the rules as they were."""
        require_vote(context)
        check_rules(self.rules)
        check_seats(book.get(Constitution, CHAIN).seats, self.rules)
        yield RulesSet(chain=CHAIN, rules=self.rules)


class RulesSet(Event[Constitution], frozen=True, kw_only=True, tag="governance.rules_set/1"):
    """Votes decide in another way."""

    subject_field = "chain"
    chain: str
    rules: Rules

    def evolve(self, record: Constitution | None) -> Constitution:
        """Open votes are counted by these rules from now on."""
        return replace(present(record), rules=self.rules)
