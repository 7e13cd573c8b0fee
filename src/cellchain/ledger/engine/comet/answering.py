"""Answers to CometBFT: each request of ABCI 2.0 becomes a call of the application.

    info → init_chain → ( check* prepare process finalize commit )*

One response for each request, of its sort, in order; a refusal is a code in the response. An error
that is raised here is a fault of this program or of its store, and the node has to stop.

Until its first block here is committed a chain is at its genesis, also one that a solo operator has
begun: CometBFT asks for `init_chain` again after each start, and that leaves no trace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from google.protobuf.message import DecodeError

from cellchain.core.errors import Corrupt, Refused
from cellchain.core.names import KeyId
from cellchain.ledger.decided import Decided, Vote, decided_row
from cellchain.ledger.engine.comet import abci_pb2 as abci
from cellchain.ledger.engine.comet.snapshots import Snapshots
from cellchain.ledger.keeping import forgotten_rows
from cellchain.ledger.stage import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from google.protobuf.timestamp_pb2 import Timestamp

    from cellchain.ledger.application import Application
    from cellchain.ledger.engine.comet.snapshots import SnapshotShelf
    from cellchain.ledger.entry import Result
    from cellchain.ledger.parameters import Parameters
    from cellchain.ledger.store import Row

BLOCK_ROOM_BYTES = 65_536
"""For what CometBFT puts around the transactions of a block."""
APP_VERSION = 1
"""Of the rules by which blocks are executed; in every header."""
RELEASED_BLOCKS = 256
"""After so many a store that forgets old blocks gives their space back."""
HAPPENED, REFUSED, NOT_IN_LOG = 0, 1, 2
"""Codes of results: it happened; the rules refused it, with a receipt; it touched nothing."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What of a result every node must agree on: it is hashed into the next header."""

    code: str = ""
    position: int = 0
    """Of the receipt in the log."""


class Comet:
    """The engine of a home that is one node among several.

    Args:
        application: The rules and the state.
        began_at: Height of the last block before CometBFT's first: it counts its own from 1 on, and
            cannot be killed safely in a first block of another number.
        retain_blocks: How many blocks CometBFT keeps; 0: all.
        validators: Who votes from the first block on, with what power.
        retain_events: How many blocks the ledger keeps; 0: all.
        shelf: Where snapshots are taken and kept; ``None``: none are.
        snapshot_blocks: How many blocks lie between two of them.
    """

    def __init__(
        self,
        application: Application,
        *,
        began_at: int = 0,
        retain_blocks: int = 0,
        retain_events: int = 0,
        shelf: SnapshotShelf | None = None,
        snapshot_blocks: int = 0,
        validators: Mapping[KeyId, int] | None = None,
    ) -> None:
        self.application = application
        self._began_at = began_at
        self._first = validators or {}
        self._retain_blocks = retain_blocks
        self._retain_events = retain_events
        self._snapshots = Snapshots(application, began_at, shelf, snapshot_blocks)
        self._results: tuple[Result, ...] = ()
        self._decided: Row | None = None
        self.checked: Callable[[bytes, Refused], None] = lambda *_: None
        """Told of a transaction that may not even wait, and why."""
        self.committed: list[Callable[[Sequence[Result]], None]] = []
        """Told, in order, of the results of each block once it is durable."""
        self._answers: dict[str, Callable[[abci.Request, int], abci.Response]] = {
            "echo": lambda r, _: abci.Response(echo={"message": r.echo.message}),
            "flush": lambda *_: abci.Response(flush={}),
            "info": lambda *_: self._info(),
            "init_chain": lambda r, _: self._init_chain(r.init_chain),
            "query": lambda *_: abci.Response(query={"code": 1, "log": "ask the node's own API"}),
            "check_tx": lambda r, now_ms: self._check(r.check_tx, now_ms),
            "prepare_proposal": lambda r, _: self._prepare(r.prepare_proposal),
            "process_proposal": lambda r, _: self._process(r.process_proposal),
            "extend_vote": lambda *_: abci.Response(extend_vote={}),
            "verify_vote_extension": lambda *_: _extension_accepted(),
            "finalize_block": lambda r, _: self._finalize(r.finalize_block),
            "commit": lambda *_: self._commit(),
            "list_snapshots": lambda *_: self._snapshots.listed(),
            "offer_snapshot": lambda r, _: self._snapshots.offered(r.offer_snapshot),
            "load_snapshot_chunk": lambda r, _: self._snapshots.loaded(r.load_snapshot_chunk),
            "apply_snapshot_chunk": lambda r, _: self._snapshots.applied(r.apply_snapshot_chunk),
            "insert_tx": lambda *_: abci.Response(insert_tx={"code": NOT_IN_LOG}),
            "reap_txs": lambda *_: abci.Response(reap_txs={}),
        }

    def answer(self, request: bytes, *, now_ms: int) -> bytes:
        """Return the response to a request.

        Args:
            request: A message ``Request``.
            now_ms: The clock, for transactions that are checked before they are in a block.

        Raises:
            Refused: ``comet.request``: it is none; who sends it is no node of ours.
            Corrupt: ``comet.genesis``, and what the application raises.
        """
        try:
            asked = abci.Request.FromString(request)
        except DecodeError as error:
            raise Refused("comet.request", "a message that is no request") from error
        answer = self._answers.get(asked.WhichOneof("value") or "")
        if answer is None:
            raise Refused("comet.request", "a request of a sort that is not known here")
        return answer(asked, now_ms).SerializeToString()

    def _info(self) -> abci.Response:
        self.application.check_libraries()
        head = self.application.state.head
        begun = head.height > self._began_at
        return abci.Response(
            info=abci.ResponseInfo(
                data=self.application.genesis.chain,
                app_version=APP_VERSION,
                last_block_height=head.height - self._began_at if begun else 0,
                last_block_app_hash=head.app_hash if begun else b"",
            )
        )

    def _init_chain(self, asked: abci.RequestInitChain) -> abci.Response:
        """Say the app hash that the first block builds on; nothing changes.

        Raises:
            Corrupt: ``comet.genesis``: the genesis of CometBFT is not that of this home.
        """
        self.application.forget_unfinished()
        head, chain = self.application.state.head, self.application.genesis.chain
        self._check_validators(asked)
        said = (asked.chain_id, asked.initial_height, self._began_at)
        if said != (chain, 1, head.height):
            raise Corrupt(
                "comet.genesis",
                f"CometBFT begins chain {asked.chain_id!a} behind block {self._began_at}; this"
                f" home holds {chain!r} up to block {head.height}",
                remedy="take genesis.json of the network, and the ledger it continues",
            )
        return abci.Response(
            init_chain=abci.ResponseInitChain(
                consensus_params=abci.ConsensusParams(version={"app": APP_VERSION}),
                app_hash=head.app_hash,
            )
        )

    def _check_validators(self, asked: abci.RequestInitChain) -> None:
        """Compare who votes by the genesis of CometBFT with what the members agreed on.

        Raises:
            Corrupt: ``comet.validators``.
        """
        agreed = self.application.validators()
        said = {KeyId(one.pub_key.ed25519.hex()): one.power for one in asked.validators}
        if agreed is not None and said != agreed:
            raise Corrupt(
                "comet.validators",
                f"CometBFT begins with {len(said)} validators that are not the {len(agreed)} on"
                " which the members agreed",
                remedy="make the network's genesis from the ledger that it goes on from",
            )

    def _check(self, asked: abci.RequestCheckTx, now_ms: int) -> abci.Response:
        data = asked.tx
        time_ms = max(now_ms, self.application.state.head.time_ms)
        try:
            transaction = self.application.check(data, time_ms=time_ms)
        except Refused as refusal:
            if asked.type == abci.NEW:  # later the others have it, and may put it into a block
                self.checked(data, refusal)
            found = abci.ResponseCheckTx(code=REFUSED, codespace=refusal.code, log=refusal.text)
        else:
            found = abci.ResponseCheckTx(gas_wanted=transaction.body.gas_max)
        return abci.Response(check_tx=found)

    def _prepare(self, asked: abci.RequestPrepareProposal) -> abci.Response:
        chosen = self.application.propose(
            asked.txs,
            height=asked.height + self._began_at,
            time_ms=to_ms(asked.time),
            bytes_max=asked.max_tx_bytes,
        )
        answer = abci.ResponsePrepareProposal(txs=chosen)
        response = abci.Response()
        response.prepare_proposal.CopyFrom(answer)
        response.prepare_proposal.SetInParent()  # an answer without a field is "unexpected" there
        return response

    def _process(self, asked: abci.RequestProcessProposal) -> abci.Response:
        good = self.application.process(asked.txs)
        status = abci.ResponseProcessProposal.ProposalStatus
        return abci.Response(
            process_proposal=abci.ResponseProcessProposal(
                status=status.ACCEPT if good else status.REJECT
            )
        )

    def _finalize(self, asked: abci.RequestFinalizeBlock) -> abci.Response:
        self.application.check_libraries()
        height = asked.height + self._began_at
        finalized = self.application.finalize(
            height=height,
            time_ms=to_ms(asked.time),
            transactions=list(asked.txs),
            misbehaviour=[one.SerializeToString(deterministic=True) for one in asked.misbehavior],
        )
        self._results = finalized.results
        self._decided = decided_row(height, _decided(asked))
        return abci.Response(
            finalize_block=abci.ResponseFinalizeBlock(
                tx_results=[_told(result) for result in finalized.results],
                app_hash=finalized.app_hash,
                validator_updates=self._updates(finalized.validators),
                consensus_param_updates=self._parameter_updates(finalized.parameters),
            )
        )

    def _updates(self, elected: Mapping[KeyId, int] | None) -> list[abci.ValidatorUpdate]:
        """Return whose power changes, in order of their keys; it counts from the block after next.

        CometBFT takes each key once, and power 0 only of who has some.
        """
        if elected is None:
            return []
        before = self.application.validators()
        before = self._first if before is None else before
        return [
            abci.ValidatorUpdate(
                pub_key=abci.PublicKey(ed25519=bytes.fromhex(key)), power=elected.get(key, 0)
            )
            for key in sorted({*before, *elected})
            if before.get(key) != elected.get(key)
        ]

    def _parameter_updates(self, agreed: Parameters) -> abci.ConsensusParams | None:
        """Return how large a block may be, where that changes."""
        if agreed.block_bytes_max == self.application.parameters.block_bytes_max:
            return None
        room = agreed.block_bytes_max + BLOCK_ROOM_BYTES
        return abci.ConsensusParams(block=abci.BlockParams(max_bytes=room, max_gas=-1))

    def _commit(self) -> abci.Response:
        decided = [self._decided] if self._decided else []
        self.application.commit([*decided, *self._forgotten()])
        self._decided = None
        results, self._results = self._results, ()
        for told in self.committed:
            told(results)
        self._snapshots.after_commit()
        height = self.application.state.head.height - self._began_at
        if self._retain_events and height % RELEASED_BLOCKS == 0:
            self.application.state.store.release()
        retain = max(0, height - self._retain_blocks + 1) if self._retain_blocks else 0
        return abci.Response(commit=abci.ResponseCommit(retain_height=retain))

    def _forgotten(self) -> list[Row]:
        """Return what drops the blocks that this home need not keep once the next one is there."""
        if not self._retain_events:
            return []
        store = self.application.state.store
        return forgotten_rows(store, self.application.state.head.height + 2 - self._retain_events)


def exception(text: str) -> bytes:
    """Return the response that stops the node, with why."""
    return abci.Response(exception={"error": text}).SerializeToString()


def to_ms(time: Timestamp) -> int:
    """Return a time of CometBFT in whole milliseconds, rounded down: it never runs backwards."""
    return time.seconds * 1000 + time.nanos // 1_000_000


def _decided(asked: abci.RequestFinalizeBlock) -> Decided:
    before = asked.decided_last_commit
    return Decided(
        block=asked.hash.hex(),
        proposer=asked.proposer_address.hex(),
        round_before=before.round,
        votes_before=tuple(
            Vote(
                one.validator.address.hex(),
                one.validator.power,
                one.block_id_flag == abci.BLOCK_ID_FLAG_COMMIT,
            )
            for one in before.votes
        ),
    )


def _told(result: Result) -> abci.ExecTxResult:
    """Return a result as CometBFT keeps it; what is not hashed may differ between releases."""
    outcome = Outcome(code=result.code, position=result.position)
    code = HAPPENED if not result.code else REFUSED if result.in_log else NOT_IN_LOG
    return abci.ExecTxResult(
        code=code, data=encode(outcome), log=result.text, codespace=result.code, gas_used=result.gas
    )


def _extension_accepted() -> abci.Response:
    accepted = abci.ResponseVerifyVoteExtension.VerifyStatus.ACCEPT
    return abci.Response(verify_vote_extension={"status": accepted})
