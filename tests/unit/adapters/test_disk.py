"""Files that are whole or not there: what was begun and not ended leaves nothing behind."""

import errno
import os
from pathlib import Path

import pytest

from cellchain.adapters.disk import write_file
from cellchain.core.errors import Unavailable


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def stopped(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize(("fails", "raised"), [(full, Unavailable), (stopped, KeyboardInterrupt)])
@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_file_that_cannot_be_written_whole_leaves_the_old_one_alone(
    tmp_path, monkeypatch, step, fails, raised
):
    path = tmp_path / "t.csv"
    write_file(path, b"old")
    monkeypatch.setattr(Path if step == "replace" else os, step, fails)
    with pytest.raises(raised):
        write_file(path, b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["t.csv"]
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("sync", [True, False])
def test_what_is_written_takes_the_place_of_what_was_there(tmp_path, sync):
    path = tmp_path / "t.csv"
    for data in (b"", b"x" * 3_000_000):
        write_file(path, data, mode=0o600, sync=sync)
        assert path.read_bytes() == data
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["t.csv"]
