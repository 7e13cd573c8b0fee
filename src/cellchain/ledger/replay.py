"""Replay and audit: the same input must give the same state, byte for byte.

A replay feeds blocks to a fresh application and compares the app hash at every height; every
signature is verified again. An audit replays the blocks of a home into a shadow store and then
compares every row of both, and every header with its neighbour, so that a flipped byte in a block,
record, branch, tile or header is found and named.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from cellchain.core.errors import Corrupt, Refused
from cellchain.ledger.engine.solo import read_header
from cellchain.ledger.header import check_chain, transactions_hash
from cellchain.ledger.state import read_block
from cellchain.ledger.store import (
    BLOCK,
    BRANCH,
    DECIDED,
    HEAD,
    HEADER,
    PARAMETERS,
    PLACE,
    RECORD,
    ROTATION,
    TILE,
    after,
    at,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cellchain.ledger.application import Application
    from cellchain.ledger.header import SignedHeader
    from cellchain.ledger.state import StoredBlock
    from cellchain.ledger.store import Store

_TABLES = {
    RECORD: "record",
    BRANCH: "branch of the map",
    TILE: "tile of the log",
    BLOCK: "block",
    PLACE: "place of a transaction",
    PARAMETERS: "change of the parameters",
    HEAD: "head",
}


class Block(Protocol):
    """What a replay needs of a block, stored or exported."""

    @property
    def height(self) -> int: ...  # noqa: D102
    @property
    def time_ms(self) -> int: ...  # noqa: D102
    @property
    def misbehaviour(self) -> tuple[bytes, ...]: ...  # noqa: D102
    @property
    def transactions(self) -> tuple[bytes, ...]: ...  # noqa: D102
    @property
    def app_hash(self) -> bytes: ...  # noqa: D102


def replay(
    application: Application,
    blocks: Iterable[Block],
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Execute ``blocks`` on ``application``; return the number of transactions.

    Args:
        application: A fresh one, at the height before the first block.
        blocks: In order of height.
        progress: Called with each height that is done.

    Raises:
        Refused: ``replay.app_hash``: a block gives another app hash than it says;
            ``replay.refused``: a transaction in it could not have been in a block;
            ``replay.order``: it does not follow the one before.
    """
    count = 0
    for block in blocks:
        try:
            finalized = application.finalize(
                height=block.height,
                time_ms=block.time_ms,
                transactions=block.transactions,
                misbehaviour=block.misbehaviour,
            )
        except Corrupt as error:
            raise Refused("replay.order", error.text) from error
        _check_block(block, application, finalized.app_hash)
        for result in finalized.results:
            if not result.in_log:
                raise Refused(
                    "replay.refused",
                    f"block {block.height}: transaction {result.transaction} is refused with"
                    f" {result.code}: {result.text}",
                )
        application.commit()
        count += len(block.transactions)
        progress(block.height)
    return count


def _check_block(block: Block, application: Application, app_hash: bytes) -> None:
    if app_hash != block.app_hash:
        raise Refused(
            "replay.app_hash",
            f"block {block.height} gives app hash {app_hash.hex()}; it says {block.app_hash.hex()}",
        )
    assert application.state.head.height == block.height - 1


def _as_they_come(_: Application, blocks: Iterable[StoredBlock]) -> Iterable[StoredBlock]:
    return blocks


def stored_blocks(store: Store, head_height: int, first: int = 1) -> Iterator[StoredBlock]:
    """Yield the blocks of a store from height ``first`` to its head."""
    for height in range(first, head_height + 1):
        block = read_block(store, height)
        if block.height != height:
            raise Corrupt("store.block", f"block {height} says that it is {block.height}")
        yield block


def audit(
    application: Application,
    shadow: Application,
    *,
    ahead: Callable[[Application, Iterable[StoredBlock]], Iterable[StoredBlock]] = _as_they_come,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Replay what ``application`` holds into ``shadow`` and compare; return the transactions.

    Args:
        application: The home's own, read only.
        shadow: A fresh one of the same genesis over an empty store.
        ahead: Passes the blocks on while their signatures are verified elsewhere.
        progress: Called with each height that is done.

    Raises:
        Corrupt: ``audit.…``, ``header.…``, ``store.…``: what differs, and where.
    """
    store, height = application.state.store, application.state.head.height
    try:
        blocks = ahead(shadow, stored_blocks(store, height))
        count = replay(shadow, blocks, progress=progress)
    except Refused as refusal:
        raise Corrupt("audit.replay", f"{refusal.code}: {refusal.text}") from refusal
    _compare(store, shadow.state.store)
    _check_headers(application, height)
    return count


def _compare(store: Store, shadow: Store) -> None:
    """Raise `Corrupt` on the first row that only one of two stores has, or that differs."""
    for table, noun in _TABLES.items():
        held, expected = _rows(store, table), _rows(shadow, table)
        while True:
            left, right = next(held, None), next(expected, None)
            if left is None and right is None:
                break
            if left != right:
                raise _difference(noun, left, right)


def _rows(store: Store, table: bytes) -> Iterator[tuple[bytes, bytes]]:
    return iter(store.scan(table, after(table)))


def _difference(
    noun: str, held: tuple[bytes, bytes] | None, expected: tuple[bytes, bytes] | None
) -> Corrupt:
    if held is None or (expected is not None and expected[0] < held[0]):
        assert expected is not None
        return Corrupt("audit.missing", f"the {noun} {_shown(expected)} is missing")
    if expected is None or held[0] < expected[0]:
        return Corrupt("audit.extra", f"the {noun} {_shown(held)} stems from no block")
    return Corrupt("audit.differs", f"the {noun} {_shown(held)} differs from what its blocks give")


def _shown(row: tuple[bytes, bytes]) -> str:
    key, value = row
    if key.startswith(RECORD):
        return ascii(value.partition(b"\n")[0].decode("ascii", "replace"))[:120]
    return key[1:].hex()


def _check_headers(application: Application, height: int) -> None:
    """Check every header against the one before, its block, and the list of rotations."""
    store = application.state.store
    previous: SignedHeader | None = None
    rotations: list[tuple[bytes, bytes]] = []
    for number in range(1, _signed_by_operator(store, height) + 1):
        signed = read_header(store, number)
        check_chain(previous, signed, application.genesis.operator)
        block, header = read_block(store, number), signed.header
        said = (header.app_hash, header.time_ms, header.transactions, header.parameter_hash)
        true = (
            block.app_hash.hex(), block.time_ms, _ids_hash(block),
            application.state.parameter_hash_at(number).hex(),
        )  # fmt: skip
        if said != true or header.chain != application.genesis.chain:
            raise Corrupt("header.broken_chain", f"header {number} does not speak of its block")
        if header.next_operator is not None:
            rotations.append((at(ROTATION, number), signed.to_bytes()))
        previous = signed
    if list(_rows(store, ROTATION)) != rotations:
        raise Corrupt("audit.differs", "the list of operators' keys differs from the headers")


def _signed_by_operator(store: Store, height: int) -> int:
    """Return the last block that an operator signed; a node that joined later has no header."""
    if not any(store.scan(DECIDED, after(DECIDED))):
        return height
    last = b""
    for last, _ in store.scan(HEADER, after(HEADER)):  # noqa: B007  # the last one is wanted
        pass
    return int.from_bytes(last[1:], "big")


def _ids_hash(block: StoredBlock) -> str:
    return transactions_hash(sha256(data).hexdigest() for data in block.transactions)
