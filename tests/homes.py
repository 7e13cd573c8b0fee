"""Homes for tests: quick to make, with clients whose keys are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.adapters.home import create_home
from cellchain.app import Cellchain
from cellchain.contracts import discover
from cellchain.contracts.membership import RegisterParty
from cellchain.core.names import PartyId
from cellchain.crypto.signatures import SigningKey
from cellchain.ledger.replay import audit
from cellchain.services.founding import found

if TYPE_CHECKING:
    from pathlib import Path

HEADERS = SigningKey(b"h" * 32)
OPERATOR = SigningKey(b"o" * 32)
START_MS = 1_790_000_000_000


def genesis(clients=(), *, roles=("vehicle-maker",), chain="test", **parameters):
    """A chain whose parties client-0, client-1 … speak with the given keys."""
    more = [
        RegisterParty(party=PartyId(f"client-{n}"), name=f"Client {n}", roles=roles, key=key.key_id)
        for n, key in enumerate(clients)
    ]
    made = found(
        chain=chain,
        time_ms=START_MS,
        header_key=HEADERS.key_id,
        operator="operator",
        operator_key=OPERATOR.key_id,
        contracts=discover(),
        more=more,
    )
    if not parameters:
        return made
    from msgspec.structs import replace

    return replace(made, parameters=replace(made.parameters, **parameters))


def found_home(folder: Path, clients=(), **how):
    """A home of such a chain, block 1 sealed."""
    home = create_home(folder, genesis(clients, **how))
    home.keys.add("headers", HEADERS)
    home.keys.add("operator", OPERATOR, party="operator")
    for n, key in enumerate(clients):
        home.keys.add(f"client-{n}", key, party=f"client-{n}")
    home.put_operator_first(HEADERS)
    with Cellchain()._engine(home) as solo:
        solo.seal([], time_ms=START_MS)
    return home


def replayed_head(folder: Path):
    """The head that a replay of a home's own blocks gives; every row is compared on the way."""
    shop = Cellchain()
    with shop.reading(folder) as (home, application), shop.replica(home.genesis) as shadow:
        audit(application, shadow)
        return shadow.state.head
