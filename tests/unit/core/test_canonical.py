from __future__ import annotations

import time
from collections import deque
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core.canonical import (
    DEPTH_MAX,
    INTEGER_MAX,
    SIZE_MAX,
    canonical_bytes,
    decode,
    depth,
)
from cellchain.core.errors import Refused


def code_of_decoding(data: bytes) -> str:
    with pytest.raises(Refused) as refusal:
        decode(data)
    return refusal.value.code


DECODED = {
    "canonical.malformed": {
        "nothing": b"",
        "NaN": b"NaN",
        "infinity": b"-Infinity",
        "a comma too many": b"[1,]",
        "a leading zero": b"01",
        "a byte order mark": b"\xef\xbb\xbf1",
        "no UTF-8": b'"\xff"',
        "a surrogate in UTF-8": b'"\xed\xa0\x80"',
        "half a surrogate pair": b'"\\ud800"',
        "a bare control character": b'"\n"',
        "unclosed text": b'"abc',
        "an integer of 5000 digits": b"1" * 5000,
        "two values": b"1 2",
        "a key that is a number": b"{1:2}",
    },
    "canonical.not_canonical": {
        "a repeated key": b'{"a":1,"a":1}',
        "a repeated key that is spelt otherwise": b'{"a":1,"\\u0061":2}',
        "unsorted keys": b'{"b":1,"a":1}',
        "a space before": b" 1",
        "a newline after": b"1\n",
        "a space inside": b'{"a": 1}',
        "minus zero": b"-0",
        "a needless escape": b'"\\u0041"',
        "an escaped slash": b'"\\/"',
        "a long escape of a newline": b'"\\u000a"',
        "upper-case escape digits": b'"\\u001F"',
    },
    "canonical.float": {"a float": b"1.0", "an exponent": b"1e3", "minus zero": b"-0.0"},
    "canonical.integer_range": {
        "one above": b"9007199254740992",
        "one below": b"-9007199254740992",
        "beyond 64 bits": b"18446744073709551616",
        "400 digits": b"1" * 400,
    },
    "canonical.key": {"a key with an accent": '{"é":1}'.encode()},
    "canonical.text": {
        "two spellings of one letter": b'"a\\u030a"',
        "an emoji, newer than Unicode 3.2": '"\U0001f50b"'.encode(),
        "private use": '"\ue000"'.encode(),
    },
    "canonical.too_deep": {
        "one level too many": b"[" * (DEPTH_MAX + 1) + b"]" * (DEPTH_MAX + 1),
        "objects too": b'{"a":' * 17 + b"1" + b"}" * 17,
        "unclosed": b"[" * 60_000,
    },
    "canonical.too_long": {
        "one byte too many": b'"' + b"a" * (SIZE_MAX - 1) + b'"',
        "a hundred thousand levels": b"[" * 10**5 + b"]" * 10**5,
    },
}
CASES = [
    pytest.param(code, data, id=f"{code}: {name}")
    for code, examples in DECODED.items()
    for name, data in examples.items()
]


@pytest.mark.parametrize(("code", "data"), CASES)
def test_what_is_not_written_so_is_not_read(code: str, data: bytes):
    assert code_of_decoding(data) == code


def test_a_hundred_thousand_levels_are_too_deep_where_the_size_allows_them():
    with pytest.raises(Refused, match=r"canonical\.too_deep"):
        decode(b"[" * 10**5 + b"]" * 10**5, size_max=10**6)


ENCODED = {
    "a float": (1.5, "canonical.float"),
    "a whole float": (1.0, "canonical.float"),
    "not a number": (float("nan"), "canonical.float"),
    "bytes": (b"a", "canonical.type"),
    "a view of bytes": (memoryview(b"a"), "canonical.type"),
    "a set": ({1}, "canonical.type"),
    "a range": (range(3), "canonical.type"),
    "a deque": (deque([1]), "canonical.type"),
    "a read-only mapping": (MappingProxyType({"a": 1}), "canonical.type"),
    "a number as key": ({1: 2}, "canonical.key"),
    "half a surrogate pair": ("\ud800", "canonical.text"),
    "an integer of 10,000 digits": (10**10_000, "canonical.integer_range"),
    "deep inside": ([{"a": [{"b": 0.5}]}], "canonical.float"),
}


@pytest.mark.parametrize("name", ENCODED)
def test_what_has_no_canonical_bytes_is_refused(name: str):
    value, code = ENCODED[name]
    with pytest.raises(Refused) as refusal:
        canonical_bytes(value)  # type: ignore[arg-type]
    assert refusal.value.code == code


@pytest.mark.parametrize("value", [INTEGER_MAX, -INTEGER_MAX, 0, True, None, "", [], {}])
def test_the_edges_of_the_subset_are_inside(value: object):
    assert decode(canonical_bytes(value)) == value  # type: ignore[arg-type]


def test_sixteen_levels_are_read():
    assert decode(b"[" * DEPTH_MAX + b"]" * DEPTH_MAX)


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:\\ua0-1e.', max_size=40).map(str.encode))
def test_any_bytes_are_read_to_themselves_or_refused(data: bytes):
    try:
        value = decode(data)
    except Refused:
        return
    assert canonical_bytes(value) == data


@given(st.text(alphabet='[]{}"\\a', max_size=30).map(str.encode))
def test_the_depth_leaves_text_out(text: bytes):
    inside = text.replace(b"\\", b"").replace(b'"', b"")
    assert depth(b'["' + inside + b'"]') == 1
    assert depth(b'["\\"' + inside + b'"]') == 1


@pytest.mark.parametrize("unit", [b'\\"', b'"\\"', b"\\", b'"\\', b'"', b'a"'])
def test_the_depth_takes_linear_time(unit: bytes):
    started = time.process_time()
    depth(b"[" * 17 + b'"' + unit * (SIZE_MAX // len(unit)))
    assert time.process_time() - started < 1  # quadratic takes ten seconds, linear ten ms
