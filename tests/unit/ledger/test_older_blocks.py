"""Older blocks come back into a home that does not keep them, if they are those of its log."""

from __future__ import annotations

import pytest

from cellchain.adapters.views import discover_views, open_views
from cellchain.app import Cellchain
from cellchain.contracts import discover
from cellchain.contracts.custody import Register
from cellchain.core.errors import Corrupt, Refused
from cellchain.core.names import Digest, battery_id
from cellchain.ledger.decided import Decided, decided_row
from cellchain.ledger.keeping import FORGOTTEN_AT_ONCE, first_kept, forgotten_rows
from cellchain.ledger.kept_audit import audit_kept
from cellchain.ledger.older_blocks import bring_back
from cellchain.ledger.replay import audit, replay, stored_blocks
from cellchain.ledger.store import BLOCK, RECORD, MemoryStore, after
from tests.chain import Chain
from tests.unit.ledger.test_snapshot import restored


def told(chain, number):
    return chain.send(number % 3, Register(battery=battery_id("09506000134352", f"O{number}")))


@pytest.fixture
def chain():
    """A chain of 300 entries, over more than one tile of the log."""
    made = Chain()
    for number in range(100):
        told(made, number)
    return made


def replica(chain, until=10**9, **how):
    application = Cellchain().application(chain.genesis, MemoryStore(), **how)
    until = min(until, chain.state.head.height)
    replay(application, stored_blocks(chain.store, until, application.state.head.height + 1))
    return application


def goes_on(chain, target):
    told(chain, 100)
    replay(target, stored_blocks(chain.store, chain.state.head.height, 101))
    decided = Decided(block="", proposer="", round_before=0, votes_before=())
    target.state.store.write([decided_row(target.state.head.height, decided)])
    return target


def test_a_home_from_a_snapshot_becomes_one_that_keeps_all(chain):
    young = goes_on(chain, restored(chain))
    assert audit_kept(young.state) == 1
    bring_back(young.state, replica(chain, until=100).state)
    assert first_kept(young.state.store) == 0
    young = Cellchain().application(chain.genesis, young.state.store)
    assert audit(young, Cellchain().application(chain.genesis, MemoryStore())) == 101


def test_tables_are_not_made_of_half_a_history(chain, tmp_path):
    young, contracts = goes_on(chain, restored(chain)), tuple(discover().values())
    genesis = Digest(chain.genesis.hash.hex())
    views = open_views(tmp_path / "views.db", contracts, discover_views(contracts))
    for project in (views.catch_up, views.rebuild):
        with pytest.raises(Refused, match=r"ledger\.not_kept"):
            project(young.state, genesis)
        assert views.head().height == -1
    bring_back(young.state, replica(chain, until=100).state)
    views.catch_up(young.state, genesis)
    assert views.head().height == 101
    young.state.store.write(forgotten_rows(young.state.store, 90))
    told(chain, 102)
    replay(young, stored_blocks(chain.store, 102, 102))
    views.catch_up(young.state, genesis)
    assert views.head().height == 102, "those that are there go on"
    with pytest.raises(Refused, match=r"ledger\.not_kept"):
        views.rebuild(young.state, genesis)
    assert views.head().height == 102
    views.close()


def test_so_does_one_that_forgot_them(chain):
    target = goes_on(chain, replica(chain))
    while rows := forgotten_rows(target.state.store, 90):
        target.state.store.write(rows)
    assert first_kept(target.state.store) == 90
    assert audit_kept(target.state) == 12
    bring_back(target.state, replica(chain, until=89).state)
    assert audit(target, Cellchain().application(chain.genesis, MemoryStore())) == 101


def test_forgetting_goes_step_by_step(chain):
    for number in range(200, 350):
        told(chain, number)
    steps = []
    while rows := forgotten_rows(chain.store, 240):
        chain.store.write(rows)
        steps.append(first_kept(chain.store))
    assert steps == [FORGOTTEN_AT_ONCE, 2 * FORGOTTEN_AT_ONCE, 240]
    assert [int.from_bytes(k[1:], "big") for k, _ in chain.store.scan(BLOCK, after(BLOCK))] == [
        *range(240, 251)
    ]


@pytest.mark.parametrize("until", [99, 101])
def test_a_history_that_ends_elsewhere_is_refused(chain, until):
    young = goes_on(chain, restored(chain))
    with pytest.raises(Refused, match=r"ledger\.another_history"):
        bring_back(young.state, replica(chain, until=until).state)
    assert first_kept(young.state.store) == 101


def test_another_history_of_the_same_length_is_refused(chain):
    young, other = goes_on(chain, restored(chain)), Chain()
    for number in range(100):
        told(other, number if number != 50 else 999)
    with pytest.raises(Refused, match=r"ledger\.another_history"):
        bring_back(young.state, other.state)


def _flipped(store, table, nth):
    key, value = list(store.scan(table, after(table)))[nth]
    place = len(value) // 2
    store.write([(key, value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :])])


@pytest.mark.parametrize(("table", "nth"), [(RECORD, 7), (BLOCK, 0), (BLOCK, -1)])
def test_an_audit_of_what_is_kept_finds_a_flipped_byte(chain, table, nth):
    target = replica(chain)
    target.state.store.write(forgotten_rows(target.state.store, 90))
    _flipped(target.state.store, table, nth)
    again = Cellchain().application(chain.genesis, target.state.store)
    with pytest.raises(Corrupt, match=r"audit\.differs|store\."):
        audit_kept(again.state)
