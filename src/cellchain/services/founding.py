"""Founding a chain: the genesis file with its operator as the first party."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.contracts.membership import RegisterParty
from cellchain.core.names import parse_party_id
from cellchain.ledger.contract import kind_of
from cellchain.ledger.parameters import Genesis, Parameters, check_genesis
from cellchain.ledger.stage import encode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cellchain.core.names import KeyId, PartyId
    from cellchain.ledger.contract import Message


def found(
    *,
    chain: str,
    time_ms: int,
    header_key: KeyId,
    operator: str,
    operator_key: KeyId,
    contracts: Iterable[str],
    more: Iterable[Message] = (),
) -> Genesis:
    """Return the genesis of a new chain.

    Args:
        chain: Its name.
        time_ms: When it begins.
        header_key: Signs its headers.
        operator: The first party, which may register others.
        operator_key: That party's key.
        contracts: What it enables.
        more: Further messages that happen before block 1.

    Raises:
        Refused: ``genesis.…``, ``name.party``.
    """
    first = RegisterParty(
        party=parse_party_id(operator),
        name=operator.replace("-", " ").capitalize(),
        roles=("operator",),
        key=operator_key,
    )
    genesis = Genesis(
        chain=chain,
        time_ms=time_ms,
        operator=header_key,
        parameters=Parameters(contracts=tuple(sorted(contracts))),
        messages=tuple(msgspec.json.decode(encode(m)) for m in (first, *more)),
    )
    check_genesis(genesis)
    return genesis


def operating_party(genesis: Genesis) -> PartyId | None:
    """Return the party that operates a chain and its home: the first that its genesis registers.

    ``None`` where the genesis, made by other means than `found`, begins with something else.
    """
    kind = kind_of(RegisterParty)
    first = next((m for m in genesis.messages if m.get("kind") == kind), None)
    return parse_party_id(first["party"]) if first and "operator" in first["roles"] else None
