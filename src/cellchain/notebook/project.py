"""What a reader holds in hand: a chain, for one party, wherever its home is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cellchain.notebook import question
from cellchain.notebook.battery import Battery
from cellchain.notebook.card import fact_card
from cellchain.notebook.paging import gathered
from cellchain.notebook.proved import Proved

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from cellchain.contracts.material.view import LotRow
    from cellchain.contracts.membership.view import PartyRow
    from cellchain.contracts.passport.view import BatteryRow, PassportRow
    from cellchain.ledger.contract import Message
    from cellchain.ledger.view import TransactionRow
    from cellchain.notebook.rows import Rows
    from cellchain.notebook.source import Head, Sent, Source
    from cellchain.services.access.records import Approval

LIMIT = 1_000


class Project:
    """A chain to read from and to send to. Close it, or use it in a ``with`` block.

    Args:
        source: Who answers.
    """

    def __init__(self, source: Source) -> None:
        self._source = source

    @property
    def head(self) -> Head:
        """Where the chain stands now."""
        return self._source.head()

    def batteries(
        self,
        *,
        text: str = "",
        sort: str | Sequence[str] = (),
        phase: str | Sequence[str] = (),
        status: str | Sequence[str] = (),
        category: str | Sequence[str] = (),
        holder: str | Sequence[str] = (),
        maker: str | Sequence[str] = (),
        limit: int = LIMIT,
    ) -> Rows[BatteryRow]:
        """Return batteries by words and facets; several values of a facet widen it."""
        facets = {
            "sort": sort,
            "phase": phase,
            "status": status,
            "category": category,
            "holder": holder,
            "maker": maker,
        }
        return gathered(
            self._source,
            question.BATTERIES,
            limit,
            text=text,
            **{name: _joined(values) for name, values in facets.items()},
        )

    def battery(self, id: str) -> Battery:  # noqa: A002  # as everybody calls it
        """Return a battery.

        Raises:
            Refused: ``web.not_found``.
        """
        return Battery(self._source, id)

    def lots(
        self,
        *,
        material: str | None = None,
        holder: str | None = None,
        left: bool = False,
        text: str = "",
        limit: int = LIMIT,
    ) -> Rows[LotRow]:
        """Return lots of material; with ``left`` only those of which something is left."""
        return self._list(
            question.LOTS, limit, material=material, holder=holder, left=left, text=text
        )

    def lot(self, id: str) -> LotRow:  # noqa: A002
        """Return a lot.

        Raises:
            Refused: ``web.not_found``.
        """
        found: LotRow = self._source.ask(question.LOT, id)
        return found

    def parties(
        self, *, role: str | None = None, text: str = "", limit: int = LIMIT
    ) -> Rows[PartyRow]:
        """Return the parties of the consortium."""
        return self._list(question.PARTIES, limit, role=role, text=text)

    def passports(
        self,
        *,
        level: str | None = None,
        phase: str | None = None,
        operator: str | None = None,
        limit: int = LIMIT,
    ) -> Rows[PassportRow]:
        """Return passports, without their values."""
        return self._list(question.PASSPORTS, limit, level=level, phase=phase, operator=operator)

    def transactions(
        self,
        *,
        party: str | None = None,
        key: str | None = None,
        height: int | None = None,
        limit: int = LIMIT,
    ) -> Rows[TransactionRow]:
        """Return transactions, the newest first."""
        return self._list(question.TRANSACTIONS, limit, party=party, key=key, height=height)

    def proof(self, kind: str, subject: str) -> Proved:
        """Return the proof of any record as of the last block, or that there is none."""
        head = self.head
        return Proved(self._source.proof(kind, subject), head.operator_key, head.network_trust)

    def send(self, *messages: Message) -> Sent | Approval:
        """Send messages as one transaction; return when it is durable.

        Returns:
            The receipt, or what waits for a second signer where a server wants one.

        Raises:
            Refused: With the code of the rule; ``access.own_signer``: no key of the party is kept
                there.
        """
        return self._source.send(messages)

    def close(self) -> None:
        """Let go of files and connections."""
        self._source.close()

    def __enter__(self) -> Project:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<chain {self.head.chain} at {self._source.place}>"

    def _repr_html_(self) -> str:
        head = self.head
        return fact_card(
            f"Chain {head.chain}",
            {"place": self._source.place, "height": head.height, "app hash": head.app_hash},
        )

    def _list(self, asked: question.Question, limit: int, **wanted: Any) -> Rows[Any]:
        return gathered(self._source, asked, limit, **wanted)


def _joined(values: str | Sequence[str]) -> str:
    return values if isinstance(values, str) else ",".join(values)
