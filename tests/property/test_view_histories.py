"""Tables grown step by step are those projected at once, whatever happened in the book."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st

from cellchain.adapters.views import discover_views, open_views
from cellchain.contracts import discover
from cellchain.core.names import Digest
from cellchain.ledger.entry import Receipt
from cellchain.ledger.stage import encode
from cellchain.ledger.state import StoredBlock
from tests.integration.views.given import contents
from tests.property.test_contract_histories import histories, opening, play

CONTRACTS = tuple(discover().values())
GENESIS = Digest("0" * 64)
ENVELOPE = b'{"body":{"key":"%b","messages":[],"sequence":1},"signature":""}' % (b"0" * 64)


class Chain:
    """A book with a block for each step."""

    def __init__(self, ledger):
        self.ledger, self.blocks, self.size = ledger, [], 0
        self.records = SimpleNamespace(peek=ledger.records.get)
        self.seal([], "")

    @property
    def head(self):
        return SimpleNamespace(height=len(self.blocks) - 1)

    def block(self, height):
        return self.blocks[height]

    def seal(self, events, code):
        height = len(self.blocks)
        digest = Digest(sha256(str(height).encode()).hexdigest())
        receipt = Receipt(transaction=digest, gas=0, code=code, events=(digest,) * len(events))
        entries = (*map(encode, events), encode(receipt))
        app_hash = sha256(digest.encode()).digest()
        self.blocks.append(StoredBlock(height, height, app_hash, self.size, (ENVELOPE,), entries))
        self.size += len(entries)


@settings(max_examples=25)
@given(histories, st.lists(st.integers(1, 4), max_size=30))
def test_grown_step_by_step_is_projected_at_once(history, pauses):
    ledger = opening()
    chain = Chain(ledger)
    with TemporaryDirectory() as folder:
        views = open_views(Path(folder) / "views.db", CONTRACTS, discover_views(CONTRACTS))
        try:
            rest = iter(pauses)
            wait = next(rest, 1)
            for step in history:
                outcome = play(ledger, step)
                chain.seal(outcome.events, outcome.code)
                wait -= 1
                if not wait:
                    views.catch_up(chain, GENESIS)
                    wait = next(rest, 1)
            views.catch_up(chain, GENESIS)
            grown = contents(views)
            views.rebuild(chain, GENESIS)
            assert contents(views) == grown
        finally:
            views.close()
