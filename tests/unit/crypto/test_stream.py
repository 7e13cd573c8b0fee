"""A body opens as it was closed, from any place, and in no other form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cellchain.core.errors import Corrupt, Refused
from cellchain.crypto.commitment import commit, committing
from cellchain.crypto.envelope import Label
from cellchain.crypto.stream import (
    CHUNK_BYTES_MIN as CHUNK,
)
from cellchain.crypto.stream import (
    HEADER_BYTES,
    TAG_BYTES,
    open_stream,
    seal_stream,
    sealed_size,
)

KEY, LABEL = bytes(range(32)), Label(record="D-1", version=1, access_class="private")
SIZES = st.one_of(
    st.integers(0, 5 * CHUNK),
    st.integers(0, 4).map(lambda n: n * CHUNK),
    st.integers(1, 4).map(lambda n: n * CHUNK + 1),
)
STRIDE = CHUNK + TAG_BYTES


def content(size: int) -> bytes:
    return bytes(i * 7 % 251 for i in range(size))


def sealed(data: bytes, pieces: int = 700) -> bytes:
    cut = (data[at : at + pieces] for at in range(0, len(data), pieces))
    return b"".join(seal_stream(KEY, LABEL, cut, chunk_bytes=CHUNK))


def opened(body: bytes, size: int, *, key=KEY, label=LABEL, start=0, end=None) -> bytes:
    def read(first: int, stop: int):
        return (body[at : min(at + 333, stop)] for at in range(first, stop, 333))

    return b"".join(open_stream(key, label, read, size_bytes=size, start=start, end=end))


@given(SIZES, st.integers(1, 3 * CHUNK))
def test_a_body_opens_as_it_was_closed(size: int, pieces: int):
    body = sealed(content(size), pieces)
    assert opened(body, size) == content(size)
    assert len(body) == sealed_size(size, chunk_bytes=CHUNK)


@given(SIZES, st.data())
def test_any_part_opens_by_itself(size: int, data):
    start = data.draw(st.integers(0, size))
    end = data.draw(st.integers(start, size))
    assert opened(sealed(content(size)), size, start=start, end=end) == content(size)[start:end]


def test_equal_contents_do_not_look_alike():
    assert sealed(b"same") != sealed(b"same")


SIZE = 3 * CHUNK + 100
BODY = sealed(content(SIZE))
HEAD, CHUNKS = BODY[:HEADER_BYTES], [BODY[HEADER_BYTES + i * STRIDE :][:STRIDE] for i in range(4)]
OTHER = sealed(content(SIZE))[HEADER_BYTES:]
ALTERED = {
    "a bit": HEAD + b"".join(CHUNKS)[:50] + b"\xff" + b"".join(CHUNKS)[51:],
    "cut in a chunk": BODY[:-1],
    "cut after a chunk": HEAD + b"".join(CHUNKS[:3]),
    "cut to the header": HEAD,
    "nothing": b"",
    "two chunks change places": HEAD + CHUNKS[1] + CHUNKS[0] + CHUNKS[2] + CHUNKS[3],
    "a chunk twice": HEAD + CHUNKS[0] + CHUNKS[0] + CHUNKS[2] + CHUNKS[3],
    "a chunk dropped": HEAD + CHUNKS[0] + CHUNKS[2] + CHUNKS[3],
    "a chunk of another body": HEAD + OTHER[:STRIDE] + b"".join(CHUNKS[1:]),
    "another magic": b"X" + BODY[1:],
    "another chunk size": BODY[:17] + (2 * CHUNK).to_bytes(4, "big") + BODY[21:],
    "no chunk size": BODY[:17] + bytes(4) + BODY[21:],
    "another prefix": BODY[:21] + bytes(7) + BODY[28:],
}


@pytest.mark.parametrize("name", ALTERED)
def test_a_body_opens_in_no_other_form(name: str):
    with pytest.raises(Corrupt, match=r"stream\.altered"):
        opened(ALTERED[name], SIZE)


@pytest.mark.parametrize("size", [3 * CHUNK, 2 * CHUNK + 5, SIZE - 1, SIZE + 1, SIZE + CHUNK])
def test_another_size_than_the_true_one_does_not_open(size: int):
    with pytest.raises(Corrupt, match=r"stream\.altered"):
        opened(BODY, size)


@pytest.mark.parametrize(
    "label",
    [
        replace(LABEL, record="D-2"),
        replace(LABEL, version=2),
        replace(LABEL, access_class="public"),
    ],
)
def test_a_body_opens_under_its_own_label_only(label: Label):
    with pytest.raises(Corrupt, match=r"stream\.altered"):
        opened(BODY, SIZE, label=label)


def test_another_key_opens_nothing():
    with pytest.raises(Corrupt, match=r"stream\.altered"):
        opened(BODY, SIZE, key=bytes(32))


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 4), (0, SIZE + 1)])
def test_a_part_that_is_none_is_refused(start: int, end: int):
    with pytest.raises(Refused, match=r"stream\.range"):
        opened(BODY, SIZE, start=start, end=end)


@given(st.lists(st.binary(max_size=50)))
def test_a_commitment_may_be_fed_piece_by_piece(pieces: list[bytes]):
    hasher = committing(bytes(16))
    for piece in pieces:
        hasher.update(piece)
    assert hasher.digest() == commit(bytes(16), b"".join(pieces))
