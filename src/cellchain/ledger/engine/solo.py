"""The solo engine: one operator puts transactions in order and signs a header per block.

Protocol without I/O: the caller brings the time, stores what it is told to store, and calls from
one thread. A block is

    take    the waiting transactions that fit, in the order of arrival
    seal    finalize them, sign the header, commit both in one write
    return  results, in the order taken; a receipt is given only after the write has returned

Time never runs backwards: a clock set back counts as the last block's time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Corrupt, Refused
from cellchain.core.names import Digest
from cellchain.ledger.entry import Result
from cellchain.ledger.execution import BLOCK_FULL
from cellchain.ledger.header import (
    NO_HEADER,
    Header,
    SignedHeader,
    check_chain,
    parse_signed_header,
    sign_header,
    transactions_hash,
)
from cellchain.ledger.store import HEADER, ROTATION, at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.core.names import KeyId
    from cellchain.crypto.signatures import SigningKey
    from cellchain.ledger.application import Application
    from cellchain.ledger.store import Row, Store

BLOCK_TRANSACTIONS_MAX = 5_000


class SealedBlock(msgspec.Struct, frozen=True):
    """A committed block: its header and what became of each transaction taken."""

    header: SignedHeader | None
    """``None`` where nothing got into the log, and no block was wanted for that."""
    results: tuple[Result, ...]


class Solo:
    """The engine of a home whose operator's key is at hand.

    Args:
        application: The rules and the state.
        key: The operator's key that is in force at the next height.

    Raises:
        Corrupt: ``header.missing`` or ``header.broken_chain``: the last header does not fit the
            state; Refused: ``header.wrong_key``: ``key`` is not the one in force.
    """

    def __init__(self, application: Application, key: SigningKey) -> None:
        application.check_libraries()
        self.application = application
        self.key = key
        self.last = last_header(application)
        in_force = operator_in_force(application, self.last)
        if in_force != key.key_id:
            raise Refused(
                "header.wrong_key", f"the operator's key in force is {in_force}, not {key.key_id}"
            )

    def take(self, waiting: Sequence[bytes]) -> list[bytes]:
        """Return the head of ``waiting`` that goes into the next block."""
        return self.application.prepare(waiting[:BLOCK_TRANSACTIONS_MAX])

    def seal(
        self,
        transactions: Sequence[bytes],
        *,
        time_ms: int,
        next_operator: SigningKey | None = None,
        empty: bool = True,
    ) -> SealedBlock:
        """Finalize and commit a block; it is durable when this returns.

        Args:
            transactions: What `take` returned, possibly nothing.
            time_ms: The clock.
            next_operator: The key that takes over from the next block on.
            empty: Whether a block is wanted even where nothing gets into the log: bytes that no
                rule has looked at leave no trace.

        Raises:
            Unavailable: The store could not write; nothing has changed.
        """
        application = self.application
        application.check_libraries()
        head = application.state.head
        height, time_ms = head.height + 1, max(head.time_ms, time_ms)
        finalized = application.finalize(height=height, time_ms=time_ms, transactions=transactions)
        taken = [result.transaction for result in finalized.results if result.in_log]
        if not (taken or empty):
            application.abandon()
            return SealedBlock(None, finalized.results)
        header = Header(
            app_hash=Digest(finalized.app_hash.hex()),
            chain=application.genesis.chain,
            height=height,
            operator=self.key.key_id,
            parameter_hash=Digest(finalized.parameters.hash.hex()),
            previous=self.last.header.hash if self.last else NO_HEADER,
            time_ms=time_ms,
            transactions=transactions_hash(taken),
            next_operator=next_operator.key_id if next_operator else None,
        )
        signed = sign_header(header, self.key)
        rows: list[Row] = [(at(HEADER, height), signed.to_bytes())]
        if next_operator:
            rows.append((at(ROTATION, height), signed.to_bytes()))
        application.commit(rows)
        self.last = signed
        self.key = next_operator or self.key
        return SealedBlock(signed, finalized.results)


def wants_another_block(result: Result) -> bool:
    """Whether the transaction was fine but the block had no room for it."""
    return result.code == BLOCK_FULL


def read_header(store: Store, height: int) -> SignedHeader:
    """Return the signed header of block ``height``.

    Raises:
        Corrupt: ``header.missing``, ``header.unreadable``.
    """
    data = store.get(at(HEADER, height))
    if data is None:
        raise Corrupt("header.missing", f"header {height} is missing")
    try:
        return parse_signed_header(data)
    except Refused as refusal:
        raise Corrupt("header.unreadable", f"header {height}: {refusal.text}") from refusal


def last_header(application: Application) -> SignedHeader | None:
    """Return the header of the last block after checking that it speaks of this state."""
    head = application.state.head
    if head.height == 0:
        return None
    signed = read_header(application.state.store, head.height)
    if (signed.header.app_hash, signed.header.height) != (head.app_hash.hex(), head.height):
        raise Corrupt(
            "header.broken_chain", f"header {head.height} does not carry the app hash of the state"
        )
    return signed


def operator_in_force(application: Application, last: SignedHeader | None) -> KeyId:
    """Return the operator's key that signs the next header."""
    if last is None:
        return application.genesis.operator
    return last.header.next_operator or last.header.operator


__all__ = [
    "BLOCK_TRANSACTIONS_MAX",
    "SealedBlock",
    "Solo",
    "check_chain",
    "last_header",
    "operator_in_force",
    "read_header",
    "wants_another_block",
]
