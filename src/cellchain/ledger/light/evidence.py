"""Two headers that cannot both be true, and who signed both.

Honest validators sign one header per height. Where two are verified, more than a third of the power
has broken that: the two together are evidence that can be shown to anybody.
"""

from __future__ import annotations

import msgspec

from cellchain.core.errors import Refused
from cellchain.ledger.light.block import LightBlock
from cellchain.ledger.light.verification import verified_signers


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Two different headers of one height of one chain, each signed as it has to be."""

    first: LightBlock
    second: LightBlock
    both: tuple[str, ...]
    """Addresses of the validators that signed both."""

    def refusal(self) -> Refused:
        """Return what whoever meets it is told."""
        signed = ", ".join(self.both) or "none: their validators differ"
        return Refused(
            "light.conflict",
            f"two headers {self.first.height} of {self.first.header.chain!r} are signed:"
            f" {self.first.header.hash.hex()} and {self.second.header.hash.hex()};"
            f" signed both: {signed}",
            remedy="trust neither, keep both files, and show them to the members of the network",
        )


def conflict_of(first: LightBlock, second: LightBlock) -> Conflict | None:
    """Return how two blocks, both verified, contradict each other; ``None`` where they do not."""
    one, other = first.header, second.header
    if (one.chain, one.height) != (other.chain, other.height) or one.hash == other.hash:
        return None
    keys = {validator.key for validator in verified_signers(second)}
    both = tuple(
        validator.address for validator in verified_signers(first) if validator.key in keys
    )
    return Conflict(first=first, second=second, both=both)
