"""Answers from a home on this machine: its views, its readings, its ledger, its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId
from cellchain.notebook.question import Reader
from cellchain.notebook.source import Head, Sent
from cellchain.services.access.interest import require_interest
from cellchain.services.proofs import record_proof

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from cellchain.core.names import PartyId
    from cellchain.ledger.contract import Message
    from cellchain.ledger.entry import Result
    from cellchain.ledger.state import State
    from cellchain.notebook.question import Question
    from cellchain.services.access.viewer import Viewer
    from cellchain.services.gateway.series import Series
    from cellchain.services.proofs import Proof


class OpenedHome(Protocol):
    """A home as a notebook needs it; `cellchain.app` opens one."""

    @property
    def place(self) -> str:
        """Its folder."""
        ...

    @property
    def viewer(self) -> Viewer:
        """For whom it reads."""
        ...

    def head(self) -> Head:
        """Return where the ledger and the views stand."""
        ...

    def read(self) -> AbstractContextManager[Any]:
        """Open a reading transaction of the views."""
        ...

    def state(self) -> AbstractContextManager[State]:
        """Open the ledger as of its last block."""
        ...

    def vouched(self, proof: Proof) -> Proof:
        """Return a proof with all that vouches for it."""
        ...

    def series(
        self, battery: str, *, from_ms: int, until_ms: int, channels: Sequence[str], points: int
    ) -> Series:
        """Return readings, thinned out."""
        ...

    def send(self, party: PartyId, messages: Sequence[Message]) -> Result:
        """Send ``messages`` as one transaction with the key with which it speaks for ``party``.

        Raises:
            Refused: ``access.own_signer``, or what a rule says.
        """
        ...

    def close(self) -> None:
        """Let go of its files."""
        ...


class FolderSource:
    """A `cellchain.notebook.source.Source` over a home on this machine.

    Args:
        home: The home.
    """

    def __init__(self, home: OpenedHome) -> None:
        self._home = home
        self.place = home.place
        self.head = home.head
        self.close = home.close

    def ask(self, question: Question, name: str = "", **wanted: Any) -> Any:
        """Return the answer to ``question``."""
        given = {k: v for k, v in wanted.items() if v not in (None, "")}
        with self._home.read() as db:
            found = question.find(Reader(db, self._home.viewer), *([name] if name else []), **given)
        return msgspec.convert(found, question.result, from_attributes=True)

    def series(
        self, battery: str, *, from_ms: int, until_ms: int, channels: Sequence[str], points: int
    ) -> Series:
        """Return the readings of a battery in at most ``points`` bins."""
        with self._home.read() as db:
            require_interest(self._home.viewer, db, BatteryId(battery))
        return self._home.series(
            battery, from_ms=from_ms, until_ms=until_ms, channels=channels, points=points
        )

    def proof(self, kind: str, subject: str) -> bytes:
        """Return the proof of a record, or that there is none."""
        with self._home.state() as state:
            kinds = {name.partition("/")[0]: found for name, found in state.records.kinds.items()}
            wanted = kinds.get(kind.partition("/")[0])
            if wanted is None:
                raise Refused(
                    "query.unknown_kind",
                    f"there is no kind of record {kind[:60]!a}",
                    remedy=f"one of {', '.join(sorted(kinds))}",
                )
            proof = record_proof(state, wanted, subject)
        return self._home.vouched(proof).to_bytes()

    def send(self, messages: Sequence[Message]) -> Sent:
        """Send ``messages`` as one transaction, signed with the key that is here."""
        party = self._home.viewer.party
        assert party is not None  # a folder is opened for somebody
        done = self._home.send(party, messages)
        return Sent(
            transaction=done.transaction, height=done.height, position=done.position, gas=done.gas
        )
