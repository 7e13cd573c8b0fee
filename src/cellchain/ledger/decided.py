"""How validators decided a block, as far as the application is told: kept beside the block.

It is no part of the state: the next block says who signed this one, and nodes may forget it.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Corrupt
from cellchain.ledger.store import DECIDED, at

if TYPE_CHECKING:
    from cellchain.core.names import KeyId
    from cellchain.ledger.store import Row, Store


class Vote(msgspec.Struct, frozen=True, array_like=True):
    """A validator's share in a decision."""

    address: str
    """Of the validator: 40 hexadecimal digits."""
    power: int
    signed: bool


class Decided(msgspec.Struct, frozen=True, array_like=True):
    """How a block was decided, and who signed the one before."""

    block: str
    """Hash of the header that the validators signed."""
    proposer: str
    """Address of the validator that proposed it."""
    round_before: int
    """Round in which the block before was decided; 0: the first proposer's."""
    votes_before: tuple[Vote, ...]
    """Who signed the block before."""


def address_of(key: KeyId) -> str:
    """Return how CometBFT calls the validator that votes with a key: 40 hexadecimal digits."""
    return sha256(bytes.fromhex(key)).hexdigest()[:40]


def decided_row(height: int, decided: Decided) -> Row:
    """Return the row of a block."""
    return at(DECIDED, height), msgspec.msgpack.encode(decided)


def read_decided(store: Store, height: int) -> Decided | None:
    """Return how a block was decided; ``None`` where validators did not decide it.

    Raises:
        Corrupt: ``store.block``.
    """
    data = store.get(at(DECIDED, height))
    if data is None:
        return None
    try:
        return msgspec.msgpack.decode(data, type=Decided)
    except msgspec.MsgspecError as error:
        raise Corrupt("store.block", f"who decided block {height} is unreadable") from error
