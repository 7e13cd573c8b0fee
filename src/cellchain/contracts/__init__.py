"""One folder per promise the consortium makes. Pure: no clock, no dice, no disk, no float.

A contract is found because its folder is here, or because a stranger's package names it under the
entry point ``cellchain.contracts``; it runs only where the genesis file enables it, so installing
code never changes the state.
"""

from __future__ import annotations

import importlib
import pkgutil
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cellchain.ledger.contract import Contract

ENTRY_POINT = "cellchain.contracts"


def discover() -> dict[str, Contract]:
    """Return every contract that is installed, by its key, in order.

    Raises:
        RuntimeError: Two packages claim one name.
    """
    ours = [importlib.import_module(name).CONTRACT for name in _folders()]
    strangers = [point.load() for point in entry_points(group=ENTRY_POINT)]
    found: dict[str, Contract] = {}
    for contract in (*ours, *strangers):
        if contract.key in found:
            raise RuntimeError(f"two contracts are named {contract.key!r}")
        found[contract.key] = contract
    return dict(sorted(found.items()))


def _folders() -> list[str]:
    folders = pkgutil.iter_modules(__path__, prefix=f"{__name__}.")
    return sorted(f.name for f in folders if f.ispkg)
