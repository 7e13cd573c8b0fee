"""Erasing: keys, salts and ciphertexts of what an owner erased are destroyed, and stay so.

    1  the order goes into the journal, which lies outside the home and outlives every backup
    2  one transaction destroys wraps and salts; from here on nobody can open it
    3  the ciphertext goes, unless another record names it; until then its address is remembered
       as doomed

Before 1, the index notes the intent and the ledger takes it: a crash between is `settle`d. A crash
after 1 or 2 is made good by `recover` before the vault opens again. An older backup meets
the journal, and the ledger, in the same place. An order touches only what its party owns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cellchain.core.names import Digest, PartyId
    from cellchain.services.vault.ports import ErasureJournal, ObjectStore, VaultIndex
    from cellchain.services.vault.record import ErasureOrder

_ORDERS_AT_ONCE = 1000


class Eraser:
    """Erases in one vault.

    Args:
        index: Of the vault.
        objects: Of the vault.
        journal: Where orders are kept apart from the home.
    """

    def __init__(self, index: VaultIndex, objects: ObjectStore, journal: ErasureJournal) -> None:
        self._index = index
        self._objects = objects
        self._journal = journal

    def apply_erasures(self, orders: Iterable[ErasureOrder]) -> int:
        """Carry out the orders that are new; return how many were."""
        new = self._index.not_yet(orders)
        if new:
            self._journal.append(new)
            self._destroy(new)
        return len(new)

    def settle(self, on_ledger: Callable[[Digest, PartyId], ErasureOrder | None]) -> int:
        """Carry out what a party was about to erase when a crash came, if it is on the ledger.

        Args:
            on_ledger: Gives the order of an erasure that happened, else ``None``.
        """
        orders = []
        for commitment, party in self._index.intended():
            order = on_ledger(commitment, party)
            if order is not None:  # else it may be on its way there: it is asked again next time
                orders.append(order)
        return self.apply_erasures(orders)

    def recover(self) -> int:
        """Carry out what the journal orders and a crash or an older backup has brought back."""
        new = self._index.not_yet(self._journal.read())
        self._destroy(new)
        return len(new)

    def _destroy(self, orders: Sequence[ErasureOrder]) -> None:
        for at in range(0, len(orders), _ORDERS_AT_ONCE):
            self._index.erase(orders[at : at + _ORDERS_AT_ONCE])
        for address in self._index.doomed():
            if not self._index.names(address):  # else it goes with the last that names it
                self._objects.remove(address)
            self._index.gone(address)
