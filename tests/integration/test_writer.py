"""One writer, many senders: they share syncs, keep their order, and nobody waits for ever."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from cellchain.adapters.signature_worker import InlineVerifier, SignatureWorker
from cellchain.adapters.writer import Writer
from cellchain.contracts.custody import Custody, Register
from cellchain.core.errors import Refused, Unavailable
from cellchain.core.names import battery_id
from cellchain.crypto.signatures import SigningKey
from cellchain.ledger.store import MemoryStore
from cellchain.services.desk import Desk
from tests.chain import CLIENTS, Chain

SENDERS, EACH = 24, 5
KEYS = tuple(SigningKey(bytes([n + 9]) * 32) for n in range(SENDERS))


def name(sender, number):
    return battery_id("09506000134352", f"{sender}.{number}")


@pytest.fixture(scope="module")
def worker():
    with SignatureWorker() as made:
        yield made


@pytest.mark.parametrize("kind", ["inline", "worker"])
def test_senders_share_blocks_and_keep_their_order(kind, worker):
    chain = Chain(clients=KEYS)
    writer = Writer(chain.solo, verifier=InlineVerifier() if kind == "inline" else worker)
    together = Barrier(SENDERS)

    def send(sender):
        desk = Desk(writer, KEYS[sender])
        together.wait()
        messages = [[Register(battery=name(sender, n))] for n in range(EACH)]
        return [result.position for result in desk.send_all(messages)]

    with ThreadPoolExecutor(SENDERS) as pool:
        positions = list(pool.map(send, range(SENDERS)))
    writer.close()
    assert all(mine == sorted(mine) for mine in positions)
    assert chain.state.head.height < SENDERS * EACH
    everyone = [writer.find(Custody, name(s, n)) for s in range(SENDERS) for n in range(EACH)]
    assert all(everyone)


def test_a_bad_signature_among_good_ones_is_refused_alone(worker):
    chain = Chain()
    good = [chain.signed(0, Register(battery=name(0, n)), sequence=n + 1) for n in range(40)]
    bad = chain.signed(1, Register(battery=name(1, 1)))
    bad = bad[:-3] + (b"0" if bad[-3:-2] != b"0" else b"1") + bad[-2:]
    writer = Writer(chain.solo, verifier=worker)
    results = writer.submit([*good[:20], bad, *good[20:]])
    writer.close()
    assert [r.code for r in results] == [""] * 20 + ["transaction.signature"] + [""] * 20


def test_what_finds_no_room_goes_into_the_next_block():
    chain = Chain(block_gas_max=100_300)
    data = [chain.signed(0, Register(battery=name(0, n)), sequence=n + 1) for n in range(9)]
    writer = Writer(chain.solo)
    results = writer.submit(data)
    writer.close()
    assert [r.code for r in results] == [""] * 9
    assert len({r.height for r in results}) > 1


def test_thousands_of_one_key_find_room_in_order():
    """More than two blocks are on their way when the first is found to be full."""
    chain = Chain(block_gas_max=120_000, transaction_gas_max=1_000)
    count = 6_000
    data = [
        chain.signed(0, Register(battery=name(0, n)), sequence=n + 1, gas_max=1_000)
        for n in range(count)
    ]
    writer = Writer(chain.solo)
    results = writer.submit(data)
    writer.close()
    assert {r.code for r in results} == {""}
    assert [r.position for r in results] == sorted(r.position for r in results)


def test_what_is_too_long_is_refused_and_nobody_waits():
    chain = Chain()
    writer = Writer(chain.solo)
    good = chain.signed(0, Register(battery=name(0, 0)))
    results = writer.submit([b"x" * 5_000_000, good])
    writer.close()
    assert [r.code for r in results] == ["canonical.too_long", ""]


def test_a_reading_thread_never_puts_the_past_into_the_cache():
    """A look-up that began before a block and ends after it must leave no trace."""

    class Slow(MemoryStore):
        before_return = None

        def get(self, key):
            value = super().get(key)
            if self.before_return:
                act, self.before_return = self.before_return, None
                act()
            return value

    chain = Chain(store=Slow())
    chain.send(0, Register(battery=name(0, 0)))
    chain.open()  # nothing is cached
    transaction = chain.signed(0, Register(battery=name(0, 1)), sequence=2)
    chain.store.before_return = lambda: chain.seal(transaction)
    chain.application.next_sequence(CLIENTS[0].key_id)
    assert chain.application.next_sequence(CLIENTS[0].key_id) == 3
    (again,) = chain.seal(transaction)
    assert again.code == "transaction.replayed"


def test_a_store_that_fails_is_told_to_every_sender_and_the_writer_goes_on():
    class Full(MemoryStore):
        full = False

        def write(self, rows):
            if self.full:
                raise Unavailable("store.full", "no space left")
            super().write(rows)

    chain = Chain(store=Full())
    chain.seal()
    writer = Writer(chain.solo)
    desk = Desk(writer, CLIENTS[0])
    chain.store.full = True
    with pytest.raises(Unavailable):
        desk.send(Register(battery=name(0, 0)))
    chain.store.full = False
    assert desk.send(Register(battery=name(0, 0))).code == ""
    writer.close()


def test_bytes_that_no_rule_has_looked_at_make_no_block():
    chain = Chain()
    chain.seal()
    told = []
    writer = Writer(chain.solo, after_block=lambda: told.append(chain.state.head.height))
    before = chain.state.head
    results = writer.submit([b"x", b"{}", chain.signed(0, Register(battery=name(0, 0)))[:-1]])
    assert all(result.code and not result.in_log for result in results)
    assert (chain.state.head, told) == (before, [])
    assert Desk(writer, CLIENTS[0]).send(Register(battery=name(0, 0))).code == ""
    assert told == [before.height + 1]
    writer.close()


def test_what_cannot_follow_a_block_is_made_up_for_by_the_next():
    told = []

    def after_block():
        told.append(1)
        if len(told) == 1:
            raise Unavailable("disk.full", "no space left")

    writer = Writer(Chain().solo, after_block=after_block)
    desk = Desk(writer, CLIENTS[0])
    assert desk.send(Register(battery=name(0, 0))).code == ""
    assert writer.behind.code == "disk.full"
    assert desk.send(Register(battery=name(0, 1))).code == ""
    assert (writer.behind, len(told)) == (None, 2)
    writer.close()


def test_a_closed_writer_says_so():
    writer = Writer(Chain().solo)
    writer.close()
    with pytest.raises(Unavailable) as error:
        writer.submit([b"{}"])
    assert error.value.code == "writer.closed"


def test_a_refusal_names_its_code_and_the_desk_recovers():
    writer = Writer(Chain().solo)
    desk = Desk(writer, CLIENTS[0])
    desk.send(Register(battery=name(0, 0)))
    with pytest.raises(Refused) as refusal:
        desk.send(Register(battery=name(0, 0)))
    assert refusal.value.code == "custody.exists"
    assert desk.send(Register(battery=name(0, 1))).code == ""
    writer.close()
