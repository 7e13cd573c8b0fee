"""The port to whoever answers: a home on this machine, or one behind a URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.ledger.contract import Message
    from cellchain.notebook.question import Question
    from cellchain.services.access.records import Approval
    from cellchain.services.gateway.series import Series

TIME_MS_MAX = 253_402_300_799_999
"""The last millisecond of the year 9999."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Where the chain stands, and how far the tables follow it."""

    chain: str
    height: int
    time_ms: int
    app_hash: str
    ledger_height: int
    operator_key: str
    """The verifier key (C2SP) that proofs are checked with."""
    network_trust: str = ""
    """What proofs of a network are checked with: its genesis; empty where there is none."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a transaction: its receipt, after it is durable."""

    transaction: str
    height: int
    position: int
    """Of the receipt in the log."""
    gas: int


class Source(Protocol):
    """Answers questions about a chain, for one party."""

    @property
    def place(self) -> str:
        """The folder or the URL."""
        ...

    def head(self) -> Head:
        """Return where the chain stands."""
        ...

    def ask(self, question: Question, name: str = "", **wanted: Any) -> Any:
        """Return the answer to ``question``, about ``name`` if it is about something.

        Raises:
            Refused: ``web.not_found``, ``access.…``, ``web.query``; Unavailable: ``notebook.…``.
        """
        ...

    def series(
        self, battery: str, *, from_ms: int, until_ms: int, channels: Sequence[str], points: int
    ) -> Series:
        """Return the readings of a battery in at most ``points`` bins.

        Raises:
            Refused: ``telemetry.no_readings``, ``telemetry.unknown_channel``.
        """
        ...

    def proof(self, kind: str, subject: str) -> bytes:
        """Return the proof of a record, or that there is none.

        Raises:
            Refused: ``query.unknown_kind``.
        """
        ...

    def send(self, messages: Sequence[Message]) -> Sent | Approval:
        """Send ``messages`` as one transaction; return when it is durable.

        A server lets what needs four eyes wait for a second signer.

        Raises:
            Refused: With the code of the rule; ``access.own_signer``: no key of the party is here.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
