"""The one deterministic application, in the shape of ABCI 2.0. Engines order, this decides.

    info → init_chain → ( check* prepare process finalize commit )*        query at any time

* `finalize` depends on committed state and the block alone, persists nothing, may run again.
* `commit` persists everything in one atomic write together with height and app hash.
* `init_chain` leaves no persisted trace; it may run again until block 1 is committed.
* `check`, `prepare` and `process` never change state.
* A signature is verified once: decoded, verified transactions are remembered by their bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from cellchain.core.errors import Corrupt, Refused
from cellchain.core.names import Digest
from cellchain.crypto.signatures import verify
from cellchain.ledger.account import Sequence, Usage
from cellchain.ledger.contract import GENESIS, Context
from cellchain.ledger.entry import GenesisMark, Result
from cellchain.ledger.execution import BLOCK_FULL, Execution
from cellchain.ledger.gas import Meter
from cellchain.ledger.governing import Governing, Ungoverned
from cellchain.ledger.machine import Machine
from cellchain.ledger.parameters import check_libraries
from cellchain.ledger.restoring import Restoring, forget_unfinished
from cellchain.ledger.stage import encode
from cellchain.ledger.state import Draft, Sealed, State, read_head
from cellchain.ledger.store import HeldStore, MemoryStore
from cellchain.ledger.transaction import TransactionCodec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence as Many

    from cellchain.core.names import KeyId
    from cellchain.ledger.contract import Book, Contract
    from cellchain.ledger.members import Members
    from cellchain.ledger.parameters import Genesis, Parameters
    from cellchain.ledger.snapshot import Snapshot
    from cellchain.ledger.store import Row, Store
    from cellchain.ledger.transaction import Transaction

REMEMBERED_MAX, REMEMBERED_BYTES_MAX = 20_000, 32 << 20
"""Verified transactions kept until they are in a block, and their bytes."""


_Proposed: TypeAlias = (
    "tuple[tuple[int, int, tuple[bytes, ...]], Draft, Execution, tuple[Result, ...]]"
)
"""Height, time and transactions of a block that was executed when it was proposed, and the rest."""


class Info(msgspec.Struct, frozen=True):
    """Where the application stands."""

    height: int
    app_hash: bytes


@dataclass(frozen=True, slots=True)
class Finalized:
    """What a block would do."""

    app_hash: bytes
    results: tuple[Result, ...]
    parameters: Parameters
    """Those in force after it."""
    validators: Mapping[KeyId, int] | None
    """Who votes on blocks, with what power, where this block changes that."""


class Application:
    """The ledger of one chain over one store.

    Args:
        genesis: The beginning of the chain.
        contracts: Installed contracts by name; the genesis says which of them run.
        members: The port that says whose a key is.
        store: Holds the state.
        governing: The port that says what was agreed on since the genesis; ``None``: nothing is.

    Raises:
        Corrupt: ``ledger.contract_missing``, or the store is unreadable.
    """

    def __init__(
        self,
        genesis: Genesis,
        contracts: Mapping[str, Contract],
        members: Members,
        store: Store,
        governing: Governing | None = None,
    ) -> None:
        self.genesis = genesis
        self._contracts = contracts
        self._members = members
        self._governing = governing or Ungoverned()
        self._follow(genesis.parameters)
        self._checked: Parameters | None = None
        self._pending: dict[KeyId, int] = {}
        self._sealed: Sealed | None = None
        self._proposed: _Proposed | None = None
        self._restoring: Restoring | None = None
        self._base = store
        if read_head(store).app_hash:
            self.state = self._open(store)
        else:
            self.init_chain()

    def _follow(self, parameters: Parameters) -> None:
        """Go by ``parameters`` from the next block on."""
        self.parameters = parameters
        self.machine = Machine(self._enabled(parameters))
        self.codec = TransactionCodec(
            [m for c in self.machine.contracts.values() for m in c.messages],
            size_max=parameters.fitting_bytes,
        )
        self._verified: dict[bytes, Transaction] = {}
        self._verified_bytes = 0

    def _enabled(self, parameters: Parameters) -> list[Contract]:
        missing = [name for name in parameters.contracts if name not in self._contracts]
        if missing:
            raise Corrupt(
                "ledger.contract_missing",
                f"the chain runs {', '.join(missing)}, which is not installed",
                remedy="install the package that holds the contract",
            )
        return [self._contracts[name] for name in parameters.contracts]

    def _open(self, store: Store) -> State:
        """Return the state in ``store``, going by what its records say was agreed on."""
        state = self._state(store)
        agreed = self._governing.parameters(Draft(state))
        if agreed is None or agreed == self.parameters:
            return state
        self._follow(agreed)
        return self._state(store)

    def _state(self, store: Store) -> State:
        kinds = [r for c in self.machine.contracts.values() for r in c.records]
        return State(store, [*kinds, Sequence, Usage], self.parameters.hash)

    def info(self) -> Info:
        """Return the height and app hash of the last committed block."""
        return Info(self.state.head.height, self.state.head.app_hash)

    def init_chain(self) -> bytes:
        """Let the messages of the genesis happen; return the app hash before block 1.

        Raises:
            Refused: A message of the genesis was refused.
        """
        genesis = self.genesis
        draft = self._state(MemoryStore()).draft()  # a store without a head counts as empty
        draft.log(encode(GenesisMark(genesis=Digest(genesis.hash.hex()))))
        context = Context(
            chain=genesis.chain,
            height=0,
            time_ms=genesis.time_ms,
            sender=GENESIS,
            contract=GENESIS,
            key=genesis.operator,
            parameters=genesis.parameters,
        )
        messages = [self.codec.message(encode(message)) for message in genesis.messages]
        meter = Meter(self.parameters.gas, 10**12, 0)
        outcome = self.machine.run(messages, context, draft, meter)
        if outcome.code:
            raise Refused(outcome.code, f"the genesis is refused: {outcome.text}")
        draft.changes.update(outcome.changed)
        for entry in outcome.entries:
            draft.log(entry)
        sealed = draft.seal(
            height=0,
            time_ms=genesis.time_ms,
            transactions=(),
            parameter_hash=self._agreed(draft).hash,
        )
        self.state = self._open(HeldStore(self._base, sealed.rows))
        return sealed.head.app_hash

    # -- mempool --------------------------------------------------------------------------------

    def readable(self, data: bytes) -> Transaction | None:
        """Return the transaction in ``data`` if it is well formed and not yet known as verified."""
        if data in self._verified:
            return None
        try:
            return self.codec.decode(data)
        except Refused:
            return None

    def remember(self, transaction: Transaction) -> None:
        """Take note that the signature of ``transaction`` is good."""
        self._forget(transaction.raw)
        self._verified[transaction.raw] = transaction
        self._verified_bytes += len(transaction.raw)
        while len(self._verified) > REMEMBERED_MAX or self._verified_bytes > REMEMBERED_BYTES_MAX:
            self._forget(next(iter(self._verified)))

    def _forget(self, data: bytes) -> None:
        if self._verified.pop(data, None) is not None:
            self._verified_bytes -= len(data)

    def authenticate(self, data: bytes) -> Transaction:
        """Return the transaction in ``data`` with a good signature.

        Raises:
            Refused: It is malformed, or ``transaction.signature``.
        """
        known = self._verified.get(data)
        if known is not None:
            return known
        transaction = self.codec.decode(data)
        if not verify(transaction.public_key, transaction.signed, transaction.signature):
            raise Refused("transaction.signature", f"not signed by {transaction.body.key}")
        self.remember(transaction)
        return transaction

    def check(self, data: bytes, *, time_ms: int) -> Transaction:
        """Return the transaction in ``data`` if the next block could take it.

        Raises:
            Refused: Why not. A sequence counts on from those that were checked since the last
                commit.
        """
        transaction = self.authenticate(data)
        body = transaction.body
        expected = self._pending.get(body.key)
        execution = self._execution(self.state.draft(), self.state.head.height + 1, time_ms)
        if expected is not None:
            execution.expect(body.key, expected)
        try:
            execution.admit(transaction)
        except Refused:
            self._forget(data)  # a stranger's signature is good as well, and is not kept for that
            raise
        self._pending[body.key] = body.sequence
        return transaction

    def next_sequence(self, key: KeyId) -> int:
        """Return the sequence that the next transaction of ``key`` must have."""
        last = self._pending.get(key)
        if last is None:
            record = self.state.records.peek((Sequence, key))
            last = record.last if isinstance(record, Sequence) else 0
        return last + 1

    # -- consensus ------------------------------------------------------------------------------

    def prepare(self, transactions: Many[bytes], *, bytes_max: int | None = None) -> list[bytes]:
        """Return the longest head of ``transactions`` that fits a block, order kept."""
        limit = self.parameters.block_bytes_max
        limit = limit if bytes_max is None else min(limit, bytes_max)
        chosen: list[bytes] = []
        for data in transactions:
            limit -= len(data)
            if limit < 0:
                break
            chosen.append(data)
        return chosen

    def propose(
        self, transactions: Many[bytes], *, height: int, time_ms: int, bytes_max: int
    ) -> list[bytes]:
        """Return those of ``transactions`` that leave a trace in a block, order kept.

        They are executed for it, on a draft: what is invalid by now, or finds no room, takes no
        place in a block. If this very block is decided, what was executed is not executed again.
        """
        draft, execution = self._begun(height, time_ms)
        fitting = self.prepare(transactions, bytes_max=bytes_max)
        results = [(data, self._execute(data, execution)) for data in fitting]
        chosen = [(data, result) for data, result in results if result.in_log]
        block = (height, time_ms, tuple(data for data, _ in chosen))
        self._proposed = (block, draft, execution, tuple(result for _, result in chosen))
        return list(block[2])

    def process(self, transactions: Many[bytes]) -> bool:
        """Whether a proposed block is no larger than agreed on and holds nothing but transactions.

        Whether they would happen is for `finalize` to say: a block is rejected for its form alone.
        """
        if sum(map(len, transactions)) > self.parameters.block_bytes_max:
            return False
        return all(data in self._verified or self._decodes(data) for data in transactions)

    def finalize(
        self,
        *,
        height: int,
        time_ms: int,
        transactions: Many[bytes],
        misbehaviour: Many[bytes] = (),
    ) -> Finalized:
        """Execute a block on a draft; `commit` makes it true.

        Raises:
            Corrupt: ``ledger.height``, ``ledger.time``: the block does not follow the last one.
        """
        self._check_follows(height, time_ms)
        draft, execution, results = self._executed(height, time_ms, transactions)
        execution.finish()
        taken = [d for d, r in zip(transactions, results, strict=True) if r.in_log]
        agreed = self._agreed(draft)
        self._check_runs(agreed)
        self._sealed = draft.seal(
            height=height,
            time_ms=time_ms,
            transactions=taken,
            misbehaviour=misbehaviour,
            parameter_hash=agreed.hash,
        )
        return Finalized(self._sealed.head.app_hash, results, agreed, self._elected(draft))

    def _executed(
        self, height: int, time_ms: int, transactions: Many[bytes]
    ) -> tuple[Draft, Execution, tuple[Result, ...]]:
        """Return a block executed, by this call or when it was proposed here."""
        proposed, self._proposed = self._proposed, None
        if proposed is not None and proposed[0] == (height, time_ms, tuple(transactions)):
            for data in transactions:
                self._forget(data)
            return proposed[1:]
        draft, execution = self._begun(height, time_ms)
        return draft, execution, tuple([self._run(data, execution) for data in transactions])

    def _begun(self, height: int, time_ms: int) -> tuple[Draft, Execution]:
        """Return a block in which what is due at ``height`` is done, and nothing else yet."""
        draft = self.state.draft()
        execution = self._execution(draft, height, time_ms)
        for due in self._governing.due(draft, height):
            execution.perform(due, self._check_stands)
        return draft, execution

    def _agreed(self, book: Book) -> Parameters:
        """Return the parameters in force after the records in ``book``."""
        return self._governing.parameters(book) or self.genesis.parameters

    def _check_stands(self, book: Book) -> None:
        """Refuse parameters that no chain can run on, as far as this node has the contracts.

        Raises:
            Refused: ``ledger.contracts``; Corrupt: ``ledger.contract_missing``.
        """
        agreed = self._agreed(book)
        if agreed.contracts != self.parameters.contracts:
            try:
                Machine(self._enabled(agreed))
            except ValueError as error:
                raise Refused("ledger.contracts", str(error)) from error

    def _check_runs(self, agreed: Parameters) -> None:
        """Stop before a block after which this node lacks a contract that the others run."""
        if agreed.contracts != self.parameters.contracts:
            self._enabled(agreed)

    def validators(self) -> Mapping[KeyId, int] | None:
        """Return who votes on blocks, with what power; ``None``: the members named nobody."""
        return self._governing.validators(Draft(self.state))

    def _elected(self, draft: Draft) -> Mapping[KeyId, int] | None:
        """Return who votes on blocks where this block changes that, else ``None``."""
        now = self._governing.validators(draft)
        return None if now == self.validators() else now

    def commit(self, extra: Many[Row] = ()) -> Info:
        """Persist the block that was finalized last, with ``extra`` rows of the engine.

        Raises:
            Unavailable: The store could not write; nothing is changed, and the block may be
                finalized and committed again.
        """
        if self._sealed is None:
            raise Corrupt("ledger.order", "commit without a finalized block")
        self.state.commit(self._sealed, extra)
        self._sealed = None
        self._pending.clear()
        self._proposed = None
        agreed = self._agreed(Draft(self.state))
        if agreed != self.parameters:
            self._follow(agreed)
            self.state = self._state(self.state.store)
        return self.info()

    def check_libraries(self) -> None:
        """Refuse to make blocks with other versions of libraries than the members agreed on.

        A replay does not ask: what it computes is compared with what the blocks say. Nor is there
        another check before the block that changes a version: both cannot be installed at once, so
        a node stops behind that block, and goes on with the other version.

        Raises:
            Corrupt: ``ledger.library``.
        """
        if self._checked is not self.parameters:
            check_libraries(self.parameters)
            self._checked = self.parameters

    def abandon(self) -> None:
        """Let the block that was finalized last never have been."""
        self._sealed = None

    # -- snapshots ------------------------------------------------------------------------------

    def offer_snapshot(self, snapshot: Snapshot, *, height: int, app_hash: bytes) -> None:
        """Prepare to take over the state that ``snapshot`` describes.

        Args:
            snapshot: What a stranger offers.
            height: At which somebody trusted vouches for the state.
            app_hash: The app hash that it has.

        Raises:
            Refused: ``snapshot.…``: it is not that state, or blocks of this home would be lost.
        """
        self._restoring = Restoring(self._base, snapshot, height=height, app_hash=app_hash)

    def apply_chunk(self, index: int, chunk: bytes) -> bool:
        """Take the next chunk; return whether the snapshot is complete and taken over.

        Raises:
            Refused: ``snapshot.order``, ``snapshot.chunk``: not the one that is to come;
                ``snapshot.false``: what was offered is not the state; nothing of it stays.
            Corrupt: ``ledger.contract_missing``; ``ledger.parameters``: the
                chain goes by others than the genesis of this home leads to.
        """
        if self._restoring is None:
            raise Refused("snapshot.order", "a chunk of no snapshot that was taken up")
        if not self._restoring.apply(index, chunk):
            return False
        agreed, self._restoring = self._restoring.parameter_hash, None
        self.state = self._open(self._base)
        if self.state.parameter_hash != agreed:
            raise Corrupt(
                "ledger.parameters",
                f"the chain goes by parameters {agreed.hex()[:16]}…, this home by"
                f" {self.parameters.hash.hex()[:16]}…",
                remedy="take genesis.json of a member's home",
            )
        return True

    def forget_unfinished(self) -> None:
        """Remove what a snapshot has left behind that was never complete."""
        forget_unfinished(self._base)

    def _run(self, data: bytes, execution: Execution) -> Result:
        result = self._execute(data, execution)
        if result.code != BLOCK_FULL:
            self._forget(data)
        return result

    def _decodes(self, data: bytes) -> bool:
        try:
            self.codec.decode(data)
        except Refused:
            return False
        return True

    def _execute(self, data: bytes, execution: Execution) -> Result:
        try:
            transaction = self.authenticate(data)
        except Refused as refusal:
            return unread(data, refusal)
        return execution.run(transaction)

    def _execution(self, draft: Draft, height: int, time_ms: int) -> Execution:
        return Execution(
            self.machine,
            self._members,
            self.parameters,
            draft,
            chain=self.genesis.chain,
            height=height,
            time_ms=time_ms,
        )

    def _check_follows(self, height: int, time_ms: int) -> None:
        head = self.state.head
        if height != head.height + 1:
            raise Corrupt("ledger.height", f"block {height} does not follow block {head.height}")
        if time_ms < head.time_ms:
            raise Corrupt("ledger.time", f"time {time_ms} ms runs back from {head.time_ms} ms")


def unread(data: bytes, refusal: Refused) -> Result:
    """Return the result of bytes that are no transaction of this chain: they touch nothing."""
    return Result(
        transaction=Digest(sha256(data).hexdigest()),
        code=refusal.code,
        text=refusal.text,
        in_log=False,
    )
