"""The keys with which a home speaks for parties, as they stand in the book."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from cellchain.contracts.membership import Key

if TYPE_CHECKING:
    from collections.abc import Callable

    from cellchain.adapters.keystore import KeyEntry, Keystore
    from cellchain.core.names import PartyId
    from cellchain.crypto.signatures import SigningKey
    from cellchain.ledger.port import Ledger


class PartyKeys:
    """Finds, for a party, a key of the home that the book takes for everything.

    Args:
        keys: The key store of the home.
        ledger: Says whose a key is, and whether it is valid.
        now_ms: The time.
    """

    def __init__(self, keys: Keystore, ledger: Ledger, now_ms: Callable[[], int]) -> None:
        self._keys = keys
        self._ledger = ledger
        self._now_ms = now_ms
        self._loaded: dict[str, SigningKey] = {}
        self._chosen: dict[PartyId, KeyEntry] = {}
        self._lock = Lock()

    def of(self, party: PartyId) -> SigningKey | None:
        """Return the key for ``party``; ``None`` where this home has none that is valid."""
        with self._lock:
            chosen = self._chosen.get(party)  # every key of the home is read only to choose
            if chosen is None or not self._speaks_for(chosen, party):
                chosen = next((e for e in self._keys.entries() if self._speaks_for(e, party)), None)
            if chosen is None:
                return None
            self._chosen[party] = chosen
            return self._load(chosen.name)

    def _speaks_for(self, entry: KeyEntry, party: PartyId) -> bool:
        if entry.party != party:
            return False
        found = self._ledger.find(Key, entry.key)
        if found is None or found.party != party or found.purposes or found.revoked_ms is not None:
            return False
        ends_ms = found.valid_until_ms
        return found.valid_from_ms <= self._now_ms() and (
            ends_ms is None or self._now_ms() < ends_ms
        )

    def _load(self, name: str) -> SigningKey:
        if name not in self._loaded:
            self._loaded[name] = self._keys.load(name)
        return self._loaded[name]
