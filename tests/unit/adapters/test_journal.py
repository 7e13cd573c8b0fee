"""The journal: what was acknowledged is there, what was not is not, damage is named."""

import os

import pytest

from cellchain.adapters.journal import LARGE_BYTES, Journal
from cellchain.core.errors import Corrupt, Unavailable


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal"


def opened(path):
    journal = Journal(path, read_only=False, durable=True)
    frames = [rows for _, rows in journal.tail(0)]
    return journal, frames


def filled(path, count=5):
    journal = Journal(path, read_only=False, durable=True)
    ends = []
    for number in range(count):
        journal.append([(b"k%d" % number, b"v" * 50)])
        ends.append(journal.end)
    journal.close()
    return ends


def test_rows_come_back_in_order_with_their_large_values(path):
    journal = Journal(path, read_only=False, durable=True)
    large = os.urandom(LARGE_BYTES)
    posing = dict(journal.append([(b"b", large)]))[b"b"]  # a value that looks like a place
    rows = [(b"a", b"small"), (b"b", large), (b"c", None), (b"d", posing)]
    stored = dict(journal.append(rows))
    assert [journal.value(stored[k]) for k in (b"a", b"b", b"d")] == [b"small", large, posing]
    _, frames = opened(path)
    assert dict(frames[-1]) == stored


def test_many_large_values_fit_one_frame(path):
    journal = Journal(path, read_only=False, durable=True)
    values = [os.urandom(LARGE_BYTES) for _ in range(1_500)]
    stored = journal.append([(b"%d" % n, value) for n, value in enumerate(values)])
    assert [journal.value(s) for _, s in stored] == values


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_a_last_frame_that_was_cut_off_is_written_over(path, cut):
    ends = filled(path)
    os.truncate(path, ends[-1] - cut)
    journal, frames = opened(path)
    assert (len(frames), journal.end) == (4, ends[-2])
    journal.append([(b"new", b"value")])
    assert len(opened(path)[1]) == 5


@pytest.mark.parametrize("frame", range(4))
@pytest.mark.parametrize("inside", [0, 5, 20, 30, 60])
def test_a_flipped_byte_before_the_last_frame_is_damage(path, frame, inside):
    ends = [0, *filled(path)]
    data = bytearray(path.read_bytes())
    data[ends[frame] + inside] ^= 1
    path.write_bytes(data)
    with pytest.raises(Corrupt) as error:
        opened(path)
    assert error.value.code == "store.damaged"


def test_a_write_that_fails_is_taken_back(path, monkeypatch):
    filled(path, 2)
    journal, _ = opened(path)
    before = path.read_bytes()

    def fail(_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", fail)
    with pytest.raises(Unavailable):
        journal.append([(b"phantom", b"block")])
    assert path.read_bytes() == before
    monkeypatch.undo()
    journal.append([(b"next", b"block")])
    assert [row[0][0] for row in opened(path)[1]] == [b"k0", b"k1", b"next"]


def test_a_write_that_cannot_be_taken_back_stops_the_journal(path, monkeypatch):
    journal = Journal(path, read_only=False, durable=True)

    def fail(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", fail)
    monkeypatch.setattr(os, "ftruncate", fail)
    with pytest.raises(Unavailable):
        journal.append([(b"phantom", b"block")])
    monkeypatch.undo()
    with pytest.raises(Unavailable, match="could not be undone"):
        journal.append([(b"next", b"block")])
