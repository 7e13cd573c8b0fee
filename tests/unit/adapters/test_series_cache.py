"""Series are kept within a number of bytes, under a key that does not grow with the windows."""

from cellchain.adapters.series_cache import BYTES_MAX, SeriesCache, key_of, size_of
from cellchain.services.gateway.ports import KeptWindow
from cellchain.services.gateway.series import Series
from cellchain.services.gateway.window import StreamName


def series(points, channels=1):
    rows = tuple(tuple(float(n) for n in range(points)) for _ in range(channels))
    return Series(
        channels=("x",) * channels,
        units=("V",) * channels,
        times_ms=tuple(range(points)),
        values=rows,
        low=rows,
        high=rows,
        gaps_ms=(),
        readings=points,
    )


def window(first, file="a.parquet"):
    return KeptWindow(
        subject=f"gw/table/{first}",
        stream=StreamName(device="gw", battery="b", boot="table"),
        first=first,
        last=first + 99,
        count=100,
        start_ms=0,
        end_ms=1,
        layout="00",
        file=file,
        row_group=0,
    )


def test_what_is_kept_stays_within_its_bytes():
    one = series(100)
    cache = SeriesCache(3 * size_of(one))
    for key in (b"a", b"b", b"c"):
        cache.put(key, one)
    assert cache.find(b"a") is one
    cache.put(b"d", series(100))
    cache.put(b"d", one)
    assert [cache.find(key) is not None for key in (b"a", b"b", b"c", b"d")] == [
        True, False, True, True,
    ]  # fmt: skip
    assert cache.size_bytes == 3 * size_of(one)
    cache.put(b"e", series(1000, channels=16))
    assert cache.find(b"e") is None


def test_the_largest_series_counts_for_what_it_is():
    assert 6_000_000 < size_of(series(4000, channels=16)) < BYTES_MAX


def test_a_key_is_short_and_of_what_was_asked():
    many = [window(first) for first in range(1, 100_001, 100)]
    assert len(key_of(many, 0, 1, ("x",), 10)) == 32
    assert key_of(many, 0, 1) == key_of([window(w.first, "merged") for w in many], 0, 1)
    assert key_of(many, 0, 1) != key_of(many, 0, 2)
    assert key_of(many, 0, 1) != key_of(many[1:], 0, 1)
