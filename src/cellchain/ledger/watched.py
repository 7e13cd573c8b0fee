"""What a witness remembers of a log, and whose signature on its checkpoints it believes.

The first key comes from an ``operator.pub`` that whoever runs the witness was given. Another takes
its place where the key in force has signed a rotation, or where a newer ``operator.pub`` names
both. A key that was in force before leads nowhere any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.names import KeyId
from cellchain.crypto.log import EMPTY_ROOT
from cellchain.crypto.note import VerifierKey, parse_verifier_key, verifier_key
from cellchain.ledger.header import operator_after

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.crypto.note import Checkpoint
    from cellchain.ledger.header import SignedHeader


class Watched(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a witness remembers of a log."""

    key: str
    """Verifier key of the operator, under the log's origin."""
    former: tuple[str, ...] = ()
    """Keys that were in force before."""
    rotated_height: int = 0
    """The last rotation of that key which was followed."""
    size: int = 0
    root: str = EMPTY_ROOT.hex()
    time_s: int = 0
    """When the witness cosigned last."""
    note: str = ""
    """The checkpoint that it cosigned last, with the operator's line and its own."""

    @property
    def operator(self) -> VerifierKey:
        """The key whose checkpoints are looked at."""
        return parse_verifier_key(self.key)


def trusting(watched: Watched | None, keys: Sequence[VerifierKey]) -> Watched:
    """Return the log of an ``operator.pub``, which whoever runs the witness believes.

    Args:
        watched: What is remembered of the log; ``None``: nothing.
        keys: The keys in the file, the one in force first, then former ones.

    Raises:
        Refused: ``witness.other_key``: neither the key in force follows from the file nor the other
            way round: that is another log of the same name.
    """
    lines = [str(key) for key in keys]
    if watched is None:
        return Watched(key=lines[0])
    if lines[0] in (watched.key, *watched.former):  # an older file changes nothing
        return watched
    if watched.key in lines:
        former = (*watched.former, watched.key)
        return msgspec.structs.replace(watched, key=lines[0], former=former)
    raise Refused(
        "witness.other_key",
        f"{keys[0].name} is watched under {watched.key}, which this operator.pub does not name",
        remedy="ask the operator how one key leads to the other; another log needs another folder",
    )


def follow_rotations(watched: Watched, rotations: Sequence[SignedHeader]) -> Watched:
    """Return the log under the operator's key that signed rotations lead to.

    Only the key in force names the next one: who holds a key that was rotated away leads nowhere.

    Raises:
        Refused: ``witness.unsigned``: none begins at the key in force; ``header.rotation``.
    """
    operator = watched.operator
    key = KeyId(operator.public_key.hex())
    later = [one for one in rotations if one.header.height > watched.rotated_height]
    while later and later[0].header.operator != key:
        later.pop(0)
    if not later or later[0].header.chain != operator.name:
        raise Refused(
            "witness.unsigned",
            f"no signed rotation leads on from the key that is trusted for {operator.name!a}",
            remedy="ask the operator, not the server, for its operator.pub; name it with --trust",
        )
    following = operator_after(key, later)
    keys = [one.header.operator for one in later]
    lines = [str(verifier_key(operator.name, bytes.fromhex(k))) for k in (*keys, following)]
    return msgspec.structs.replace(
        watched,
        key=lines[-1],
        former=(*watched.former, *lines[:-1]),
        rotated_height=later[-1].header.height,
    )


def unknown_origin(origin: str) -> Refused:
    """Return the refusal of a log that is not watched."""
    return Refused(
        "witness.unknown_origin",
        f"the log {origin[:60]!a} is not watched here",
        remedy="name the operator.pub of its operator with --trust",
    )


def two_histories(watched: Watched, shown: Checkpoint) -> Refused:
    """Return what is said of a log that shows two histories."""
    return Refused(
        "witness.split_view",
        f"the operator of {shown.origin!a} signed two histories: {watched.size} entries with root"
        f" {watched.root}, and {shown.size} entries that do not continue them",
        remedy="both signed checkpoints are kept as evidence: show them to the other members",
    )
