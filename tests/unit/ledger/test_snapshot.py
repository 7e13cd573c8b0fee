"""Snapshots: the same bytes everywhere, and nothing a stranger makes up becomes a state."""

from __future__ import annotations

from hashlib import sha256

import msgspec
import pytest

from cellchain.adapters.rocks import RocksStore
from cellchain.app import Cellchain
from cellchain.contracts.custody import Custody, Offer, Register
from cellchain.core.errors import Corrupt, Refused
from cellchain.core.names import battery_id
from cellchain.ledger import restoring
from cellchain.ledger import snapshot as snapshots
from cellchain.ledger.keeping import first_kept
from cellchain.ledger.kept_audit import audit_kept
from cellchain.ledger.proof import prove_entry, prove_record, proved_app_hash
from cellchain.ledger.replay import replay, stored_blocks
from cellchain.ledger.snapshot import check_state, chunks_of, parse_snapshot, snapshot_of
from cellchain.ledger.store import MemoryStore
from tests.chain import Chain
from tests.unit.ledger.test_governed_chain import agree, governed, parameters

BATTERIES = [battery_id("09506000134352", f"S{n}") for n in range(120)]


@pytest.fixture
def chain(monkeypatch):
    """A chain whose snapshots have several chunks."""
    monkeypatch.setattr(snapshots, "CHUNK_BYTES", 4_000)
    return busy(Chain())


def busy(chain):
    """Hundreds of records, some of them changed, over several blocks."""
    for start in range(0, len(BATTERIES), 30):
        messages = [Register(battery=one) for one in BATTERIES[start : start + 30]]
        key = [chain.signed(0, one, sequence=start + n + 1) for n, one in enumerate(messages)]
        assert not any(result.code for result in chain.seal(*key))
    chain.send(0, Offer(battery=BATTERIES[0], receiver="client-1"))
    return chain


def taken(chain, store=None):
    """The snapshot of a chain, or of a store in the same state."""
    rows = store or chain.store
    chunks = list(chunks_of(rows))
    hashes = [sha256(chunk).digest() for chunk in chunks]
    return snapshot_of(rows, chain.application.parameters.hash, hashes), chunks


def empty(chain, store=None):
    return Cellchain().application(chain.genesis, store or MemoryStore())


def restored(chain, store=None):
    snapshot, chunks = taken(chain)
    target = empty(chain, store)
    offer(target, snapshot, chain)
    done = [target.apply_chunk(index, chunk) for index, chunk in enumerate(chunks)]
    assert done == [False] * (len(chunks) - 1) + [True]
    return target


def offer(target, snapshot, chain):
    head = chain.state.head
    target.offer_snapshot(snapshot, height=head.height, app_hash=head.app_hash)


def test_a_state_that_was_taken_over_is_the_same_state_and_goes_on_alike(chain):
    target = restored(chain)
    assert target.info() == chain.application.info()
    check_state(target.state)
    block = {
        "height": chain.state.head.height + 1,
        "time_ms": chain.time_ms,
        "transactions": [chain.signed(0, Offer(battery=BATTERIES[1], receiver="client-2"))],
    }
    assert target.finalize(**block) == chain.application.finalize(**block)
    target.commit()
    chain.application.commit()
    heads = [one.store.get(b"m") for one in (target.state, chain.state)]
    assert heads[0] == heads[1]
    assert taken(chain, target.state.store) == taken(chain)


def test_nodes_with_other_histories_of_batching_and_compaction_have_the_same_bytes(chain, tmp_path):
    stores = [MemoryStore(), RocksStore(tmp_path / "one"), RocksStore(tmp_path / "two")]
    for store in stores[:2]:
        target = empty(chain, store)
        for height in range(1, chain.state.head.height + 1):
            block = chain.state.block(height)
            target.finalize(height=height, time_ms=block.time_ms, transactions=block.transactions)
            target.commit()
    restored(chain, stores[2])
    stores[1].settle()
    stores[1]._db.compact_range(None, None)
    told = [taken(chain, store) for store in stores]
    for store in stores[1:]:
        store.close()
    assert told == [taken(chain)] * 3


def test_it_shows_one_block_whatever_is_written_meanwhile(chain, tmp_path):
    store = RocksStore(tmp_path / "store")
    target = restored(chain, store)
    before, view = taken(chain, store), store.view()
    chunks = chunks_of(view)
    first = next(chunks)
    offered = chain.signed(0, Offer(battery=BATTERIES[2], receiver="client-2"))
    target.finalize(
        height=target.state.head.height + 1, time_ms=chain.time_ms, transactions=[offered]
    )
    target.commit()
    target.state.settle()
    found = [first, *chunks]
    hashes = [sha256(one).digest() for one in found]
    agreed = target.parameters.hash
    assert (snapshot_of(view, agreed, hashes), found) == before
    assert taken(chain, store) != before
    store.close()


@pytest.mark.parametrize("records", [0, 1, 32, 33, 600])
def test_maps_of_every_size_have_the_parts_that_their_keys_give(records):
    from cellchain.crypto.map import EMPTY_ROOT, RadixMap
    from cellchain.crypto.map_parts import PARTS, Part, built, parts_of, whole
    from cellchain.ledger.records import StoredNodes

    keys = sorted(sha256(b"%d" % n).digest() for n in range(records))
    radix = RadixMap(StoredNodes(MemoryStore()), EMPTY_ROOT, 0)
    radix.adopt(radix.update((key, sha256(key).digest()) for key in keys))
    parts = parts_of(radix)
    branches = []
    by_keys = [
        built(
            f"{n:02x}",
            b"".join(key + sha256(key).digest() for key in keys if key[0] == n),
            branches,
        )
        for n in range(PARTS)
    ]
    assert parts == by_keys == [Part.from_bytes(part.to_bytes()) for part in parts]
    made = whole(parts, branches)
    assert (made.digest, made.size) == (radix.root, records)
    assert {at: one.to_bytes() for at, one in branches} == {
        at: node.to_bytes() for at, node in radix._nodes.items() | radix._fresh.items()
        if hasattr(node, "counts")
    }  # fmt: skip


def changed(snapshot, **what):
    return msgspec.structs.replace(snapshot, **what)


HOSTILE_OFFERS = {
    "another height": (lambda s: changed(s, height=s.height + 1), "snapshot.app_hash"),
    "another log": (lambda s: changed(s, log_size=s.log_size + 1), "snapshot.malformed"),
    "other parameters": (lambda s: changed(s, parameter_hash=bytes(32)), "snapshot.app_hash"),
    "no tiles": (lambda s: changed(s, tiles=()), "snapshot.malformed"),
    "another tile": (
        lambda s: changed(s, tiles=(bytes(len(s.tiles[0])), *s.tiles[1:])),
        "snapshot.app_hash",
    ),
    "a part less": (lambda s: changed(s, parts=s.parts[1:]), "snapshot.malformed"),
    "a part that is none": (
        lambda s: changed(s, parts=(b"x" * 33, *s.parts[1:])),
        "snapshot.malformed",
    ),
    "a large part of few": (
        lambda s: changed(s, parts=(bytes(39) + b"\x20", *s.parts[1:])),
        "snapshot.malformed",
    ),
    "another part": (
        lambda s: changed(s, parts=(bytes(64) + s.parts[0][64:], *s.parts[1:])),
        "snapshot.app_hash",
    ),
    "a part of very many": (
        lambda s: changed(s, parts=(bytes(32) + b"\xff" * 8, *s.parts[1:])),
        "snapshot.app_hash",
    ),
}


@pytest.mark.parametrize("name", HOSTILE_OFFERS)
def test_an_offer_of_another_state_is_refused_before_a_chunk_is_fetched(chain, name):
    change, code = HOSTILE_OFFERS[name]
    snapshot, _ = taken(chain)
    target = empty(chain)
    with pytest.raises(Refused) as refused:
        offer(target, change(snapshot), chain)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "metadata",
    [
        b"", b"\xc1", b"\x91" * 5000, b"x" * 4_000_001,
        msgspec.msgpack.encode([1, bytes(32), 2**60, [], [], [b"h"]]),
        msgspec.msgpack.encode([1, bytes(32), 1, [], [], []]),
        msgspec.msgpack.encode([0, bytes(32), 1, [], [], [b"h"]]),
        msgspec.msgpack.encode([1, bytes(32), 1, [], [], [b"h"] * 50_001]),
        msgspec.msgpack.encode([1, bytes(32), 1, [], [], [b"h"], b"more"]),
        msgspec.msgpack.encode([1, bytes(31), 1, [], [], [b"h"]]),
        b"\x96\xd1\x00\x01\xc4\x20" + bytes(32) + b"\x01\x90\x90\x91\xc4\x01h",
    ],
)  # fmt: skip
def test_metadata_that_are_none_are_refused(metadata):
    with pytest.raises(Refused, match=r"snapshot\.(malformed|too_large)"):
        parse_snapshot(metadata)


def test_metadata_come_back_as_they_were(chain):
    snapshot, _ = taken(chain)
    assert parse_snapshot(snapshot.to_bytes()) == snapshot


def _records(chunk):
    return msgspec.msgpack.decode(chunk, type=list[bytes])


LIES = {
    "a record changed": lambda r: [r[0].replace(b"{", b"{ "), *r[1:]],
    "a record dropped": lambda r: r[1:],
    "a record twice": lambda r: [r[0], *r],
    "out of order": lambda r: [r[-1], *r[:-1]],
    "a record made up": lambda r: sorted(
        [*r, b"evil 1\n{}"], key=lambda one: sha256(one.partition(b"\n")[0]).digest()
    ),
    "without a name": lambda r: [b"{}", *r],
    "nothing": lambda _: [],
}


@pytest.mark.parametrize("name", LIES)
@pytest.mark.parametrize("place", [0, -1])
def test_a_liar_who_promises_his_own_chunks_leaves_nothing_behind(chain, name, place):
    snapshot, chunks = taken(chain)
    lie = msgspec.msgpack.encode(LIES[name](_records(chunks[place])))
    chunks[place] = lie
    target = empty(chain)
    offer(target, changed(snapshot, chunk_hashes=tuple(sha256(c).digest() for c in chunks)), chain)
    with pytest.raises(Refused) as refused:
        for index, chunk in enumerate(chunks):
            target.apply_chunk(index, chunk)
    assert refused.value.code == "snapshot.false"
    assert target._base._rows == {}
    again, honest = taken(chain)
    offer(target, again, chain)
    for index, chunk in enumerate(honest):
        target.apply_chunk(index, chunk)
    assert target.info() == chain.application.info()


@pytest.mark.parametrize(
    "chunk",
    [
        b"\xc1", b"\x91" * 2000, b"\xdd\xff\xff\xff\xff", b"\x80",
        msgspec.msgpack.encode([b""] * 100_000), msgspec.msgpack.encode([b"n\nv"] * 10_000),
    ],
)  # fmt: skip
def test_a_chunk_that_is_none_is_a_lie(chain, chunk):
    snapshot, _ = taken(chain)
    target = empty(chain)
    offer(target, changed(snapshot, chunk_hashes=(sha256(chunk).digest(),)), chain)
    with pytest.raises(Refused, match=r"snapshot\.false"):
        target.apply_chunk(0, chunk)


def test_a_part_that_does_not_end_is_a_lie(chain, monkeypatch):
    monkeypatch.setattr(restoring, "PART_BYTES_MAX", 100)
    with pytest.raises(Refused, match=r"snapshot\.false"):
        restored(chain)


def test_chunks_come_in_order_and_are_those_that_were_promised(chain):
    snapshot, chunks = taken(chain)
    target = empty(chain)
    with pytest.raises(Refused, match=r"snapshot\.order"):
        target.apply_chunk(0, chunks[0])
    offer(target, snapshot, chain)
    for index in (1, len(chunks), -1):
        with pytest.raises(Refused, match=r"snapshot\.order"):
            target.apply_chunk(index, chunks[0])
    with pytest.raises(Refused, match=r"snapshot\.chunk"):
        target.apply_chunk(0, chunks[1])
    assert not target.apply_chunk(0, chunks[0])


def test_a_home_with_blocks_takes_nothing_over(chain):
    snapshot, _ = taken(chain)
    with pytest.raises(Refused, match=r"snapshot\.not_empty"):
        offer(chain.application, snapshot, chain)


def test_a_crash_in_the_middle_leaves_a_home_that_begins_again(chain):
    store = MemoryStore()
    snapshot, chunks = taken(chain)
    target = empty(chain, store)
    offer(target, snapshot, chain)
    target.apply_chunk(0, chunks[0])
    assert store._rows
    again = empty(chain, store)
    assert again.info().height == 0
    again.forget_unfinished()
    assert store._rows == {}
    target = restored(chain, store)
    assert restored(chain, store).info() == target.info(), "nobody has built on it: once more"


def test_what_is_kept_is_proved_to_the_same_root_and_the_rest_refused(chain):
    target = restored(chain)
    height = chain.state.head.height
    with pytest.raises(Refused, match=r"ledger\.not_kept"):
        target.state.block(height)
    assert first_kept(target.state.store) == height + 1
    chain.send(0, Offer(battery=BATTERIES[3], receiver="client-2"))
    block = chain.state.block(height + 1)
    target.finalize(height=block.height, time_ms=block.time_ms, transactions=block.transactions)
    target.commit()
    for subject in (BATTERIES[3], battery_id("09506000134352", "ABSENT")):
        part = prove_record(target.state, Custody, subject)
        assert part == prove_record(chain.state, Custody, subject)
        assert proved_app_hash(part) == chain.state.head.app_hash
    part = prove_entry(target.state, target.state.block(height + 1), 1)
    assert proved_app_hash(part) == chain.state.head.app_hash


def test_a_chain_goes_on_by_what_its_members_agreed_on():
    chain = governed()
    agree(chain, parameters(quota_gas=10**9))
    chain.seal()
    target = restored(chain)
    assert target.parameters.quota_gas == 10**9 != chain.genesis.parameters.quota_gas
    agree(chain, parameters(quota_gas=10**10), name="q")
    chain.seal()
    first = first_kept(target.state.store)
    replay(target, stored_blocks(chain.store, chain.state.head.height, first))
    assert target.info() == chain.application.info()
    assert audit_kept(target.state) == 1


def test_a_home_of_another_genesis_stops_and_says_so(chain):
    snapshot, chunks = taken(chain)
    other = Chain(quota_gas=10**9)
    target = empty(other)
    offer(target, snapshot, chain)
    with pytest.raises(Corrupt, match=r"ledger\.parameters"):
        for index, chunk in enumerate(chunks):
            target.apply_chunk(index, chunk)
