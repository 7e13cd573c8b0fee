"""Messages come out of a stream whole and in order, however it is cut."""

import pytest
from google.protobuf.internal.encoder import _VarintBytes
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.ledger.engine.comet.frames import MESSAGE_BYTES_MAX, Frames, framed, varint


@given(st.lists(st.binary(max_size=400), max_size=8), st.lists(st.integers(1, 300)))
def test_messages_come_out_as_they_went_in(messages, cuts):
    stream, frames, found = b"".join(map(framed, messages)), Frames(), []
    for cut in [*cuts, len(stream)]:
        found += frames.feed(stream[:cut])
        stream = stream[cut:]
    assert found == messages


@given(st.integers(0, 2**63))
def test_a_length_is_written_as_protobuf_writes_it(number):
    assert varint(number) == _VarintBytes(number)


@pytest.mark.parametrize(
    "stream", [b"\x80" * 10, b"\xff" * 12, varint(MESSAGE_BYTES_MAX + 1), varint(2**62) + b"x"]
)
def test_a_length_that_no_message_has_is_refused(stream):
    with pytest.raises(Refused, match="message"):
        list(Frames().feed(stream))


def test_the_longest_message_is_waited_for():
    assert list(Frames().feed(varint(MESSAGE_BYTES_MAX) + b"x")) == []
