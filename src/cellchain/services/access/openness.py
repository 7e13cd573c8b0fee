"""What of the ledger somebody may read: members all of it, visitors what a contract has opened.

    block                 everybody: height, hashes, time, counts
    transaction           everybody that it is there, and how it ended; what it asked for only where
                          everything in it and everything that happened by it is open
    event, record, name   everybody where the view of its contract says so (`View.open`)

What is not open is shown as something that is there, for members: its place and height, since the
log counts it, and nothing that it says. Whoever names it gets the answer that it would get if
there were no such thing. Pages, API, proofs and search all ask here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from cellchain.ledger import view as explorer
from cellchain.ledger.contract import kind_of
from cellchain.ledger.table import LIMIT_MAX, Listed, clamped, cut
from cellchain.services.access.viewer import require_reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from cellchain.core.names import Digest
    from cellchain.ledger.contract import Contract, Record
    from cellchain.ledger.projection import Open, View
    from cellchain.ledger.view import EventRow, Hit, TransactionRow
    from cellchain.services.access.viewer import Viewer

PAGES_MAX = 20
"""Pages of `LIMIT_MAX` events that are looked through for one page of open ones."""
SPARE = 4
"""How many times as many names are looked at as are wanted, since some may be withheld."""


class Openness:
    """Shows everybody what they may read of the ledger.

    Args:
        contracts: Those that are installed, by name.
        views: Theirs and the explorer's, which say what is open.
    """

    def __init__(self, contracts: Mapping[str, Contract], views: Iterable[View]) -> None:
        opened = {view.name: view.open for view in views if view.open is not None}
        self._opened: tuple[Open, ...] = tuple(opened.values())
        self._sorts = {sort: one.withheld for one in self._opened for sort in one.sorts}
        ours = [(contracts[name], one.closed) for name, one in opened.items() if name in contracts]
        self._messages = frozenset(kind_of(m) for contract, _ in ours for m in contract.messages)
        self._records = frozenset(
            kind_of(r) for contract, closed in ours for r in contract.records if r not in closed
        )
        self.events = frozenset(
            kind_of(e) for contract, closed in ours for e in contract.events if e not in closed
        )
        """Kinds of the events that visitors may read."""

    def events_found(
        self,
        viewer: Viewer,
        db: Connection,
        *,
        subject: str | None = None,
        kind: str | None = None,
        party: str | None = None,
        height: int | None = None,
        transaction: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Listed[EventRow]:
        """Return events, the newest first, as `explorer.events` does.

        Whoever looks for something finds only what it may read; whoever does not sees that there
        are others.

        Raises:
            Refused: ``access.sign_in``: a visitor asks what a party sent.
        """
        wanted: dict[str, Any] = {"height": height, "transaction": transaction, "after": after}
        if viewer.reads:
            about: dict[str, Any] = {"subject": subject, "kind": kind, "party": party}
            return explorer.events(db, **about, **wanted, limit=limit)
        if party is not None:
            require_reader(viewer)
        if subject is None and kind is None:
            found = explorer.events(db, **wanted, limit=limit)
            return replace(found, rows=tuple(self._told(db, found.rows)))
        kinds = sorted(one for one in self.events if kind is None or _is_of(one, kind))
        return self._gathered(db, {"subject": subject, "kinds": kinds, **wanted}, clamped(limit))

    def _gathered(self, db: Connection, wanted: dict[str, Any], limit: int) -> Listed[EventRow]:
        """Return a full page of open events, so that its length tells nothing of the others."""
        found: list[EventRow] = []
        for _ in range(PAGES_MAX):
            page = explorer.events(db, **wanted, limit=LIMIT_MAX)
            found += [row for row in self._told(db, page.rows) if row.told]
            wanted["after"] = page.after
            if page.after is None or len(found) > limit:
                break
        shown = cut(tuple(found), limit, lambda last: (last.position,))
        return shown if shown.after else replace(shown, after=wanted["after"])

    def event(self, viewer: Viewer, db: Connection, position: int) -> EventRow | None:
        """Return the event at a position, told as far as ``viewer`` may read it."""
        found = explorer.event(db, position)
        if found is None or viewer.reads:
            return found
        (told,) = self._told(db, [found])
        return told

    def transactions(
        self,
        viewer: Viewer,
        db: Connection,
        *,
        height: int | None = None,
        party: str | None = None,
        key: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Listed[TransactionRow]:
        """Return transactions as `explorer.transactions` does, told as far as ``viewer`` may read.

        Raises:
            Refused: ``access.sign_in``: a visitor asks what a party or a key sent.
        """
        if party is not None or key is not None:
            require_reader(viewer)
        found = explorer.transactions(
            db, height=height, party=party, key=key, after=after, limit=limit
        )
        return replace(found, rows=tuple(self._sent(viewer, db, row) for row in found.rows))

    def transaction(self, viewer: Viewer, db: Connection, identity: str) -> TransactionRow | None:
        """Return a transaction, told as far as ``viewer`` may read it."""
        found = explorer.transaction(db, identity)
        return None if found is None else self._sent(viewer, db, found)

    def hits(self, viewer: Viewer, db: Connection, text: str, *, limit: int) -> tuple[Hit, ...]:
        """Return what a text may mean, of what ``viewer`` may hear of."""
        if viewer.reads:
            return explorer.find(db, text, limit=limit)
        found = explorer.find(db, text, limit=SPARE * limit, sorts=self._sorts)
        names = {sort: [hit.subject for hit in found if hit.sort == sort] for sort in self._sorts}
        hidden = {sort: self._sorts[sort](db, names[sort]) for sort in self._sorts}
        return tuple([hit for hit in found if hit.subject not in hidden[hit.sort]][:limit])

    def require_event(self, viewer: Viewer, db: Connection, position: int) -> None:
        """Refuse a visitor what stands at a position of the log, unless it is an open event.

        Raises:
            Refused: ``access.sign_in``, ``access.scope``.
        """
        found = None if viewer.reads else self.event(viewer, db, position)
        if found is None or not found.told:
            require_reader(viewer)

    def require_record(
        self, viewer: Viewer, db: Connection, kind: type[Record] | None, subject: str
    ) -> None:
        """Refuse a visitor a record, or that there is none, unless it may read such records.

        Raises:
            Refused: ``access.sign_in``, ``access.scope``.
        """
        told = kind is not None and kind_of(kind) in self._records
        if not told or self._withheld(db, {subject}):
            require_reader(viewer)

    def require_transaction(self, viewer: Viewer, db: Connection, identity: Digest) -> None:
        """Refuse a visitor what a transaction says, unless all of it is open.

        Raises:
            Refused: ``access.sign_in``, ``access.scope``.
        """
        found = None if viewer.reads else self.transaction(viewer, db, identity)
        if found is None or not found.told:
            require_reader(viewer)

    def _told(self, db: Connection, rows: Sequence[EventRow]) -> Iterator[EventRow]:
        """Yield ``rows``, of those that visitors may not read no more than that they are there."""
        mentioned = {row.position: _texts_of(row) for row in rows if row.kind in self.events}
        hidden = self._withheld(db, {text for texts in mentioned.values() for text in texts})
        for row in rows:
            texts = mentioned.get(row.position)
            told = texts is not None and hidden.isdisjoint(texts)
            yield row if told else replace(row, sender="", kind="", subject="", entry="")

    def _withheld(self, db: Connection, names: set[str]) -> frozenset[str]:
        if not names:
            return frozenset()
        return frozenset[str]().union(*(one.withheld(db, names) for one in self._opened))

    def _sent(self, viewer: Viewer, db: Connection, row: TransactionRow) -> TransactionRow:
        if viewer.reads or self._all_told(db, row):
            return row
        return replace(row, key="", sender="", sequence=0, kinds=(), size=0, gas=0)

    def _all_told(self, db: Connection, row: TransactionRow) -> bool:
        """Whether all of a transaction is open; of one that was refused no event says what of."""
        if row.code or not self._messages.issuperset(row.kinds) or row.events > LIMIT_MAX:
            return False
        found = explorer.events(db, transaction=row.id, limit=LIMIT_MAX).rows
        return bool(found) and all(event.told for event in self._told(db, found))


def _is_of(one: str, kind: str) -> bool:
    """Whether an event's kind is ``kind``, or begins with it where that ends in a dot."""
    return one.startswith(kind) if kind.endswith(".") else one == kind


def _texts_of(row: EventRow) -> set[str]:
    """Return every text in an event, among them all names that it mentions."""
    return {row.subject, *_texts(msgspec.json.decode(row.entry))}


def _texts(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, list | dict):
        for inside in found.values() if isinstance(found, dict) else found:
            yield from _texts(inside)
