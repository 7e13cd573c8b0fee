"""Envelopes that happened are followed, each for itself."""

from types import SimpleNamespace

import pytest

from cellchain.contracts import discover
from cellchain.contracts.document import Erase
from cellchain.contracts.membership import Key
from cellchain.core.errors import Unavailable
from cellchain.crypto.signatures import SigningKey
from cellchain.ledger.entry import Result
from cellchain.ledger.transaction import new_body, sign_transaction
from cellchain.services.access.viewer import Viewer
from cellchain.services.serving.envelopes import Envelopes

KEY = SigningKey(b"k" * 32)


class Ledger:
    """Takes everything."""

    genesis = SimpleNamespace(parameters=SimpleNamespace(transaction_bytes_max=10_000))

    def submit(self, envelopes):
        return [
            Result(transaction=f"{n:064}", height=1, position=n, code="", text="", gas=0)
            for n, _ in enumerate(envelopes)
        ]

    def find(self, record, subject):
        assert (record, subject) == (Key, KEY.key_id)
        return SimpleNamespace(party="maker")


def test_one_that_fails_holds_up_no_other():
    followed = []

    def follow(party, messages):
        followed.append(messages[0].documents[0])
        if len(followed) < 3:
            raise Unavailable("vault.index", f"fails at {followed[-1]}")

    kinds = [m for contract in discover().values() for m in contract.messages]
    envelopes = [
        sign_transaction(
            new_body(
                chain="test",
                key=KEY,
                sequence=n + 1,
                messages=(Erase(documents=(f"D-{n}",)),),
                gas_max=1,
                expires_ms=1,
            ),
            KEY,
        )
        for n in range(3)
    ]
    with pytest.raises(Unavailable, match="fails at D-0"):
        Envelopes(Ledger(), kinds, None, follow).submit(Viewer(), envelopes)
    assert followed == ["D-0", "D-1", "D-2"]
