"""Enable contracts: from a height on the chain runs them, or another version of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cellchain.contracts.governance.record import CHAIN, Agreement
from cellchain.contracts.governance.rights import require_vote
from cellchain.contracts.governance.set_parameters import agreed_parameters
from cellchain.core.errors import Refused
from cellchain.ledger.contract import Event, Message, name_in
from cellchain.ledger.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.ledger.contract import Book, Context

ENABLED_MAX = 200
_VERSION = re.compile(r"[a-z][a-z_]{0,39}(?:@(?:[2-9]|[1-9][0-9]{1,3}))?")


class EnableContracts(Message, frozen=True, kw_only=True, tag="governance.enable_contracts/1"):
    """A vote enables contracts: ``name``, or ``name@version`` in the place of any other version.

    A node that does not have one of them stops before the block from which it would run.
    """

    contracts: tuple[str, ...]

    def decide(self, book: Book, context: Context) -> Iterator[ContractsEnabled]:
        """By vote; each once, and something changes."""
        require_vote(context)
        parameters = agreed_parameters(book, context)
        by_name = {name_in(key): key for key in parameters.contracts}
        names = [name_in(key) for key in self.contracts]
        if not names or len(set(names)) < len(names):
            raise Refused("governance.contracts", "a change names each contract once, at least one")
        for key in self.contracts:
            if not _VERSION.fullmatch(key) or key in parameters.contracts:
                raise Refused(
                    "governance.contracts", f"{key[:60]!a} is no contract, or runs already"
                )
            by_name[name_in(key)] = key
        enabled = tuple(sorted(by_name.values()))
        if len(enabled) > ENABLED_MAX:
            raise Refused("governance.contracts", f"at most {ENABLED_MAX} contracts run")
        yield ContractsEnabled(chain=CHAIN, parameters=replace(parameters, contracts=enabled))


class ContractsEnabled(
    Event[Agreement], frozen=True, kw_only=True, tag="governance.contracts_enabled/1"
):
    """More contracts, or other versions, run from the next block on."""

    subject_field = "chain"
    chain: str
    parameters: Parameters

    def evolve(self, _: Agreement | None) -> Agreement:
        """All parameters are named."""
        return Agreement(parameters=self.parameters)
