"""A log of any entries with the operator's key in hand: it may grow, fork, shrink and lie."""

from __future__ import annotations

from cellchain.core.errors import Refused
from cellchain.crypto.log import consistency_proof, leaf_hashes, tree_root
from cellchain.crypto.note import Checkpoint, sign_note, verifier_key
from cellchain.crypto.signatures import SigningKey
from cellchain.ledger.witnessing import AddCheckpoint

ORIGIN = "cars.example"
OPERATOR = SigningKey(b"operator".ljust(32, b"."))
STRANGER = SigningKey(b"stranger".ljust(32, b"."))
WITNESS = SigningKey(b"witness".ljust(32, b"."))
NAME = "witness.example/w1"


class SmallLog:
    """The log over ``entries``, signed by ``key``; a `services.witnessing.WatchedLog`."""

    def __init__(self, *entries: object, key: SigningKey = OPERATOR, origin: str = ORIGIN) -> None:
        self.leaves = leaf_hashes(str(entry).encode() for entry in entries)
        self.key = key
        self.origin = origin
        self.signed_rotations = []
        self.taken = []

    @property
    def verifier(self):
        return verifier_key(self.origin, self.key.public_key)

    def root(self, size: int | None = None) -> bytes:
        return tree_root(self.leaves if size is None else self.leaves[:size])

    def checkpoint(self, size: int | None = None) -> bytes:
        count = len(self.leaves) if size is None else size
        text = str(Checkpoint(origin=self.origin, size=count, root=self.root(size)))
        return str(sign_note(text, self.origin, self.key)).encode()

    def consistency(self, old_size: int, new_size: int) -> tuple[bytes, tuple[bytes, ...]]:
        if not 1 <= old_size <= new_size <= len(self.leaves):
            raise Refused("web.query", "no such sizes")
        proof = consistency_proof(
            old_size, new_size, lambda low, high: tree_root(self.leaves[low:high])
        )
        return self.root(old_size), tuple(proof)

    def rotations(self):
        return self.signed_rotations

    def hand_back(self, note: str) -> None:
        self.taken.append(note)

    def asked(self, old_size: int, size: int | None = None) -> AddCheckpoint:
        """The request of a log that pushes."""
        count = len(self.leaves) if size is None else size
        proof = self.consistency(old_size, count)[1] if 0 < old_size <= count else ()
        return AddCheckpoint(old_size=old_size, proof=proof, note=self.checkpoint(size))
