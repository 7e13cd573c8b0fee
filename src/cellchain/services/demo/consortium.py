"""The consortium at work: its parties sign, and blocks are sealed where the script says.

ask       a party's messages are signed and wait, many in one transaction
seal      what waits goes into blocks of the time that the script has reached
refused   one transaction that the rules must refuse, in a block of its own
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.core.time import DAY_MS
from cellchain.ledger.engine.solo import wants_another_block
from cellchain.ledger.transaction import new_body, sign_transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.core.names import KeyId
    from cellchain.crypto.signatures import SigningKey
    from cellchain.ledger.contract import Message, R
    from cellchain.ledger.engine.solo import Solo
    from cellchain.ledger.entry import Result
    from cellchain.services.demo.dice import Dice

MESSAGES_PER_TRANSACTION = 40
"""Keeps the largest transaction of the story below the limit of bytes."""


class Consortium:
    """All parties of the demo over one engine.

    Args:
        solo: Puts their transactions in order.
        dice: Gives their keys.
        time_ms: When the story begins.
    """

    def __init__(self, solo: Solo, dice: Dice, *, time_ms: int) -> None:
        self.dice = dice
        self.time_ms = time_ms
        self.transactions = 0
        self.refusals = 0
        self._solo = solo
        self._keys: dict[str, SigningKey] = {}
        self._sequences: dict[KeyId, int] = {}
        self._waiting: list[bytes] = []

    @property
    def height(self) -> int:
        """Height of the last block."""
        return self._solo.application.state.head.height

    @property
    def app_hash(self) -> str:
        """App hash after the last block, in hexadecimal."""
        return self._solo.application.state.head.app_hash.hex()

    @property
    def records(self) -> int:
        """How many records there are."""
        return self._solo.application.state.head.record_count

    def key(self, name: str) -> SigningKey:
        """Return the key of a party or device."""
        if name not in self._keys:
            self._keys[name] = self.dice.key(name)
        return self._keys[name]

    def get(self, record: type[R], subject: str) -> R:
        """Return a record as of the last block."""
        return self._solo.application.state.draft().get(record, subject)

    def wait(self, days: int) -> None:
        """Let about ``days`` days pass: up to six hours more, as the dice fall."""
        jitter_ms = self.dice.below(DAY_MS // 4, f"wait {self.height} {self.time_ms}")
        self.time_ms += days * DAY_MS + jitter_ms

    def begin(self) -> None:
        """Seal block 1, which holds nothing but the founding."""
        self._solo.seal([], time_ms=self.time_ms)

    def ask(self, name: str, *messages: Message) -> None:
        """Sign ``messages`` with the key of ``name``, as few transactions as they fit in."""
        for at in range(0, len(messages), MESSAGES_PER_TRANSACTION):
            part = messages[at : at + MESSAGES_PER_TRANSACTION]
            self._waiting.append(self._signed(self.key(name), part))

    def seal(self) -> None:
        """Seal what waits.

        Raises:
            Refused: A rule refused what the story takes for granted.
        """
        waiting, self._waiting = self._waiting, []
        while waiting:
            taken = self._solo.take(waiting)
            results = self._solo.seal(taken, time_ms=self.time_ms).results
            again = []
            for data, result in zip(taken, results, strict=True):
                if wants_another_block(result):
                    again.append(data)
                elif result.code:
                    raise Refused(result.code, result.text)
            self.transactions += len(taken) - len(again)
            waiting = again + waiting[len(taken) :]

    def refused(self, name: str, message: Message) -> Result:
        """Return what became of a message that the rules must refuse.

        Raises:
            AssertionError: They did not.
        """
        self.seal()
        transaction = self._signed(self.key(name), [message])
        (result,) = self._solo.seal([transaction], time_ms=self.time_ms).results
        assert result.code, f"nobody refused {message}"
        assert result.in_log, result.text
        self.transactions += 1
        self.refusals += 1
        return result

    def _signed(self, key: SigningKey, messages: Sequence[Message]) -> bytes:
        sequence = self._sequences.get(key.key_id, 0) + 1
        self._sequences[key.key_id] = sequence
        genesis = self._solo.application.genesis
        body = new_body(
            chain=genesis.chain,
            key=key,
            sequence=sequence,
            messages=messages,
            gas_max=genesis.parameters.fitting_gas,
            expires_ms=self.time_ms + DAY_MS,
        )
        return sign_transaction(body, key)
