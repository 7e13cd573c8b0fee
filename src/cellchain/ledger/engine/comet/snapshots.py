"""Snapshots asked for and offered by other nodes, through CometBFT, which trusts none of them.

    list, load     what this node has taken, for nodes that begin
    offer, apply   what others have, for this node while it has no blocks

Who offers a state that is not the trusted one, or sends a chunk that is not the one he promised, is
rejected for good; the honest ones go on. Heights are CometBFT's own, which counts from 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cellchain.core.errors import Corrupt, Refused
from cellchain.ledger.engine.comet import abci_pb2 as abci
from cellchain.ledger.snapshot import FORMAT, parse_snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.ledger.application import Application
    from cellchain.ledger.snapshot import Snapshot
    from cellchain.ledger.state import State

_OFFER = abci.ResponseOfferSnapshot.Result
_APPLY = abci.ResponseApplySnapshotChunk.Result
SETTLED_BLOCKS = 2
"""A snapshot is told of once so many blocks follow: the trusted state is made of their headers."""


class SnapshotShelf(Protocol):
    """Where the snapshots of a node are taken and kept."""

    def take(self, state: State) -> None:
        """Begin to take one of ``state`` as committed last; return at once."""
        ...

    def kept(self) -> Sequence[Snapshot]:
        """Return those that are whole, the latest last."""
        ...

    def chunk(self, height: int, index: int) -> bytes:
        """Return a chunk of the one at ``height``; nothing where it is gone, or was never there."""
        ...


class Snapshots:
    """Answers of a node about snapshots.

    Args:
        application: The rules and the state.
        began_at: Height of the last block before CometBFT's first.
        shelf: Keeps them; ``None``: none are taken here.
        every_blocks: How many blocks lie between two of them.
    """

    def __init__(
        self,
        application: Application,
        began_at: int,
        shelf: SnapshotShelf | None,
        every_blocks: int,
    ) -> None:
        self._application = application
        self._began_at = began_at
        self._shelf = shelf
        self._every_blocks = every_blocks

    def after_commit(self) -> None:
        """Take one, if it is due: at the same heights on every node with the same setting."""
        height = self._application.state.head.height - self._began_at
        if self._shelf is not None and self._every_blocks and height % self._every_blocks == 0:
            self._shelf.take(self._application.state)

    def listed(self) -> abci.Response:
        """Say which ones this node has."""
        kept = self._shelf.kept() if self._shelf is not None else ()
        until = self._application.state.head.height - SETTLED_BLOCKS
        told = [
            abci.Snapshot(
                height=one.height - self._began_at,
                format=FORMAT,
                chunks=len(one.chunk_hashes),
                hash=one.hash,
                metadata=one.to_bytes(),
            )
            for one in kept
            if one.height <= until
        ]
        return abci.Response(list_snapshots={"snapshots": told})

    def loaded(self, asked: abci.RequestLoadSnapshotChunk) -> abci.Response:
        """Give a chunk; an empty one says that it is not there."""
        chunk = b""
        if self._shelf is not None and asked.format == FORMAT:
            chunk = self._shelf.chunk(asked.height + self._began_at, asked.chunk)
        return abci.Response(load_snapshot_chunk={"chunk": chunk})

    def offered(self, asked: abci.RequestOfferSnapshot) -> abci.Response:
        """Take up a snapshot, or say that it is none, and that its senders are not to be asked.

        Raises:
            Corrupt: ``comet.not_empty``: CometBFT begins, and this home has blocks already.
        """
        offer = asked.snapshot
        if offer.format != FORMAT:
            return abci.Response(offer_snapshot={"result": _OFFER.REJECT_FORMAT})
        try:
            snapshot = parse_snapshot(offer.metadata)
            said = (offer.chunks, offer.hash, offer.height + self._began_at)
            if said != (len(snapshot.chunk_hashes), snapshot.hash, snapshot.height):
                raise Refused("snapshot.malformed", "the offer does not speak of its metadata")
            self._application.offer_snapshot(
                snapshot, height=offer.height + self._began_at, app_hash=asked.app_hash
            )
        except Refused as refusal:
            if refusal.code == "snapshot.not_empty":
                raise Corrupt(
                    "comet.not_empty",
                    "CometBFT has lost its blocks, and this home has its own",
                    remedy="start anew from a snapshot: cellchain node sync",
                ) from refusal
            return abci.Response(offer_snapshot={"result": _OFFER.REJECT_SENDER})
        return abci.Response(offer_snapshot={"result": _OFFER.ACCEPT})

    def applied(self, asked: abci.RequestApplySnapshotChunk) -> abci.Response:
        """Take a chunk; a false one is fetched again from somebody else."""
        try:
            self._application.apply_chunk(asked.index, asked.chunk)
        except Refused as refusal:
            if refusal.code == "snapshot.chunk":
                answer = abci.ResponseApplySnapshotChunk(
                    result=_APPLY.RETRY, refetch_chunks=[asked.index], reject_senders=[asked.sender]
                )
            elif refusal.code == "snapshot.order":
                answer = abci.ResponseApplySnapshotChunk(result=_APPLY.RETRY_SNAPSHOT)
            else:
                answer = abci.ResponseApplySnapshotChunk(
                    result=_APPLY.REJECT_SNAPSHOT, reject_senders=[asked.sender]
                )
            return abci.Response(apply_snapshot_chunk=answer)
        return abci.Response(apply_snapshot_chunk={"result": _APPLY.ACCEPT})
