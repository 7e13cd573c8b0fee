"""A proof in hand: bytes to keep or hand on, and what they show to whoever checks them."""

from __future__ import annotations

from time import time_ns
from typing import TYPE_CHECKING

from cellchain.crypto.cosignature import parse_witness_keys
from cellchain.ledger.finality import parse_trust
from cellchain.ledger.light import ConsortiumFinality
from cellchain.ledger.witnessed import Witnesses
from cellchain.notebook.card import fact_card
from cellchain.services.proofs import Verdict, parse_proof, verify_proof

if TYPE_CHECKING:
    from pathlib import Path


class Proved:
    """A proof of a record.

    Args:
        data: The file, as `cellchain verify` takes it.
        operator_key: Whom to trust where nobody else is named.
        network_trust: The same where validators vouch.
    """

    def __init__(self, data: bytes, operator_key: str, network_trust: str = "") -> None:
        self.data = data
        self._operator_key = operator_key
        self._network_trust = network_trust

    def verify(
        self,
        trust: bytes | None = None,
        *,
        witness_keys: bytes = b"",
        witnesses: int = 0,
        at_ms: int | None = None,
    ) -> Verdict:
        """Return what the proof shows; it is checked here, offline.

        Args:
            trust: Content of ``operator.pub``, a header, a genesis or ``network.json``, from
                somewhere you trust.
                Without it the key counts that the source itself names, which shows that the book
                agrees with itself, not that it is the one that others have.
            witness_keys: Content of the ``witness.pub`` files of witnesses that you trust.
            witnesses: How many of them must have cosigned what is proved.
            at_ms: When you received it; now, where that is not said. The word of validators ends.

        Raises:
            Refused: ``proof.…``, ``header.…``, ``light.…``, ``trust.unreadable``.
        """
        proof = parse_proof(self.data)
        by_validators = isinstance(proof.finality, ConsortiumFinality)
        own = self._network_trust if by_validators else self._operator_key
        believed = parse_trust((own or self._operator_key).encode() if trust is None else trust)
        now_ms = time_ns() // 1_000_000 if at_ms is None else at_ms
        asked = Witnesses(keys=parse_witness_keys(witness_keys), required=witnesses)
        return verify_proof(proof, believed, asked, now_ms=now_ms)

    def save(self, path: Path) -> None:
        """Write the file."""
        path.write_bytes(self.data)

    def __repr__(self) -> str:
        return f"<proof of {len(self.data)} bytes>"

    def _repr_html_(self) -> str:
        told = self.verify()
        facts = {"subject": told.subject, "chain": told.chain}
        return fact_card(" ".join(told.sentences()), facts)
