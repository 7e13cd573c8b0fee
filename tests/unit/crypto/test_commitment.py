from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core.errors import Refused
from cellchain.crypto.commitment import commit, opens
from cellchain.crypto.digest import sha256 as digest

salts = st.binary(min_size=16, max_size=255)


def test_the_formula_byte_for_byte():
    assert commit(b"s" * 16, b"value") == sha256(b"\x03\x10" + b"s" * 16 + b"value").digest()


@given(salts, st.binary(max_size=60))
def test_it_opens_to_what_it_was_made_of(salt: bytes, value: bytes):
    assert opens(commit(salt, value), salt, value)


@given(salts, st.binary(max_size=60), salts, st.binary(max_size=60))
def test_it_opens_to_nothing_else(salt: bytes, value: bytes, salt_2: bytes, value_2: bytes):
    same = (salt, value) == (salt_2, value_2)
    assert opens(commit(salt, value), salt_2, value_2) is same


@given(st.binary(min_size=17, max_size=60))
def test_no_byte_wanders_from_value_into_salt(whole: bytes):
    places = range(16, len(whole) + 1)
    assert len({commit(whole[:cut], whole[cut:]) for cut in places}) == len(places)


@pytest.mark.parametrize("length", [0, 15, 256])
def test_a_salt_that_can_be_guessed_is_refused(length: int):
    with pytest.raises(Refused, match=r"commitment\.salt"):
        commit(bytes(length), b"42")
    assert not opens(bytes(32), bytes(length), b"42")


def test_digest_is_sha_256_of_fips_180_4():
    assert digest(b"abc").hex().startswith("ba7816bf8f01cfea")
