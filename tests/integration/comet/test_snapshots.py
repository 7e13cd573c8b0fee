"""Snapshots through ABCI: what a node tells of its own, and what it makes of those of strangers."""

from __future__ import annotations

from contextlib import ExitStack
from hashlib import sha256

import msgspec
import pytest

from cellchain.adapters.abci_server import AbciServer
from cellchain.adapters.cometbft.snapshots import SnapshotFolder
from cellchain.app import Cellchain
from cellchain.contracts.custody import Custody, Offer, Register
from cellchain.core.errors import Refused
from cellchain.core.names import battery_id
from cellchain.ledger import snapshot as snapshots
from cellchain.ledger.engine.comet import abci_pb2 as abci
from cellchain.ledger.engine.comet.answering import Comet
from cellchain.ledger.engine.comet.frames import framed
from cellchain.ledger.keeping import first_kept
from cellchain.ledger.kept_audit import audit_kept
from cellchain.ledger.proof import prove_entry, prove_record, proved_app_hash
from cellchain.ledger.snapshot import FORMAT, parse_snapshot
from cellchain.ledger.store import MemoryStore
from cellchain.services.proofs import block_of_entry, receipt_proof
from tests import chain as solo
from tests.homes import START_MS
from tests.integration.comet.node import Chain, Connection

OTHERS = solo.Chain()
GENESIS = OTHERS.genesis
BATTERIES = [battery_id("09506000134352", f"A{n}") for n in range(60)]
REGISTERED = [
    OTHERS.signed(0, Register(battery=one), sequence=n + 1) for n, one in enumerate(BATTERIES)
]
OFFERED = OTHERS.signed(0, Offer(battery=BATTERIES[0], receiver="client-1"), sequence=61)
OFFER, APPLY = abci.ResponseOfferSnapshot.Result, abci.ResponseApplySnapshotChunk.Result


@pytest.fixture
def node(tmp_path):
    """Serve a node; give a connection to it, its engine, and its failures."""
    stack = ExitStack()
    names = iter("abcdefgh")

    def serve(store=None, **how):
        engine = Comet(Cellchain().application(GENESIS, store or MemoryStore()), **how)
        failures = []
        address = f"unix://{tmp_path}/{next(names)}.sock"
        server = AbciServer(engine, address, failed=failures.append, clock=lambda: START_MS)
        stack.callback(server.close)
        connection = Connection(server.address)
        stack.callback(connection.close)
        return connection, engine, failures

    with stack:
        yield serve


@pytest.fixture
def elder(node, tmp_path, monkeypatch):
    """A node of eight blocks with a snapshot of every second, each of several chunks."""
    monkeypatch.setattr(snapshots, "CHUNK_BYTES", 4_000)
    shelf = SnapshotFolder(tmp_path / "snapshots")
    connection, engine, _ = node(shelf=shelf, snapshot_blocks=2, retain_events=4)
    chain = Chain(connection, GENESIS)
    for number in range(8):
        chain.decide(REGISTERED[10 * number : 10 * (number + 1)], START_MS + number)
        shelf.wait()
    return chain, engine, shelf


def offer_of(chain):
    (offer,) = chain.ask(list_snapshots={}).snapshots
    return offer


def chunks_of(chain, offer):
    wanted = [{"height": offer.height, "format": FORMAT, "chunk": n} for n in range(offer.chunks)]
    return [chain.ask(load_snapshot_chunk=one).chunk for one in wanted]


def trusted(engine, offer):
    return engine.application.state.block(offer.height).app_hash


def offered(connection, engine, offer, **changes):
    what = {"height": offer.height, "format": offer.format, "chunks": offer.chunks,
            "hash": offer.hash, "metadata": offer.metadata, **changes}  # fmt: skip
    app_hash = trusted(engine, offer)
    return connection.ask(offer_snapshot={"snapshot": what, "app_hash": app_hash}).result


def test_the_last_two_are_kept_and_told_of_once_blocks_follow(elder):
    chain, engine, shelf = elder
    assert [one.height for one in shelf.kept()] == [6, 8]
    offer = offer_of(chain)
    assert (offer.height, offer.format) == (6, FORMAT)
    assert offer.chunks > 2
    described = parse_snapshot(offer.metadata)
    assert described.app_hash() == trusted(engine, offer)
    assert [sha256(one).digest() for one in chunks_of(chain, offer)] == list(described.chunk_hashes)


@pytest.mark.parametrize(
    "asked",
    [
        {"height": 5, "format": FORMAT, "chunk": 0}, {"height": 6, "format": 9, "chunk": 0},
        {"height": 6, "format": FORMAT, "chunk": 999}, {"height": 2**63, "format": FORMAT},
    ],
)  # fmt: skip
def test_a_chunk_that_is_not_there_is_nothing(elder, asked):
    assert elder[0].ask(load_snapshot_chunk=asked).chunk == b""


def test_a_half_written_snapshot_is_removed_at_a_start_and_whole_ones_stay(elder, tmp_path):
    folder = tmp_path / "snapshots"
    for name in ("making", "7"):
        (folder / name).mkdir()
        (folder / name / "0").write_bytes(b"half")
    again = SnapshotFolder(folder)
    assert [one.height for one in again.kept()] == [6, 8]
    assert sorted(place.name for place in folder.iterdir()) == ["6", "8"]
    assert again.kept() == elder[2].kept()


def test_a_snapshot_that_cannot_be_written_is_told_of_and_blocks_go_on(node, tmp_path):
    told = []
    (tmp_path / "blocked").write_bytes(b"no folder")
    shelf = SnapshotFolder(tmp_path / "blocked" / "snapshots", told=told.append)
    chain = Chain(node(shelf=shelf, snapshot_blocks=1)[0], GENESIS)
    chain.decide(REGISTERED[:1], START_MS)
    shelf.wait()
    chain.decide(REGISTERED[1:2], START_MS)
    assert [type(one) for one in told[:1]] == [NotADirectoryError]
    assert chain.ask(info={}).last_block_height == 2


def test_a_fresh_node_takes_it_over_and_goes_on_like_the_others(elder, node):
    chain, engine, _ = elder
    offer = offer_of(chain)
    connection, young, failures = node()
    assert offered(connection, engine, offer) == OFFER.ACCEPT
    for number, chunk in enumerate(chunks_of(chain, offer)):
        told = connection.ask(apply_snapshot_chunk={"index": number, "chunk": chunk, "sender": "s"})
        assert told.result == APPLY.ACCEPT
    info = connection.ask(info={})
    assert (info.last_block_height, info.last_block_app_hash) == (6, trusted(engine, offer))
    later = Chain(connection, GENESIS)
    for number in (6, 7):
        block = engine.application.state.block(number + 1)
        later.decide(block.transactions, block.time_ms)
    later.decide([OFFERED], START_MS + 9)
    chain.decide([OFFERED], START_MS + 9)
    assert later.app_hash == chain.app_hash
    assert failures == []
    assert audit_kept(young.application.state) == 1


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        ({"format": 2}, OFFER.REJECT_FORMAT),
        ({"metadata": b""}, OFFER.REJECT_SENDER),
        ({"metadata": b"x" * 5_000_000}, OFFER.REJECT_SENDER),
        ({"hash": bytes(32)}, OFFER.REJECT_SENDER),
        ({"chunks": 1}, OFFER.REJECT_SENDER),
        ({"chunks": 2**32 - 1}, OFFER.REJECT_SENDER),
        ({"height": 5}, OFFER.REJECT_SENDER),
        ({"height": 2**63}, OFFER.REJECT_SENDER),
    ],
)
def test_who_offers_something_else_is_not_asked_again(elder, node, changes, result):
    connection, _, failures = node()
    assert offered(connection, elder[1], offer_of(elder[0]), **changes) == result
    assert failures == []


def test_a_state_with_another_app_hash_than_the_trusted_one_is_refused(elder, node):
    connection, *_ = node()
    answer = connection.ask(offer_snapshot={"snapshot": offer_of(elder[0]), "app_hash": bytes(32)})
    assert answer.result == OFFER.REJECT_SENDER


def test_a_false_chunk_is_fetched_from_somebody_else_and_the_rest_goes_on(elder, node):
    chain, engine, _ = elder
    offer = offer_of(chain)
    connection, young, _ = node()
    offered(connection, engine, offer)
    chunks = chunks_of(chain, offer)
    for number, chunk in enumerate(chunks):
        lie = {"index": number, "chunk": chunk[:-1] + b"!", "sender": "liar"}
        told = connection.ask(apply_snapshot_chunk=lie)
        assert told.result == APPLY.RETRY
        assert (list(told.refetch_chunks), list(told.reject_senders)) == ([number], ["liar"])
        told = connection.ask(apply_snapshot_chunk={**lie, "chunk": chunk, "sender": "honest"})
        assert told.result == APPLY.ACCEPT
    assert young.application.info().app_hash == trusted(engine, offer)


def test_who_promises_false_chunks_is_found_out_and_nothing_of_it_stays(elder, node):
    chain, engine, _ = elder
    offer, store = offer_of(chain), MemoryStore()
    connection, *_ = node(store)
    chunks = chunks_of(chain, offer)
    chunks[-1] = msgspec.msgpack.encode([b"made 1\nup"])
    lie = msgspec.structs.replace(
        parse_snapshot(offer.metadata),
        chunk_hashes=tuple(sha256(chunk).digest() for chunk in chunks),
    )
    took = offered(connection, engine, offer, metadata=lie.to_bytes(), hash=lie.hash)
    assert took == OFFER.ACCEPT, "chunks are not seen yet"
    told = [
        connection.ask(apply_snapshot_chunk={"index": n, "chunk": chunk, "sender": "liar"})
        for n, chunk in enumerate(chunks)
    ]
    assert [one.result for one in told[:-1]] == [APPLY.ACCEPT] * (len(chunks) - 1)
    assert told[-1].result == APPLY.REJECT_SNAPSHOT
    assert list(told[-1].reject_senders) == ["liar"]
    assert store._rows == {}
    assert offered(connection, engine, offer) == OFFER.ACCEPT


def test_chunks_out_of_order_begin_the_snapshot_again(elder, node):
    connection, *_ = node()
    early = connection.ask(apply_snapshot_chunk={"index": 0, "chunk": b"x", "sender": "s"})
    assert early.result == APPLY.RETRY_SNAPSHOT


def test_a_node_with_blocks_of_its_own_stops_and_says_what_to_do(elder, node):
    chain, *_ = elder
    connection, engine, failures = node()
    Chain(connection, GENESIS).decide(REGISTERED[:1], START_MS)
    asked = abci.Request(offer_snapshot={"snapshot": offer_of(chain), "app_hash": bytes(32)})
    connection.send(framed(asked.SerializeToString()))
    (answer,) = connection.answers_left()
    assert "comet.not_empty" in answer.exception.error
    assert [one.code for one in failures] == ["comet.not_empty"]
    assert engine.application.info().height == 1


# -- blocks that are forgotten ------------------------------------------------------------------


def test_what_is_not_forgotten_is_proved_to_the_same_root_and_the_rest_is_refused(elder, node):
    _, engine, _ = elder
    connection, whole, _ = node()
    keeps_all = Chain(connection, GENESIS)
    for number in range(8):
        keeps_all.decide(REGISTERED[10 * number : 10 * (number + 1)], START_MS + number)
    state = engine.application.state
    assert first_kept(state.store) == 5
    assert state.head == whole.application.state.head
    for subject in (BATTERIES[0], battery_id("09506000134352", "NONE")):
        part = prove_record(state, Custody, subject)
        assert part == prove_record(whole.application.state, Custody, subject)
        assert proved_app_hash(part) == state.head.app_hash
    kept = state.block(5)
    part = prove_entry(state, kept, 1)
    assert part == prove_entry(whole.application.state, kept, 1)
    assert proved_app_hash(part) == kept.app_hash
    older = whole.application.state.block(4)
    for lost in (
        lambda: state.block(4),
        lambda: block_of_entry(state, older.log_start),
        lambda: receipt_proof(state, sha256(REGISTERED[0]).digest()),
    ):
        with pytest.raises(Refused) as refused:
            lost()
        assert refused.value.code == "ledger.not_kept"
        assert "cellchain node history" in (refused.value.remedy or "")
    assert block_of_entry(state, kept.log_start).height == 5
    assert audit_kept(state) == 20
