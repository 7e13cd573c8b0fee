"""The explorer: blocks, transactions, events, what each event mentions, and names to search by.

Every query takes a connection first and returns frozen structs. Lists come in pages: ``after`` is
the cursor that the page before ended with, ``limit`` is at most `LIMIT_MAX`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NewType, get_args, get_origin, get_type_hints
from unicodedata import normalize

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    Select,
    Table,
    and_,
    bindparam,
    exists,
    func,
    select,
)

from cellchain.core.names import Digest
from cellchain.ledger.contract import AnyEvent, kind_of
from cellchain.ledger.projection import Change, Delete, Insert, Open, View
from cellchain.ledger.question import Question
from cellchain.ledger.table import (
    LAST,
    LIMIT_MAX,
    NAME,
    Listed,
    Packed,
    all_of,
    clamped,
    cut,
    first_of,
    packed,
    page_of,
    read_cursor,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection

    from cellchain.ledger.projection import Batch, Happening, RowTuple, Sent
    from cellchain.ledger.state import StoredBlock

METADATA = MetaData()
TEXT_MAX = 200
"""Characters of a text to search by; what is behind them is not looked at."""
WORDS_MAX = 8
"""Words of a text that are looked for, the longest first."""
_WORD = re.compile(r"[^\W_]+")
_HEIGHT_DIGITS = 15

BLOCK = Table(
    "ledger_block",
    METADATA,
    Column("height", BigInteger, primary_key=True, autoincrement=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("app_hash", NAME, nullable=False),
    Column("log_start", BigInteger, nullable=False, index=True),
    Column("entries", Integer, nullable=False),
    Column("transactions", Integer, nullable=False),
    Column("evidence", Integer, nullable=False, index=True),
)
TRANSACTION = Table(
    "ledger_transaction",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("id", NAME, nullable=False, index=True),
    Column("height", BigInteger, nullable=False),
    Column("index", Integer, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("key", NAME, nullable=False),
    Column("sender", NAME, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("kinds", Packed(tuple[str, ...]), nullable=False),
    Column("size", Integer, nullable=False),
    Column("gas", BigInteger, nullable=False),
    Column("code", NAME, nullable=False),
    Column("events", Integer, nullable=False),
    Index("ledger_transaction_sender", "sender", "position"),
    Index("ledger_transaction_key", "key", "position"),
)
EVENT = Table(
    "ledger_event",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("height", BigInteger, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("receipt", BigInteger),
    Column("sender", NAME, nullable=False),
    Column("kind", NAME, nullable=False),
    Column("subject", NAME, nullable=False),
    Column("entry", NAME, nullable=False),
    Index("ledger_event_kind", "kind", "position"),
    Index("ledger_event_sender", "sender", "position"),
    Index("ledger_event_subject", "subject", "kind", "position"),
)
MENTION = Table(
    "ledger_mention",
    METADATA,
    Column("subject", NAME, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
WORD = Table(
    "ledger_word",
    METADATA,
    Column("sort", NAME, primary_key=True),
    Column("subject", NAME, primary_key=True),
    Column("word", NAME, primary_key=True),
    Index("ledger_word_subject", "subject"),
    Index("ledger_word_word", "sort", "word", "subject"),
    sqlite_with_rowid=False,
)
LABEL = Table(
    "ledger_label",
    METADATA,
    Column("sort", NAME, primary_key=True),
    Column("subject", NAME, primary_key=True),
    Column("label", NAME, nullable=False),
    sqlite_with_rowid=False,
)


class BlockRow(msgspec.Struct, frozen=True, kw_only=True):
    """A block; height 0 is the genesis."""

    height: int
    time_ms: int
    app_hash: str
    log_start: int
    """Position of its first log entry."""
    entries: int
    transactions: int
    evidence: int
    """Validators that it shows to have voted twice."""


class TransactionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction in the log.

    Where it is not for who asks, it has an id, a place and an outcome; key, sender and kinds are
    empty, sequence, size and gas 0.
    """

    id: str
    height: int
    index: int
    time_ms: int
    position: int
    """Position of its receipt in the log."""
    key: str
    sender: str
    sequence: int
    kinds: tuple[str, ...]
    """Kinds of its messages."""
    size: int
    """Bytes."""
    gas: int
    code: str
    """Why it was refused; empty: it happened."""
    events: int

    @property
    def told(self) -> bool:
        """Whether what it asked for is told to who asks."""
        return bool(self.kinds)


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """An event in the log.

    Where it is not for who asks, it has a place; sender, kind, subject and entry are empty.
    """

    position: int
    height: int
    time_ms: int
    transaction: str | None
    """``None`` for the events of the genesis."""
    sender: str
    kind: str
    subject: str
    entry: str
    """The event itself, canonical JSON."""

    @property
    def told(self) -> bool:
        """Whether what happened is told to who asks."""
        return bool(self.kind)


class EntryRow(msgspec.Struct, frozen=True, kw_only=True):
    """What stands at one position of the log."""

    position: int
    height: int
    time_ms: int
    what: str
    """``mark``, ``event`` or ``receipt``."""
    transaction: str | None
    kind: str
    subject: str


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How much is in the ledger."""

    blocks: int
    transactions: int
    refused: int
    """Transactions that the rules refused."""
    events: int
    time_ms: int
    """Of the last block."""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a search found."""

    sort: str
    """``battery``, ``block``, ``device``, ``document``, ``key``, ``licence``, ``lot``, ``party``,
    ``passport``, ``run`` or ``transaction``."""
    subject: str
    label: str
    """A name for people; the subject where it has none."""
    exact: bool
    """Whether the text is its identifier, letter for letter."""


def project(batch: Batch) -> Iterator[Change]:
    """Yield the rows of blocks, transactions and events, and what they mention."""
    yield Insert(BLOCK, [_block_row(one.block) for one in batch.read])
    yield Insert(TRANSACTION, [_sent_row(sent) for one in batch.read for sent in one.sent])
    happenings = [happening for one in batch.read for happening in one.happenings]
    yield Insert(EVENT, [_event_row(happening) for happening in happenings])
    yield Insert(
        MENTION,
        [
            (name, happening.position)
            for happening in happenings
            for name in mentioned(happening.event)
        ],
    )
    yield from named(("key", sent.key, "", ()) for one in batch.read for sent in one.sent)


VIEW = View(
    name="ledger",
    tables=(BLOCK, TRANSACTION, EVENT, MENTION, WORD, LABEL),
    project=project,
    open=Open(sorts=("block", "transaction")),
)
"""Open, because a history that only members see would be checked by members only: heights, hashes,
times and counts of blocks, the ids and outcomes of transactions. What is in a transaction is as
open as what happened by it."""


def _block_row(block: StoredBlock) -> RowTuple:
    return (
        block.height,
        block.time_ms,
        block.app_hash.hex(),
        block.log_start,
        len(block.entries),
        len(block.transactions),
        len(block.misbehaviour),
    )


def _sent_row(sent: Sent) -> RowTuple:
    receipt = sent.receipt
    return (
        sent.position,
        sent.id,
        sent.height,
        sent.index,
        sent.time_ms,
        sent.key,
        sent.sender,
        sent.sequence,
        packed(sent.kinds),
        sent.size,
        receipt.gas,
        receipt.code,
        len(receipt.events),
    )


def _event_row(happening: Happening) -> RowTuple:
    return (
        happening.position,
        happening.height,
        happening.time_ms,
        happening.receipt,
        happening.sender,
        _kind_of(type(happening.event)),
        happening.subject,
        happening.entry.decode(),
    )


_kind_of = cache(kind_of)


# -- names and words ----------------------------------------------------------------------------


def mentioned(event: AnyEvent) -> set[str]:
    """Return every name in ``event``: of batteries, parties, lots, keys and so on."""
    found: set[str] = set()
    for name, depth in _name_fields(type(event)):
        value = getattr(event, name)
        if not value:
            continue
        if depth == 0:
            found.add(value)
        elif depth == 1:
            found.update(value)
        else:
            found.update([first for first, _ in value])
    return found


@cache
def _name_fields(event: type[AnyEvent]) -> tuple[tuple[str, int], ...]:
    """Return the fields with names: plain (0), a tuple of them (1), a tuple of portions (2)."""
    fields = [(name, _depth(hint)) for name, hint in get_type_hints(event).items()]
    named = {name: depth for name, depth in fields if depth is not None}
    named.setdefault(event.subject_field, 0)
    return tuple(named.items())


def _depth(hint: object) -> int | None:
    if isinstance(hint, NewType):
        return None if hint is Digest or hint.__supertype__ is not str else 0
    inside = [arg for arg in get_args(hint) if arg is not type(None) and arg is not Ellipsis]
    if not inside:
        return None
    depth = _depth(inside[0])
    return None if depth is None else depth + (get_origin(hint) is tuple)


def words(*texts: str) -> set[str]:
    """Return the words of texts, folded so that spelling variants meet."""
    return {word for text in texts for word in _WORD.findall(normalize("NFKC", text).casefold())}


def named(subjects: Iterable[tuple[str, str, str, Sequence[str]]]) -> Iterator[Change]:
    """Yield what makes subjects findable by their ids, labels and more texts.

    Args:
        subjects: Sort, id, label for people (empty: the id), texts.
    """
    known = {
        (sort, subject): ("" if label == subject else label, texts)
        for sort, subject, label, texts in subjects
    }
    yield Delete(WORD, list(known))
    yield Delete(LABEL, list(known))
    yield Insert(
        WORD,
        [
            (sort, subject, word)
            for (sort, subject), (label, texts) in known.items()
            for word in words(subject, label, *texts)
        ],
    )
    yield Insert(LABEL, [(*key, label) for key, (label, _) in known.items() if label])


def matching(sort: str, text: str) -> Select[Any] | None:
    """Return a query for the subjects of ``sort`` that have all words of a text.

    It yields nothing but the column ``subject``, some of them more than once; ``None`` where the
    text has no word. A word of the text is the beginning of a word of the name.
    """
    wanted = sorted(words(text[:TEXT_MAX]), key=lambda word: (-len(word), word))[:WORDS_MAX]
    if not wanted:
        return None
    first, *others = wanted
    found = select(WORD.c.subject).where(WORD.c.sort == sort, _begins(WORD, first))
    for word in others:
        other = WORD.alias()
        same = and_(other.c.sort == sort, other.c.subject == WORD.c.subject)
        found = found.where(exists().where(same, _begins(other, word)))
    return found


def _begins(table: Any, word: str) -> ColumnElement[bool]:
    return and_(table.c.word >= word, table.c.word < word + LAST)


# -- questions ----------------------------------------------------------------------------------


def blocks(
    db: Connection,
    *,
    after: str | None = None,
    limit: int = 50,
    filled: bool = False,
    evidence: bool = False,
) -> Listed[BlockRow]:
    """Return blocks, the newest first: only those with transactions, or with evidence, if asked."""
    wanted = select(BLOCK)
    if evidence:
        wanted = wanted.where(BLOCK.c.evidence > 0)
    if filled:
        wanted = wanted.where(BLOCK.c.transactions > 0)
    return page_of(
        db, wanted, BlockRow, by=[BLOCK.c.height], after=after, limit=limit, newest_first=True
    )


def block(db: Connection, height: int) -> BlockRow | None:
    """Return a block."""
    return _BLOCK_BY_HEIGHT.first(db, height=_number(height))


def transactions(
    db: Connection,
    *,
    height: int | None = None,
    party: str | None = None,
    key: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Listed[TransactionRow]:
    """Return transactions, the newest first; those of one block in its order."""
    wanted = select(TRANSACTION)
    if height is not None:
        found = block(db, height)
        if found is None:
            return Listed(rows=())
        end = found.log_start + found.entries
        place = TRANSACTION.c.position
        wanted = wanted.where(place >= found.log_start, place < end)
    if party is not None:
        wanted = wanted.where(TRANSACTION.c.sender == party)
    if key is not None:
        wanted = wanted.where(TRANSACTION.c.key == key)
    return page_of(
        db,
        wanted,
        TransactionRow,
        by=[TRANSACTION.c.position],
        after=after,
        limit=limit,
        newest_first=height is None,
    )


def transaction(db: Connection, identity: str) -> TransactionRow | None:
    """Return a transaction by its id, 64 hexadecimal digits: where its receipt stands."""
    return _TRANSACTION_BY_ID.first(db, id=identity)


def _events() -> Select[Any]:
    columns = [c for c in EVENT.c if c.key != "receipt"]
    joined = EVENT.outerjoin(TRANSACTION, TRANSACTION.c.position == EVENT.c.receipt)
    return select(*columns, TRANSACTION.c.id.label("transaction")).select_from(joined)


_BLOCK_BY_HEIGHT = Question(select(BLOCK).where(BLOCK.c.height == bindparam("height")), BlockRow)
_TRANSACTION_BY_ID = Question(
    select(TRANSACTION).where(TRANSACTION.c.id == bindparam("id")), TransactionRow
)
_EVENT_AT = Question(_events().where(EVENT.c.position == bindparam("position")), EventRow)
_MENTIONS = Question(
    _events()
    .join(MENTION, MENTION.c.position == EVENT.c.position)
    .where(MENTION.c.subject == bindparam("subject"), MENTION.c.position < bindparam("before"))
    .order_by(MENTION.c.position.desc())
    .limit(bindparam("most")),
    EventRow,
)
_ANY = 2**63 - 1
"""Behind every position."""


def events(
    db: Connection,
    *,
    subject: str | None = None,
    kind: str | None = None,
    kinds: Sequence[str] | None = None,
    party: str | None = None,
    height: int | None = None,
    transaction: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Listed[EventRow]:
    """Return events, the newest first.

    Args:
        db: The views.
        subject: Only those that evolved a record of this subject.
        kind: Only those of this kind, or of this contract: ``custody.accepted/1``, ``custody.``.
        kinds: Only those of one of these kinds.
        party: Only those of transactions that this party sent.
        height: Only those of this block.
        transaction: Only those of this transaction.
        after: Cursor.
        limit: Rows, at most `LIMIT_MAX`.
    """
    wanted = _events()
    if subject is not None:
        wanted = wanted.join(MENTION, MENTION.c.position == EVENT.c.position)
        wanted = wanted.where(MENTION.c.subject == subject, EVENT.c.subject == subject)
    if party is not None:
        wanted = wanted.where(EVENT.c.sender == party)
    span = _span(db, height, transaction)
    if span is not None:
        wanted = wanted.where(EVENT.c.position >= span[0], EVENT.c.position < span[1])
    few = any(given is not None for given in (subject, party, span))
    if kinds is not None:
        if few:
            return _newest(db, wanted.where(EVENT.c.kind.in_(kinds)), after, limit)
        return _merged(db, wanted, kinds, after, limit)
    if kind is None or not kind.endswith("."):
        wanted = wanted if kind is None else wanted.where(EVENT.c.kind == kind)
        return _newest(db, wanted, after, limit)
    if few:
        wanted = wanted.where(EVENT.c.kind >= kind, EVENT.c.kind < kind + LAST)
        return _newest(db, wanted, after, limit)
    return _merged(db, wanted, _kinds(db, kind), after, limit)


def _newest(db: Connection, wanted: Select[Any], after: str | None, limit: int) -> Listed[EventRow]:
    by = [EVENT.c.position]
    return page_of(db, wanted, EventRow, by=by, after=after, limit=limit, newest_first=True)


def _span(db: Connection, height: int | None, identity: str | None) -> tuple[int, int] | None:
    """Return the positions of a block's or transaction's events; an empty span without them."""
    if identity is not None:
        sent = transaction(db, identity)
        return (0, 0) if sent is None else (sent.position - sent.events, sent.position)
    if height is not None:
        found = block(db, height)
        return (0, 0) if found is None else (found.log_start, found.log_start + found.entries)
    return None


def _kinds(db: Connection, prefix: str) -> list[str]:
    """Return the kinds of events that begin with ``prefix``, one index look-up each."""
    found: list[str] = []
    last = prefix
    while True:
        wanted = select(func.min(EVENT.c.kind)).where(EVENT.c.kind > last)
        kind = db.execute(wanted.where(EVENT.c.kind < prefix + LAST)).scalar()
        if kind is None:
            return found
        found.append(kind)
        last = kind


def _merged(
    db: Connection, wanted: Select[Any], kinds: Sequence[str], after: str | None, limit: int
) -> Listed[EventRow]:
    """Return the newest events of several kinds: the newest of each, put in order."""
    limit = clamped(limit)
    if after is not None:
        (place,) = read_cursor(after, tuple[int])
        wanted = wanted.where(EVENT.c.position < place)
    newest = wanted.order_by(EVENT.c.position.desc()).limit(limit + 1)
    rows = [r for kind in kinds for r in all_of(db, newest.where(EVENT.c.kind == kind), EventRow)]
    rows.sort(key=lambda row: -row.position)
    return cut(tuple(rows[: limit + 1]), limit, lambda last: (last.position,))


def entry(db: Connection, position: int) -> EntryRow | None:
    """Return what stands at a position of the log."""
    place = _number(position)
    wanted = select(BLOCK).where(BLOCK.c.log_start <= place, BLOCK.c.entries > 0)
    found = first_of(db, wanted.order_by(BLOCK.c.log_start.desc(), BLOCK.c.height), BlockRow)
    if found is None or position >= found.log_start + found.entries:
        return None
    here = event(db, position)
    sent = first_of(db, select(TRANSACTION).where(TRANSACTION.c.position == place), TransactionRow)
    what = "event" if here else "receipt" if sent else "mark"
    identity = here.transaction if here else sent.id if sent else None
    return EntryRow(
        position=position,
        height=found.height,
        time_ms=found.time_ms,
        what=what,
        transaction=identity,
        kind=here.kind if here else f"ledger.{what}/1",
        subject=here.subject if here else "",
    )


def event(db: Connection, position: int) -> EventRow | None:
    """Return the event at a position of the log."""
    return _EVENT_AT.first(db, position=_number(position))


def timeline(
    db: Connection, subject: str, *, after: str | None = None, limit: int = 50
) -> Listed[EventRow]:
    """Return the events that mention a subject in any of their fields, the newest first."""
    (before,) = (_ANY,) if after is None else read_cursor(after, tuple[int])
    limit = clamped(limit)
    rows = tuple(_MENTIONS.all(db, subject=subject, before=before, most=limit + 1))
    return cut(rows, limit, lambda last: (last.position,))


def find(
    db: Connection, text: str, *, limit: int = 20, sorts: Collection[str] | None = None
) -> tuple[Hit, ...]:
    """Return what a text may mean, exact names first; anything at all may be in the text.

    An identifier of any sort or a link to one, a height, the beginning of a transaction's id, or
    the beginnings of words of names, all of which must be there. With ``sorts`` only what is of
    one of them.
    """
    text = _plain(text)
    limit = clamped(limit)
    hits = {hit: None for hit in _exact(db, text) if sorts is None or hit.sort in sorts}
    wanted = [sort for sort in SORTS if sorts is None or sort in sorts]
    for sort in () if hits and "/" in text else wanted:
        query = matching(sort, text)
        if query is None or len(hits) >= limit:
            break
        for subject in dict.fromkeys(db.execute(query.limit(2 * limit)).scalars()):
            if not any((hit.sort, hit.subject) == (sort, subject) for hit in hits):
                hits[_hit(db, sort, subject, exact=False)] = None
    return tuple(hits)[:limit]


def known(db: Connection, names: Sequence[str]) -> frozenset[str]:
    """Return those of ``names`` that something in the book has; of very many the first ones."""
    plain = [name for name in names if name.isprintable()][:LIMIT_MAX]
    wanted = select(WORD.c.subject).distinct().where(WORD.c.subject.in_(plain))
    return frozenset(db.execute(wanted).scalars())


SORTS = (
    "party", "battery", "lot", "run", "passport", "document", "device", "licence", "key",
)  # fmt: skip
"""What has a name, in the order in which a search shows it."""


def _exact(db: Connection, text: str) -> Iterator[Hit]:
    name = text[text.index("/01/") + 1 :] if "/01/" in text else text
    wanted = select(WORD.c.sort).distinct().where(WORD.c.subject == name)
    for sort in sorted(db.execute(wanted).scalars(), key=_place):
        yield _hit(db, sort, name, exact=True)
    if text.isascii() and text.isdigit() and len(text) <= _HEIGHT_DIGITS:
        found = block(db, int(text))
        if found is not None:
            yield Hit(sort="block", subject=str(found.height), label=text, exact=True)
    identity = text.lower()
    if _TRANSACTION_BEGINS.fullmatch(identity):
        begins = (TRANSACTION.c.id >= identity, TRANSACTION.c.id < identity + "g")
        for sent in db.execute(select(TRANSACTION.c.id).where(*begins).limit(5)).scalars():
            yield Hit(sort="transaction", subject=sent, label=sent, exact=sent == identity)


_TRANSACTION_BEGINS = re.compile(r"[0-9a-f]{6,64}")


def _place(sort: str) -> tuple[int, str]:
    """Return where a sort is shown; one that a stranger's contract brings comes last."""
    return (SORTS.index(sort) if sort in SORTS else len(SORTS)), sort


def _hit(db: Connection, sort: str, subject: str, *, exact: bool) -> Hit:
    wanted = select(LABEL.c.label).where(LABEL.c.sort == sort, LABEL.c.subject == subject)
    label = db.execute(wanted).scalar()
    return Hit(sort=sort, subject=subject, label=label or subject, exact=exact)


def _plain(text: str) -> str:
    """Return ``text`` without what no name holds and no database takes."""
    return "".join(c for c in text[:TEXT_MAX] if c.isprintable()).strip()


def counts(db: Connection) -> Counts:
    """Return how much there is."""
    last = db.execute(select(func.max(BLOCK.c.height))).scalar()
    found = None if last is None else block(db, last)
    refused = select(func.count()).select_from(TRANSACTION).where(TRANSACTION.c.code != "")
    return Counts(
        blocks=0 if found is None else found.height,
        transactions=db.execute(select(func.count()).select_from(TRANSACTION)).scalar_one(),
        refused=db.execute(refused).scalar_one(),
        events=db.execute(select(func.count()).select_from(EVENT)).scalar_one(),
        time_ms=0 if found is None else found.time_ms,
    )


def _number(value: int) -> int:
    """Return ``value``, or -1, which nothing has, where no database takes it."""
    return value if 0 <= value < 2**63 else -1


__all__ = [
    "EVENT",
    "LIMIT_MAX",
    "MENTION",
    "SORTS",
    "VIEW",
    "BlockRow",
    "Counts",
    "EntryRow",
    "EventRow",
    "Hit",
    "Listed",
    "TransactionRow",
    "block",
    "blocks",
    "counts",
    "entry",
    "event",
    "events",
    "find",
    "known",
    "matching",
    "mentioned",
    "named",
    "timeline",
    "transaction",
    "transactions",
    "words",
]
