"""Consensus parameters and the genesis file: what every node must agree on before block 1."""

from __future__ import annotations

import re
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import msgspec

from cellchain.core import canonical
from cellchain.core.errors import Corrupt, Refused
from cellchain.core.names import KeyId, parse_key_id
from cellchain.core.time import DAY_MS
from cellchain.ledger.contract import name_in
from cellchain.ledger.gas import GasPrices
from cellchain.ledger.stage import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cellchain.ledger.contract import Contract

RULE_LIBRARIES = {"msgspec": "0.22", "pynacl": "1.6.2"}
"""Libraries whose version decides what is valid: PyNaCl signatures, msgspec the form of bytes."""

_CHAIN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_CHAIN_MAX = 48
_VERSION = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6}){0,3}")
GENESIS_SIZE_MAX = 4_000_000
_TIME_MS_MAX = 253_402_300_799_999
"""The last millisecond of the year 9999."""
_GAS_MAX = 10**15
TRANSACTION_BYTES_MAX = 16 << 20
"""More than the members may ever agree on."""
_SPANS = {
    "block_bytes_max": (1, 64 << 20),
    "block_gas_max": (1, _GAS_MAX),
    "transaction_bytes_max": (1, TRANSACTION_BYTES_MAX),
    "transaction_gas_max": (1, _GAS_MAX),
    "quota_gas": (1, _GAS_MAX),
    "quota_window_ms": (1, _TIME_MS_MAX),
}
"""Lowest and highest value of each parameter that is a number."""
_PRICE_MAX = 10**9


class Parameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the consortium has agreed on; their hash is part of every app hash and header."""

    contracts: tuple[str, ...]
    """Keys of the enabled contracts, in order, one version of each. Installing enables nothing."""
    libraries: dict[str, str] = msgspec.field(default_factory=lambda: dict(RULE_LIBRARIES))
    gas: GasPrices = GasPrices()
    block_bytes_max: int = 4_000_000
    block_gas_max: int = 2_000_000
    transaction_bytes_max: int = canonical.SIZE_MAX
    transaction_gas_max: int = 200_000
    quota_gas: int = 10_000_000_000
    """Gas that one account may use per window, unless its own quota says otherwise."""
    quota_window_ms: int = DAY_MS

    @property
    def hash(self) -> bytes:
        """SHA-256 of the canonical bytes."""
        return sha256(encode(self)).digest()

    @property
    def fitting_bytes(self) -> int:
        """Of the largest transaction that an empty block takes.

        A larger one would wait for ever, and whatever is behind it.
        """
        return min(self.transaction_bytes_max, self.block_bytes_max)

    @property
    def fitting_gas(self) -> int:
        """The most that a transaction may ask for and find in an empty block."""
        return min(self.transaction_gas_max, self.block_gas_max)


class Genesis(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The beginning of a chain."""

    chain: str
    time_ms: int
    operator: KeyId
    """The key that signs the first headers of the solo engine."""
    parameters: Parameters
    messages: tuple[dict[str, Any], ...]
    """Messages that happen before block 1, sent by nobody (`cellchain.ledger.contract.GENESIS`)."""

    def to_bytes(self) -> bytes:
        """Return the canonical bytes: the file ``genesis.json``."""
        return encode(self)

    @property
    def hash(self) -> bytes:
        """SHA-256 of the canonical bytes."""
        return sha256(encode(self)).digest()


def parse_genesis(data: bytes) -> Genesis:
    """Return the genesis that ``data`` is the canonical encoding of.

    Raises:
        Refused: ``genesis.malformed``, ``genesis.chain`` or a code of `cellchain.core.canonical`.
    """
    canonical.decode(data, size_max=GENESIS_SIZE_MAX)
    try:
        genesis = msgspec.json.decode(data, type=Genesis)
    except msgspec.MsgspecError as error:
        raise Refused("genesis.malformed", str(error)) from error
    if genesis.to_bytes() != data:
        raise Refused("genesis.malformed", "a genesis names every parameter")
    check_genesis(genesis)
    return genesis


def check_genesis(genesis: Genesis) -> None:
    """Refuse a genesis that no chain could start from.

    Raises:
        Refused: ``genesis.chain``, ``genesis.time``, ``genesis.contracts``, ``genesis.libraries``,
            ``genesis.parameter``, or ``name.…`` for the operator's key.
    """
    if len(genesis.chain) > _CHAIN_MAX or not _CHAIN.fullmatch(genesis.chain):
        raise Refused(
            "genesis.chain", f"{genesis.chain[:60]!a} is not lower-case words with hyphens"
        )
    parse_key_id(genesis.operator)
    if not 0 <= genesis.time_ms <= _TIME_MS_MAX:
        raise Refused("genesis.time", f"{genesis.time_ms} ms is outside the years 1970 to 9999")
    check_parameters(genesis.parameters)


def check_parameters(parameters: Parameters) -> None:
    """Refuse parameters that no chain could run by.

    Raises:
        Refused: ``genesis.contracts``, ``genesis.libraries``, ``genesis.parameter``.
    """
    named = parameters.contracts
    names = {name_in(key) for key in named}
    if not named or list(named) != sorted(named) or len(names) < len(named):
        raise Refused(
            "genesis.contracts", "contracts are named once each, in name order, at least one"
        )
    if parameters.libraries.keys() != RULE_LIBRARIES.keys():
        raise Refused(
            "genesis.libraries",
            f"versions of {', '.join(RULE_LIBRARIES)} are agreed on, of no other library",
        )
    for name, agreed in parameters.libraries.items():
        if not _VERSION.fullmatch(agreed):
            raise Refused("genesis.libraries", f"{agreed[:40]!a} is no version of {name}")
    for name, (low, high) in _SPANS.items():
        _check_span(name, getattr(parameters, name), low, high)
    for name in GasPrices.__struct_fields__:
        _check_span(f"gas.{name}", getattr(parameters.gas, name), 0, _PRICE_MAX)


def _check_span(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise Refused("genesis.parameter", f"{name} is {value}, not {low} to {high}")


def check_contracts(parameters: Parameters, installed: Mapping[str, Contract]) -> None:
    """Refuse enabled contracts that lean on one that is not enabled.

    Raises:
        Refused: ``genesis.contracts``. A contract that is not installed is left to the application.
    """
    names = {name_in(key) for key in parameters.contracts}
    for name in parameters.contracts:
        leans_on = installed[name].leans_on if name in installed else ()
        missing = [neighbour for neighbour in leans_on if neighbour not in names]
        if missing:
            raise Refused(
                "genesis.contracts",
                f"{name} leans on {', '.join(missing)}, which the chain does not run",
            )


def check_libraries(parameters: Parameters) -> None:
    """Refuse to run with another version of a library that decides what is valid.

    Raises:
        Corrupt: ``ledger.library``: this node would judge differently from the others.
    """
    for name, agreed in parameters.libraries.items():
        installed = _installed(name)
        if installed != agreed and not installed.startswith(f"{agreed}."):
            raise Corrupt(
                "ledger.library",
                f"{name} {installed} is installed; the chain runs {agreed}",
                remedy=f"install {name}=={agreed} or let the members agree on the new version",
            )


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError as error:
        raise Corrupt(
            "ledger.library", f"{name} is not installed", remedy=f"install {name}"
        ) from error
