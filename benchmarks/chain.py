"""The shipped application under custody hand-overs: 50 clients, any number of batteries."""

from __future__ import annotations

import random
import shutil
import time
from typing import TYPE_CHECKING

from nacl.bindings import crypto_sign_open

from benchmarks.figure import work_folder
from cellchain.adapters.rocks import RocksStore
from cellchain.app import Cellchain
from cellchain.contracts import discover
from cellchain.contracts.custody import Accept, Offer, Register
from cellchain.contracts.membership import RegisterParty
from cellchain.core.names import PartyId, battery_id
from cellchain.crypto.signatures import SigningKey
from cellchain.ledger.engine.solo import Solo
from cellchain.ledger.transaction import new_body, sign_transaction
from cellchain.services.founding import found

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cellchain.ledger.contract import Message
    from cellchain.ledger.engine.solo import SealedBlock

CLIENTS = 50
BLOCK = 1_000
START_MS = 1_790_000_000_000
_BATCH = 100


class TimedStore(RocksStore):
    """The shipped store, counting its synced writes and their time."""

    sync_s = 0.0

    def write(self, rows):  # type: ignore[no-untyped-def]
        """Write all rows or none."""
        started = time.perf_counter()
        super().write(rows)
        self.sync_s += time.perf_counter() - started


class Bench:
    """A chain on disk with ``batteries`` registered, and an endless supply of hand-overs."""

    def __init__(self, batteries: int) -> None:
        self.folder = work_folder() / f"chain-{batteries}"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.keys = [SigningKey(n.to_bytes(32, "big")) for n in range(1, CLIENTS + 1)]
        self._headers = SigningKey(b"h" * 32)
        self._sequence = [0] * CLIENTS
        self.genesis = found(
            chain="bench",
            time_ms=START_MS,
            header_key=self._headers.key_id,
            operator="operator",
            operator_key=SigningKey(b"o" * 32).key_id,
            contracts=discover(),
            more=[self._client(n) for n in range(CLIENTS)],
        )
        self._batteries = batteries
        self._holder = [(n // _BATCH) % CLIENTS for n in range(batteries)]
        self._chance = random.Random(1)
        self.open()
        self._register()

    def open(self) -> None:
        """Open the store as a writer would."""
        self.store = TimedStore(self.folder)
        self.application = Cellchain().application(self.genesis, self.store)
        self.solo = Solo(self.application, self._headers)

    def close(self) -> None:
        """Release the store."""
        self.store.close()

    def hand_overs(self, count: int) -> list[bytes]:
        """Return ``count`` signed transactions, offers and acceptances in turn."""
        transactions = []
        for number in self._chance.sample(range(self._batteries), count // 2):
            giver = self._holder[number]
            taker = self._holder[number] = (giver + 1) % CLIENTS
            battery = _battery(number)
            offer = Offer(battery=battery, receiver=PartyId(f"client-{taker}"))
            transactions.append(self._signed(giver, offer))
            transactions.append(self._signed(taker, Accept(battery=battery)))
        return transactions

    def bundles(self, count: int, size: int) -> list[bytes]:
        """Return hand-overs of ``count`` messages in all, ``size`` in each transaction.

        Neighbours are in one hand: ``size`` divides 100, and one client sends each.
        """
        transactions = []
        for start in range(0, count // 2, size):
            numbers = range(start, start + size)
            giver = self._holder[start]
            taker = (giver + 1) % CLIENTS
            names, to = [_battery(number) for number in numbers], PartyId(f"client-{taker}")
            offers = [Offer(battery=name, receiver=to) for name in names]
            transactions.append(self._signed(giver, *offers))
            transactions.append(self._signed(taker, *[Accept(battery=name) for name in names]))
            for number in numbers:
                self._holder[number] = taker
        return transactions

    def seal(self, transactions: Sequence[bytes]) -> SealedBlock:
        """Seal a block in which everything happens."""
        block = self.solo.seal(transactions, time_ms=START_MS)
        refused = [result for result in block.results if result.code]
        if refused:
            raise SystemExit(f"refused: {refused[0]}")
        return block

    def bare(self, transactions: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
        """Return what a bare verifier needs: signature and message, public key."""
        decoded = [self.application.codec.decode(data) for data in transactions]
        return [(t.signature + t.signed, t.public_key) for t in decoded]

    def _register(self) -> None:
        numbers = range(0, self._batteries, _BATCH)
        waiting = []
        for start in numbers:
            batch = range(start, min(start + _BATCH, self._batteries))
            messages = [Register(battery=_battery(n)) for n in batch]
            waiting.append(self._signed(self._holder[start], *messages))
            if len(waiting) == 50:  # noqa: PLR2004
                self.seal(waiting)
                waiting = []
        if waiting:
            self.seal(waiting)

    def _signed(self, client: int, *messages: Message) -> bytes:
        self._sequence[client] += 1
        body = new_body(
            chain="bench",
            key=self.keys[client],
            sequence=self._sequence[client],
            messages=messages,
            gas_max=200_000 if len(messages) > 1 else 1_000,
            expires_height=10**9,
        )
        return sign_transaction(body, self.keys[client])

    def _client(self, number: int) -> RegisterParty:
        return RegisterParty(
            party=PartyId(f"client-{number}"),
            name=f"Client {number}",
            roles=("pack-maker",),
            key=self.keys[number].key_id,
        )


def verify_all(cases: Sequence[tuple[bytes, bytes]]) -> None:
    """The ceiling: nothing but the signatures."""
    for signed, key in cases:
        crypto_sign_open(signed, key)


def size_of(folder: Path) -> int:
    """Return the bytes of all files in ``folder``."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _battery(number: int) -> str:
    return battery_id("09506000134352", f"B{number:07}")
