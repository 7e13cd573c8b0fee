from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellchain.core.errors import Corrupt, Refused
from cellchain.crypto import signatures
from cellchain.crypto.signatures import SigningKey, self_test, verify

KEY = SigningKey(bytes(range(32)))


def test_rfc_8032_section_7_1_test_2():
    seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
    public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    signature = (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    key = SigningKey(bytes.fromhex(seed))
    assert key.key_id == public
    assert key.sign(b"\x72").hex() == signature


@given(st.binary(max_size=300))
def test_what_is_signed_verifies(message: bytes):
    assert verify(KEY.public_key, message, KEY.sign(message))


@given(st.binary(min_size=1, max_size=100), st.integers(min_value=0), st.integers(0, 7))
def test_any_flipped_bit_is_found(message: bytes, place: int, bit: int):
    parts = KEY.public_key + KEY.sign(message) + message
    flipped = bytearray(parts)
    flipped[place % len(parts)] ^= 1 << bit
    changed = bytes(flipped)
    assert not verify(changed[:32], changed[96:], changed[32:96])


@given(st.binary(max_size=70), st.binary(max_size=70), st.binary(max_size=130))
def test_nothing_makes_it_raise(public_key: bytes, message: bytes, signature: bytes):
    assert verify(public_key, message, signature) is False


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_key_of_another_length_is_a_plain_no(length: int):
    assert not verify(bytes(length), b"m", KEY.sign(b"m"))


@pytest.mark.parametrize("cut", [0, 1, 63])
def test_bytes_do_not_wander_between_signature_and_message(cut: int):
    whole = KEY.sign(b"message") + b"message"
    assert not verify(KEY.public_key, whole[cut:], whole[:cut])


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_seed_has_32_bytes(length: int):
    with pytest.raises(Refused, match=r"signature\.seed"):
        SigningKey(bytes(length))


def test_a_key_shows_its_public_half_only():
    shown = repr(KEY) + str(KEY)
    assert KEY.key_id in shown
    assert KEY.seed().hex() not in shown
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(KEY)


def test_the_installed_library_passes_its_self_test():
    self_test()


def test_another_library_is_corrupt(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(signatures, "verify", lambda *_: True)
    with pytest.raises(Corrupt, match=r"signature\.library: .*VVVVVVVVVVVV"):
        self_test()
