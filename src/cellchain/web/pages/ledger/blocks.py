"""The list of blocks, and a block that the reader's own browser checks."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from cellchain.contracts.governance import Validators as Elected
from cellchain.contracts.governance.view import agreed
from cellchain.contracts.membership.view import names
from cellchain.core.errors import Refused
from cellchain.ledger import view as explorer
from cellchain.ledger.decided import Vote, address_of, read_decided
from cellchain.ledger.engine.comet.evidence import Misbehaviour, read_misbehaviour
from cellchain.ledger.engine.solo import read_header
from cellchain.ledger.header import SignedHeader
from cellchain.ledger.store import HEADER, at
from cellchain.ledger.view import BlockRow, Counts, EventRow, Listed, TransactionRow
from cellchain.web.frame.happened import parties_of
from cellchain.web.page import Asked, Page, Shown
from cellchain.web.pages.ledger.numbers import number_in

SHOWN, ACCUSING_SHOWN = 50, 5
OF_A_BLOCK = 200
"""Transactions and events of a block on its page; the rest is behind links."""


class LedgerPage(msgspec.Struct, frozen=True, kw_only=True):
    """Blocks, the newest first."""

    counts: Counts
    filled: bool
    """Whether only blocks with transactions are listed."""
    blocks: Listed[BlockRow]
    accusing: tuple[BlockRow, ...]
    """The last that hold evidence against a validator."""
    node: Mapping[str, float]
    """How the node of this home stands, as `/metrics` says; visitors see how many vote, no more.
    Empty where one operator makes blocks."""
    witnesses: tuple[str, ...]
    """Who cosigns the log, as the operator names them."""


class Validators(msgspec.Struct, frozen=True, kw_only=True):
    """How validators decided a block."""

    block: str
    """Hash of the header that they signed."""
    proposer: str
    """Address of the one that proposed it."""
    round: int | None
    """In which they agreed, 0 the first; ``None``: told with the next block."""
    votes: tuple[Vote, ...]
    """Empty: told with the next block."""


class BlockPage(msgspec.Struct, frozen=True, kw_only=True):
    """A block."""

    block: BlockRow
    signed: SignedHeader | None
    """``None`` for the genesis, which nobody signs: its hash is in the first entry of the log; and
    where validators decided the block."""
    validators: Validators | None
    """``None`` where an operator signed it."""
    misbehaviour: tuple[Misbehaviour, ...]
    """What validators are shown to have done."""
    transactions: Listed[TransactionRow]
    events: Listed[EventRow]
    last: bool
    """Whether no block comes after it yet."""


def show(asked: Asked) -> Shown:
    """Show the blocks."""
    filled = asked.query.get("filled") == "yes"
    after = asked.query.get("after") or None
    data = LedgerPage(
        counts=explorer.counts(asked.db),
        filled=filled,
        blocks=explorer.blocks(asked.db, after=after, limit=SHOWN, filled=filled),
        accusing=explorer.blocks(asked.db, evidence=True, limit=ACCUSING_SHOWN).rows,
        node=_node(asked),
        witnesses=tuple(key.name for key in asked.site.witnesses),
    )
    return Shown(template="ledger/ledger.html", data=data, title="Ledger")


def _node(asked: Asked) -> dict[str, float]:
    told = ("node_", "validator") if asked.viewer.known else ("validators",)
    gauges = asked.site.gauges()
    return {name: value for name, value in gauges.items() if name.startswith(told)}


def show_block(asked: Asked) -> Shown:
    """Show a block.

    Raises:
        Refused: ``web.not_found``.
    """
    height = number_in(asked.path["height"], "block")
    found = explorer.block(asked.db, height)
    if found is None:
        raise Refused("web.not_found", f"there is no block {height} yet")
    after = asked.query.get("after") or None
    openness, viewer = asked.site.openness, asked.viewer
    data = BlockPage(
        block=found,
        signed=_signed(asked, height),
        validators=_validators(asked, height),
        misbehaviour=_misbehaviour(asked, height) if found.evidence else (),
        transactions=openness.transactions(
            viewer, asked.db, height=height, after=after, limit=OF_A_BLOCK
        ),
        events=openness.events_found(viewer, asked.db, height=height, limit=OF_A_BLOCK),
        last=explorer.block(asked.db, height + 1) is None,
    )
    senders = [one.sender for one in data.transactions.rows]
    known = names(asked.db, list({*parties_of(data.events.rows), *senders}))
    steady = not data.last and all(row.told for row in data.events.rows)
    return Shown(
        template="ledger/block.html",
        data=data,
        title=f"Block {height}",
        about=frozenset({f"block {height}", *known}) if steady else None,
        also={"names": known, "validator_names": _validator_names(asked)},
    )


def _signed(asked: Asked, height: int) -> SignedHeader | None:
    if height == 0:
        return None
    with asked.site.state() as state:
        by_validators = read_decided(state.store, state.head.height) is not None
        if by_validators and state.store.get(at(HEADER, height)) is None:
            return None  # they decided it, or this node joined later than an operator signed it
        return read_header(state.store, height)


def _validators(asked: Asked, height: int) -> Validators | None:
    """Return who decided a block; who signed it is told with the next one."""
    with asked.site.state() as state:
        decided = read_decided(state.store, height)
        if decided is None:
            return None
        following = read_decided(state.store, height + 1)
    return Validators(
        block=decided.block,
        proposer=decided.proposer,
        round=following.round_before if following else None,
        votes=following.votes_before if following else (),
    )


def _misbehaviour(asked: Asked, height: int) -> tuple[Misbehaviour, ...]:
    with asked.site.state() as state:
        return read_misbehaviour(state.block(height).misbehaviour)


def _validator_names(asked: Asked) -> dict[str, str]:
    """Return who runs validators, by address: those of the genesis, and those voted for since."""
    elected = agreed(asked.db, Elected)
    nodes = elected.nodes if elected else ()
    return {**asked.site.validator_names, **{address_of(one.key): one.party for one in nodes}}


LEDGER = Page(path="/ledger", name="Ledger", show=show, access="public", nav=5)
BLOCK = Page(path="/ledger/blocks/{height}", name="Block", show=show_block, access="public")
