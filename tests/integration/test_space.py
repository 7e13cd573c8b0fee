"""Space that a store gives back: what it deleted, and what its journal held for the table."""

from __future__ import annotations

import os
import sys

import pytest

from cellchain.adapters.journal import LARGE_BYTES
from cellchain.adapters.rocks import RocksStore
from cellchain.core.errors import Corrupt, Unavailable

LARGE = 4 * LARGE_BYTES


def written(store, first, last):
    """One frame each: a large value, a small one, and the small one of before deleted."""
    values = {}
    for number in range(first, last):
        values[b"b%d" % number] = os.urandom(LARGE)
        values[b"s%d" % number] = os.urandom(500)
        rows = [
            (b"b%d" % number, values[b"b%d" % number]),
            (b"s%d" % number, values[b"s%d" % number]),
        ]
        store.write([*rows, (b"s%d" % (number - 1), None)])
        values.pop(b"s%d" % (number - 1), None)
    store.settle()
    return values


def taken_bytes(folder):
    return (folder / "journal").stat().st_blocks * 512


@pytest.mark.skipif(sys.platform != "linux", reason="holes are made by a call of Linux")
def test_what_was_deleted_takes_no_space_and_the_rest_is_as_it_was(tmp_path):
    store = RocksStore(tmp_path / "s")
    values = written(store, 0, 40)
    size, before = (tmp_path / "s" / "journal").stat().st_size, taken_bytes(tmp_path / "s")
    store.write([(b"b%d" % n, None) for n in range(30)])
    for _ in range(2):
        store.release()
    assert taken_bytes(tmp_path / "s") < before / 2
    assert (tmp_path / "s" / "journal").stat().st_size > size, "places stay what they are"
    left = {
        key: value for key, value in values.items() if key not in {b"b%d" % n for n in range(30)}
    }
    for again in (store, RocksStore(tmp_path / "s", read_only=True)):
        assert dict(again.scan(b"b", b"t")) == left
    store.close()
    store = RocksStore(tmp_path / "s")
    assert dict(store.scan(b"b", b"t")) == left
    left |= written(store, 40, 45)
    left.pop(b"s39")
    store.close()
    store = RocksStore(tmp_path / "s")
    assert dict(store.scan(b"b", b"t")) == left
    store.close()


@pytest.mark.skipif(sys.platform != "linux", reason="holes are made by a call of Linux")
def test_values_overwritten_since_are_let_go_with_their_frames(tmp_path):
    store = RocksStore(tmp_path / "s")
    for _ in range(20):
        store.write([(b"same", os.urandom(LARGE))])
    last = os.urandom(LARGE)
    store.write([(b"same", last)])
    store.release()
    store.release()
    assert taken_bytes(tmp_path / "s") < 4 * LARGE
    assert store.get(b"same") == last
    store.close()


def test_a_reader_of_before_finds_a_value_or_that_it_is_let_go(tmp_path):
    store = RocksStore(tmp_path / "s")
    values = written(store, 0, 5)
    reader = RocksStore(tmp_path / "s", read_only=True)
    store.write([(b"b%d" % n, None) for n in range(4)])
    store.release()
    for number in range(4):
        try:
            assert reader.get(b"b%d" % number) == values[b"b%d" % number]
        except Unavailable as error:
            assert error.code == "store.released"
    assert reader.get(b"b4") == values[b"b4"]
    store.close()


def test_a_table_that_is_lost_is_damage_and_no_empty_ledger(tmp_path):
    """The journal alone no longer holds everything."""
    store = RocksStore(tmp_path / "s")
    for number in range(5):
        store.write([(b"%d/%d" % (number, n), os.urandom(500)) for n in range(100)])
    store.release()
    store.release()
    store.close()
    for file in (tmp_path / "s").iterdir():
        if file.name != "journal":
            file.unlink()
    if sys.platform == "linux":
        with pytest.raises(Corrupt, match=r"store\.damaged"):
            RocksStore(tmp_path / "s")
