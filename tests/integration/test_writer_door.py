"""The door of a writer: many threads of one process at once, and a writer that comes back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from cellchain.adapters.writer_socket import RemoteWriter, WriterDoor
from cellchain.core.errors import Unavailable
from cellchain.core.names import Digest, KeyId
from cellchain.ledger.entry import Result


class Slow:
    """Answers with what was asked, but only once as many have asked as it waits for."""

    def __init__(self, together=1):
        self.barrier = Barrier(together)

    def submit(self, transactions):
        self.barrier.wait(10)
        return [Result(transaction=Digest(data.hex())) for data in transactions]

    def next_sequence(self, key):
        return len(key)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "writer.sock"


def remote(path):
    return RemoteWriter(path, None, lambda *_: None)


def test_every_thread_has_the_answer_to_its_own_question(path):
    door, threads = WriterDoor(path, Slow(8)), 8
    writer = remote(path)
    with ThreadPoolExecutor(threads) as pool:
        wanted = [[bytes([n, m]) for m in range(n + 1)] for n in range(threads * 4)]
        found = list(pool.map(writer.submit, wanted))
    assert [[one.transaction for one in few] for few in found] == [
        [data.hex() for data in few] for few in wanted
    ]
    writer.close()
    door.close()


def test_who_asks_before_the_node_runs_finds_it_later(path):
    stopped = Unavailable("node.stopped", "it does not run")
    writer = RemoteWriter(path, None, lambda *_: None, gone=stopped)
    with pytest.raises(Unavailable) as error:
        writer.next_sequence(KeyId("abc"))
    assert error.value.code == "node.stopped"
    door = WriterDoor(path, Slow())
    assert writer.next_sequence(KeyId("abc")) == 3
    writer.close()
    door.close()


def test_a_writer_that_came_back_is_found_again(path):
    door = WriterDoor(path, Slow())
    writer = remote(path)
    assert writer.next_sequence(KeyId("abc")) == 3
    door.close()
    for line in writer._idle:
        line._socket.shutdown(2)  # as the end of the writer's process does
    with pytest.raises(Unavailable, match="does not answer"):
        writer.next_sequence(KeyId("abc"))
    door = WriterDoor(path, Slow())
    assert writer.next_sequence(KeyId("abcd")) == 4
    writer.close()
    door.close()
