"""Evidence in a block: a validator that voted for two blocks at once, as CometBFT found it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from google.protobuf.message import DecodeError

from cellchain.core.errors import Corrupt
from cellchain.ledger.engine.comet import abci_pb2 as abci
from cellchain.ledger.engine.comet.answering import to_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

SORTS = {
    abci.DUPLICATE_VOTE: "voted for two blocks at once",
    abci.LIGHT_CLIENT_ATTACK: "signed another history for light clients",
}


class Misbehaviour(msgspec.Struct, frozen=True, kw_only=True):
    """What a validator did, which more than a third of the others have checked."""

    sort: str
    """In words."""
    address: str
    """Of the validator: 40 hexadecimal digits."""
    power: int
    """That it had then."""
    power_of_all: int
    height: int
    """Block of the network at which it happened, counted from the network's first."""
    time_ms: int


def read_misbehaviour(kept: Sequence[bytes]) -> tuple[Misbehaviour, ...]:
    """Return the evidence of a block as it is kept.

    Raises:
        Corrupt: ``store.block``: this is no evidence.
    """
    try:
        return tuple(_read(abci.Misbehavior.FromString(data)) for data in kept)
    except DecodeError as error:
        raise Corrupt("store.block", f"evidence is unreadable: {error}") from error


def _read(found: abci.Misbehavior) -> Misbehaviour:
    return Misbehaviour(
        sort=SORTS.get(found.type, "misbehaved"),
        address=found.validator.address.hex(),
        power=found.validator.power,
        power_of_all=found.total_voting_power,
        height=found.height,
        time_ms=to_ms(found.time),
    )
