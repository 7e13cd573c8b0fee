"""The word of validators for a proof: a node is asked for the headers that its network signed.

The state part of a proof is cut from the ledger, the headers come from the node afterwards, so that
nobody who reads the ledger waits for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Corrupt, Refused
from cellchain.ledger.finality import Finality
from cellchain.ledger.light import (
    TRUSTING_PERIOD_S,
    ConsortiumFinality,
    HeaderTrust,
    PinTrust,
    vouch,
)
from cellchain.ledger.proof import proved_app_hash

if TYPE_CHECKING:
    from cellchain.ledger.light import ConsortiumTrust, GenesisTrust, LightBlock, LightBlocks
    from cellchain.services.proofs import Proof


class Vouching:
    """Completes proofs about blocks that validators decided.

    Args:
        blocks: The node.
        trust: The genesis of its network.
    """

    def __init__(self, blocks: LightBlocks, trust: GenesisTrust) -> None:
        self._blocks = blocks
        self.trust = trust

    def completed(self, proof: Proof, since: int | None = None) -> Proof:
        """Return ``proof`` with the headers that vouch for it; a complete one as it is.

        Args:
            proof: As it was cut from the ledger.
            since: A height of the network where the verifier's trust begins; the genesis else.

        Raises:
            Unavailable: ``node.…``: the node does not run, or has no such header yet.
            Corrupt: ``node.app_hash``: the validators signed another state than this home has.
            Refused: ``light.…``, ``proof.since``.
        """
        if isinstance(proof.finality, Finality) or proof.finality.blocks:
            return proof
        app_hash = proved_app_hash(proof.state).hex()
        carrier = self._carrier(proof.finality.height, app_hash)
        if carrier.header.app_hash != app_hash:
            raise Corrupt(
                "node.app_hash",
                f"header {carrier.height} carries {carrier.header.app_hash}, this home has"
                f" {app_hash} after block {proof.finality.height}",
                remedy="compare the home with another node's: cellchain audit",
            )
        finality = ConsortiumFinality(
            height=carrier.height - 1 + self.trust.began_at,
            blocks=vouch(self._blocks, carrier, self.trust, since),
        )
        return msgspec.structs.replace(proof, finality=finality)

    def header(self, height: int | None = None) -> HeaderTrust:
        """Return a header of the network to pin, by the network's own count; the last one else."""
        wanted = self._blocks.latest() if height is None else height
        if wanted < 1:
            raise Refused("proof.since", "headers are counted from 1")
        return HeaderTrust(began_at=self.trust.began_at, block=self._blocks.at(wanted))

    def page_trust(self, proof: Proof, now_ms: int, since: int | None = None) -> ConsortiumTrust:
        """Return what a proof's own page trusts: where it begins, while that counts; else its end.

        Args:
            proof: As it was completed.
            now_ms: The time.
            since: Where it was wanted to begin.
        """
        assert isinstance(proof.finality, ConsortiumFinality)
        first, last = proof.finality.blocks[0], proof.finality.blocks[-1]
        began = self.trust.time if since is None else first.header.time
        counts = began.time_ms + TRUSTING_PERIOD_S * 1000 > now_ms
        if counts and since is None:
            return self.trust
        pinned = first if counts else last
        return PinTrust(height=pinned.height, hash=pinned.header.hash.hex())

    def _carrier(self, height: int, app_hash: str) -> LightBlock:
        """Return the light block whose header carries the app hash after block ``height``."""
        following = height - self.trust.began_at + 1
        latest = self._blocks.latest()
        if latest == following - 1 >= 1:
            last = self._blocks.at(latest)
            if last.header.app_hash == app_hash:  # block `height` changed nothing
                return last
        return self._blocks.at(following)
