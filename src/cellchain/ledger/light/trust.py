"""Where trust in a consortium's chain begins.

network.json       the genesis: the validators of block 1, at the time of the genesis
a header file      a light block that the verifier took from somewhere it trusts
HEIGHT:HASH        the same by its hash alone, as CometBFT's light client takes it; the proof
                   has to hold that header
"""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TypeAlias

import msgspec

from cellchain.core import canonical
from cellchain.core.errors import Refused
from cellchain.ledger.light.block import LightBlock, Validator, check_light_block, check_validators
from cellchain.ledger.light.timestamp import Timestamp, parse_timestamp
from cellchain.ledger.light.verification import check_commit
from cellchain.ledger.stage import encode

TRUST_BYTES_MAX = 4_000_000
_PIN = re.compile(rb"([1-9][0-9]{0,15}):([0-9A-Fa-f]{64})\n?")
_GENESIS_MARK = b'"genesis_time"'


class GenesisTrust(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True,
    tag_field="kind", tag="trust.genesis/1",
):  # fmt: skip
    """The validators that a network began with."""

    chain: str
    began_at: int
    """Height of the last block before the network, which counts its own from 1 on."""
    time: Timestamp
    validators: tuple[Validator, ...]


class HeaderTrust(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True,
    tag_field="kind", tag="trust.header/1",
):  # fmt: skip
    """A header that the verifier has pinned, with its validators and their votes."""

    began_at: int
    block: LightBlock


class PinTrust(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True,
    tag_field="kind", tag="trust.pin/1",
):  # fmt: skip
    """A header that the verifier has pinned by its hash.

    It does not say at which block of the ledger the network began to count.
    """

    height: int
    hash: str


ConsortiumTrust: TypeAlias = GenesisTrust | HeaderTrust | PinTrust


def encode_trust(trust: ConsortiumTrust) -> bytes:
    """Return the canonical bytes of what is trusted: a header file."""
    return encode(trust)


def parse_consortium_trust(data: bytes) -> ConsortiumTrust | None:
    """Return the trust in a consortium that ``data`` says; ``None`` where it is of another sort.

    Raises:
        Refused: ``trust.unreadable``: it looks like one and is none.
    """
    pin = _PIN.fullmatch(data)
    if pin is not None:
        return PinTrust(height=int(pin[1]), hash=pin[2].decode().lower())
    if not data.startswith(b"{"):
        return None
    if b'"kind":"trust.' in data:
        return _written(data)
    return _network(data) if _GENESIS_MARK in data else None


def _written(data: bytes) -> ConsortiumTrust:
    """Return what this program wrote."""
    data = data.rstrip(b"\n")
    try:
        canonical.decode(data, size_max=TRUST_BYTES_MAX)
        trust: ConsortiumTrust = msgspec.json.decode(data, type=ConsortiumTrust)
        if encode(trust) != data:
            raise Refused("trust.unreadable", "not in the one form that it has")
        _check(trust)
    except (msgspec.MsgspecError, Refused) as error:
        raise Refused("trust.unreadable", f"no header that could be trusted: {error}") from error
    return trust


def _check(trust: ConsortiumTrust) -> None:
    match trust:
        case GenesisTrust():
            trust.time.check()
            check_validators(trust.validators)
        case HeaderTrust():
            check_light_block(trust.block)
            check_commit(trust.block)
        case PinTrust():
            if not _PIN.fullmatch(f"{trust.height}:{trust.hash}".encode()):
                raise Refused("trust.unreadable", "no height and hash")
    if not isinstance(trust, PinTrust) and trust.began_at < 0:
        raise Refused("trust.unreadable", f"a network that began at {trust.began_at}")


class _Key(msgspec.Struct):
    type: str
    value: str


class _Member(msgspec.Struct):
    pub_key: _Key
    power: str


class _AppState(msgspec.Struct):
    began_at: int


class _Genesis(msgspec.Struct):
    chain_id: str
    genesis_time: str
    validators: list[_Member]
    app_state: _AppState


def _network(data: bytes) -> GenesisTrust:
    """Return the trust in a genesis of CometBFT, as a network's members exchange it."""
    try:
        canonical.check_frame(data, size_max=TRUST_BYTES_MAX)
        said = msgspec.json.decode(data, type=_Genesis)
        members = [(_key(one.pub_key), int(one.power)) for one in said.validators]
        trust = GenesisTrust(
            chain=said.chain_id,
            began_at=said.app_state.began_at,
            time=parse_timestamp(said.genesis_time),
            validators=_ordered(members),
        )
        _check(trust)
    except (msgspec.MsgspecError, ValueError, Refused) as error:
        raise Refused("trust.unreadable", f"no genesis of a network: {error}") from error
    return trust


def _key(said: _Key) -> str:
    if said.type != "tendermint/PubKeyEd25519":
        raise Refused("trust.unreadable", f"a validator's key of type {said.type[:40]!a}")
    return b64decode(said.value, validate=True).hex()


def _ordered(members: list[tuple[str, int]]) -> tuple[Validator, ...]:
    """Return validators in the order of CometBFT: the mightiest first, then by address."""
    found = [Validator(key=key, power=power) for key, power in members]
    return tuple(sorted(found, key=lambda one: (-one.power, one.address)))
