"""The node of a home as whoever makes proofs needs it: what its network signed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cellchain.adapters.clock import clock_ms
from cellchain.adapters.cometbft.api import NodeApi
from cellchain.adapters.cometbft.folder import NodeFolder
from cellchain.adapters.cometbft.light_blocks import NodeLightBlocks
from cellchain.adapters.disk import disk_error
from cellchain.core.errors import Corrupt, Refused
from cellchain.ledger.finality import Finality
from cellchain.ledger.light import GenesisTrust, encode_trust, parse_consortium_trust
from cellchain.services.vouching import Vouching

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.adapters.home import Home
    from cellchain.services.proofs import Proof


def genesis_trust(home: Home) -> GenesisTrust | None:
    """Return the genesis of the network; ``None`` where an operator signs the blocks of ``home``.

    Raises:
        Corrupt: ``node.damaged``.
    """
    if not home.is_node:
        return None
    path = NodeFolder(home.node_folder).network_path
    try:
        trust = parse_consortium_trust(path.read_bytes())
    except OSError as error:
        raise disk_error(error) from error
    except Refused as refusal:
        raise Corrupt("node.damaged", f"{path.name}: {refusal.text}") from refusal
    if not isinstance(trust, GenesisTrust):
        raise Corrupt("node.damaged", f"{path.name} is no genesis of a network")
    return trust


@contextmanager
def vouching(home: Home) -> Iterator[Vouching | None]:
    """Open what completes the proofs of ``home``; ``None`` where an operator signs its blocks."""
    trust = genesis_trust(home)
    if trust is None:
        yield None
        return
    api = NodeApi(NodeFolder(home.node_folder).rpc_path)
    try:
        yield Vouching(NodeLightBlocks(api), trust)
    finally:
        api.close()


def vouched(
    home: Home, validators: Vouching | None, cut: Proof, since: int | None = None
) -> tuple[Proof, str]:
    """Return a proof with all that vouches for it, and what its page is to trust.

    Args:
        home: Where it was cut.
        validators: What completes it there.
        cut: The proof.
        since: The header of the network where it is to begin; the genesis else.
    """
    if validators is None or isinstance(cut.finality, Finality):
        return cut, home.trust_line
    proof = validators.completed(cut, since)
    return proof, encode_trust(validators.page_trust(proof, clock_ms(), since)).decode()
