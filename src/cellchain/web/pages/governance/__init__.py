"""Governance: who decides about the ledger, what is agreed on, what is put to the vote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.contracts.governance import (
    Agreement,
    Constitution,
    ProposalId,
    Validators,
    Vote,
)
from cellchain.contracts.governance.view import AlarmRow, ProposalRow, agreed, alarms, proposals
from cellchain.contracts.membership.view import names
from cellchain.core.errors import Refused
from cellchain.ledger.parameters import Parameters
from cellchain.ledger.view import Listed
from cellchain.services.access.records import Approval
from cellchain.web.page import Action, Asked, Done, Page, Shown

if TYPE_CHECKING:
    from starlette.datastructures import FormData

SHOWN = 30


class GovernancePage(msgspec.Struct, frozen=True, kw_only=True):
    """How the members decide, and what."""

    constitution: Constitution | None
    """``None``: nothing is voted on; the genesis and the operator decide."""
    weight: int
    """Of all seats together."""
    validators: Validators | None
    """``None``: an operator makes the blocks, or the network's own genesis names who does."""
    power: int
    """Of all validators together."""
    parameters: Parameters | None
    """``None``: those of the genesis."""
    proposals: Listed[ProposalRow]
    alarms: tuple[AlarmRow, ...]
    height: int
    now_ms: int
    votes: bool
    """Whether the viewer's organisation has a seat, and the viewer may sign for it."""


def show(asked: Asked) -> Shown:
    """Show who decides, what is agreed on, what is put to the vote."""
    constitution = agreed(asked.db, Constitution)
    validators = agreed(asked.db, Validators)
    agreement = agreed(asked.db, Agreement)
    seats = constitution.seats if constitution else ()
    nodes = validators.nodes if validators else ()
    found = proposals(asked.db, after=asked.query.get("after") or None, limit=SHOWN)
    standing = alarms(asked.db, asked.now_ms)
    viewer = asked.viewer
    data = GovernancePage(
        constitution=constitution,
        weight=sum(seat.weight for seat in seats),
        validators=validators,
        power=sum(node.power for node in nodes),
        parameters=agreement.parameters if agreement else None,
        proposals=found,
        alarms=standing,
        height=asked.site.views.head(asked.db).height,
        now_ms=asked.now_ms,
        votes=viewer.may("signer") and any(seat.party == viewer.party for seat in seats),
    )
    parties = {
        *(seat.party for seat in seats),
        *(node.party for node in nodes),
        *(one.proposer for one in found.rows),
        *(party for one in found.rows for party, _ in one.votes),
        *(party for one in standing for party in one.parties),
    }
    return Shown(
        template="governance/governance.html",
        data=data,
        title="Governance",
        also={"names": names(asked.db, sorted(parties))},
    )


def vote(asked: Asked, form: FormData) -> Done:
    """Vote for a proposal, or against it."""
    verdict = form.get("verdict")
    if verdict not in ("for", "against"):
        raise Refused("web.form", "say whether you are for it or against it")
    message = Vote(proposal=ProposalId(asked.path["proposal"]), approve=verdict == "for")
    if isinstance(asked.site.send(asked.viewer, [message]), Approval):
        return Done("/approvals")
    return Done("/governance")


GOVERNANCE = Page(path="/governance", name="Governance", show=show, access="public", cached=False)
PAGES = (GOVERNANCE,)
ACTIONS = (
    Action(
        path="/governance/{proposal}/vote",
        act=vote,
        access="member",
        on=GOVERNANCE,
        leads="/governance",
    ),
)
