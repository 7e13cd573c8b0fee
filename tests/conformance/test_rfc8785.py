"""Canonical JSON against the vectors of RFC 8785, and against another implementation of it."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core.canonical import INTEGER_MAX, canonical_bytes, decode
from cellchain.core.errors import Refused
from cellchain.core.text import is_plain_text
from cellchain.ledger.stage import encode
from tests.conformance.shared import shared_data

FOLDER = shared_data("passport", "jcs")

VERDICTS = {
    "arrays": None,
    "french": "canonical.key",
    "structures": "canonical.float",
    "unicode": "canonical.text",
    "values": "canonical.float",
    "weird": "canonical.key",
}
"""Vector → the code that refuses it, ``None`` where its bytes are ours."""

plain_text = st.text(max_size=20).filter(is_plain_text)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-INTEGER_MAX, INTEGER_MAX) | plain_text,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(max_codepoint=127), max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


def vector(name: str) -> tuple[Any, bytes]:
    given_value = json.loads((FOLDER / "input" / f"{name}.json").read_text())
    return given_value, (FOLDER / "output" / f"{name}.json").read_bytes()


def test_each_vector_has_a_verdict():
    assert {path.stem for path in (FOLDER / "input").glob("*.json")} == set(VERDICTS)


@pytest.mark.parametrize("name", [name for name, code in VERDICTS.items() if code is None])
def test_the_vectors_of_our_subset_give_equal_bytes(name: str):
    value, expected = vector(name)
    assert canonical_bytes(value) == expected
    assert decode(expected) == value


@pytest.mark.parametrize(("name", "code"), [(n, code) for n, code in VERDICTS.items() if code])
def test_the_others_are_refused(name: str, code: str):
    value, _ = vector(name)
    with pytest.raises(Refused) as refusal:
        canonical_bytes(value)
    assert refusal.value.code == code


def test_structures_without_its_one_float_gives_equal_bytes():
    value, expected = vector("structures")
    value["1"]["\n"] = 56
    assert canonical_bytes(value) == expected


def test_the_string_of_values_gives_equal_bytes():
    value, expected = vector("values")
    assert canonical_bytes({"string": value["string"]})[1:-1] in expected


@given(values)
def test_another_implementation_agrees(value: Any):
    assert canonical_bytes(value) == rfc8785.dumps(value)


@given(values)
def test_the_encoder_of_the_ledger_agrees(value: Any):
    assert encode(value) == canonical_bytes(value)


@given(values)
def test_what_is_written_is_read_back(value: Any):
    assert decode(canonical_bytes(value), depth_max=100, size_max=10**7) == value


class Small(msgspec.Struct, frozen=True, tag="small/1", tag_field="kind", omit_defaults=True):
    word: str
    amount_mg: int = 0


@given(plain_text, st.integers(-INTEGER_MAX, INTEGER_MAX))
def test_records_are_written_canonically_too(word: str, amount_mg: int):
    small = Small(word, amount_mg)
    assert encode(small) == rfc8785.dumps(msgspec.to_builtins(small))
