"""What the members have agreed on for later, and whether this home can follow them there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.contracts.governance import CHAIN, Agenda, EnableContracts, Proposal
from cellchain.core.errors import Unavailable
from cellchain.ledger.contract import kind_of

if TYPE_CHECKING:
    from pathlib import Path

    from cellchain.app.workshop import Cellchain
    from cellchain.ledger.state import Draft


def look_at_agenda(shop: Cellchain, folder: Path) -> str:
    """Say what is due, for whoever looks a home over.

    Raises:
        Unavailable: ``node.upgrade``: a contract that will be enabled is not installed here.
    """
    with shop.reading(folder) as (_, application):
        book, chain = application.state.draft(), application.genesis.chain
        found = book.find(Agenda, CHAIN) if "governance" in application.machine.contracts else None
        due = found.due if found else ()
        missing = {
            key: height
            for height, proposal in due
            for key in _enabled_by(book, proposal)
            if key not in shop.contracts()
        }
    if missing:
        height = min(missing.values())
        raise Unavailable(
            "node.upgrade",
            f"{', '.join(sorted(missing))} will run on {chain} and is not installed here; before"
            f" block {height} this node would stop",
            remedy="install the package that holds it, and start the node and its server again",
        )
    return f"next at block {due[0][0]}: {due[0][1]}" if due else "nothing is agreed on for later"


def _enabled_by(book: Draft, proposal: str) -> list[str]:
    actions = book.get(Proposal, proposal).actions
    kind = kind_of(EnableContracts)
    return [key for one in actions if one["kind"] == kind for key in one["contracts"]]
