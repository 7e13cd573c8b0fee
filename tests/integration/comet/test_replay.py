"""What one engine has decided, the other decides to the same app hash at every height."""

import io

from cellchain.app import Cellchain
from cellchain.ledger.export import read_blocks, read_genesis, write_ledger
from cellchain.ledger.parameters import parse_genesis
from cellchain.ledger.replay import replay, stored_blocks
from cellchain.ledger.store import MemoryStore
from tests.integration.comet.node import Chain
from tests.unit.services.demo.given import story

TOLD = story(3, 1)
STATE, GENESIS = TOLD.application.state, TOLD.application.genesis


def exported(state, genesis):
    file = io.BytesIO()
    write_ledger(file, genesis.to_bytes(), stored_blocks(state.store, state.head.height))
    file.seek(0)
    return parse_genesis(read_genesis(file)), list(read_blocks(file))


def test_a_ledger_of_solo_replays_through_the_socket(served):
    genesis, blocks = exported(STATE, GENESIS)
    connection, engine, *_ = served(genesis)
    chain = Chain(connection, genesis)
    for block in blocks:
        found = chain.decide(block.transactions, block.time_ms)
        assert found.app_hash == block.app_hash, block.height
        assert all(result.code != 2 for result in found.tx_results)
    assert connection.ask(info={}).last_block_app_hash == STATE.head.app_hash
    assert engine.application.state.head == STATE.head


def test_a_ledger_of_comet_replays_on_solo(served):
    connection, engine, *_ = served(GENESIS)
    chain = Chain(connection, GENESIS)
    for height in range(1, STATE.head.height + 1):
        block = STATE.block(height)
        proposed = chain.propose(block.transactions, block.time_ms)
        assert proposed == list(block.transactions)
        assert connection.ask(process_proposal={"txs": proposed}).status == 1
        chain.decide(proposed, block.time_ms)
    genesis, blocks = exported(engine.application.state, GENESIS)
    shadow = Cellchain().application(genesis, MemoryStore())
    assert replay(shadow, blocks) == sum(len(block.transactions) for block in blocks)
    assert shadow.state.head.app_hash == chain.app_hash == STATE.head.app_hash


def test_a_chain_that_solo_has_begun_goes_on_from_its_last_block(served):
    store = MemoryStore()
    genesis, blocks = exported(STATE, GENESIS)
    half = len(blocks) // 2
    replay(Cellchain().application(genesis, store), blocks[:half])
    connection, engine, *_ = served(genesis, store, began_at=half)
    assert connection.ask(info={}).last_block_height == 0  # CometBFT has no block of it yet
    for _ in range(2):
        chain = Chain(connection, genesis)
        assert chain.app_hash == blocks[half - 1].app_hash
    for block in blocks[half:]:
        assert chain.decide(block.transactions, block.time_ms).app_hash == block.app_hash
    assert connection.ask(info={}).last_block_height == len(blocks) - half
    assert engine.application.info().height == len(blocks)
