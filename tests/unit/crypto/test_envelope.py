from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cellchain.core.errors import Corrupt, Refused
from cellchain.crypto.envelope import (
    WRAPPED_KEY_BYTES,
    Envelope,
    Label,
    Recipient,
    erase,
    new_opening_key,
    open_envelope,
    open_part,
    opening_public_key,
    rewrap,
    seal,
    seal_part,
    unwrap_key,
    without_wraps,
    wrap_key,
)

LABEL = Label(record="passport/7", version=1, access_class="interest")
KEYS = {name: new_opening_key() for name in ("maker", "workshop", "authority")}
CONTENT = b'{"soh_ppm":912000}'


def recipient(name: str, epoch: int = 1) -> Recipient:
    return Recipient(name=name, epoch=epoch, public_key=opening_public_key(KEYS[name]))


def sealed(*names: str) -> Envelope:
    return seal(CONTENT, LABEL, [recipient(name) for name in names])


@given(st.binary(max_size=500))
def test_each_recipient_opens_it(content: bytes):
    envelope = seal(content, LABEL, [recipient("maker"), recipient("workshop")])
    assert open_envelope(envelope, "maker", KEYS["maker"]) == content
    assert open_envelope(envelope, "workshop", KEYS["workshop"]) == content


def test_it_travels_as_bytes():
    envelope = sealed("maker")
    back = msgspec.msgpack.decode(msgspec.msgpack.encode(envelope), type=Envelope)
    assert back == envelope
    assert len(back.wraps[0].wrapped_key) == WRAPPED_KEY_BYTES


def test_equal_contents_do_not_look_alike():
    first, second = sealed("maker"), sealed("maker")
    assert first.ciphertext != second.ciphertext
    assert first.wraps[0].wrapped_key != second.wraps[0].wrapped_key


def test_a_holder_lets_another_in():
    envelope = rewrap(sealed("maker"), "maker", KEYS["maker"], recipient("authority"))
    assert open_envelope(envelope, "authority", KEYS["authority"]) == CONTENT
    assert open_envelope(envelope, "maker", KEYS["maker"]) == CONTENT


def test_a_rotated_key_replaces_the_older_wrap():
    envelope = rewrap(sealed("maker"), "maker", KEYS["maker"], recipient("maker", epoch=2))
    assert [wrap.epoch for wrap in envelope.wraps] == [2]
    assert open_envelope(envelope, "maker", KEYS["maker"]) == CONTENT


def test_a_dropped_recipient_is_out_and_the_others_stay():
    envelope = without_wraps(sealed("maker", "workshop"), ["workshop"])
    assert open_envelope(envelope, "maker", KEYS["maker"]) == CONTENT
    with pytest.raises(Refused, match=r"envelope\.not_recipient"):
        open_envelope(envelope, "workshop", KEYS["workshop"])


def test_without_wraps_it_is_erased():
    envelope = erase(sealed("maker"))
    with pytest.raises(Refused, match=r"envelope\.not_recipient"):
        open_envelope(envelope, "maker", KEYS["maker"])


def moved_wrap(envelope: Envelope) -> Envelope:
    return replace(envelope, wraps=(replace(envelope.wraps[0], recipient="workshop"),))


REFUSED = {
    "another key": (lambda e: e, "maker", "workshop"),
    "a wrap under another name": (moved_wrap, "workshop", "maker"),
    "a wrap of another epoch": (
        lambda e: replace(e, wraps=(replace(e.wraps[0], epoch=2),)),
        "maker",
        "maker",
    ),
    "a wrap of another record": (
        lambda e: replace(e, label=replace(e.label, record="passport/8")),
        "maker",
        "maker",
    ),
    "a cut wrap": (
        lambda e: replace(e, wraps=(replace(e.wraps[0], wrapped_key=b"short"),)),
        "maker",
        "maker",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrap_opens_in_its_own_place_only(name: str):
    change, reader, key = REFUSED[name]
    with pytest.raises(Refused, match=r"envelope\.wrong_key"):
        open_envelope(change(sealed("maker")), reader, KEYS[key])


ALTERED = {
    "version": lambda e: replace(e, label=replace(e.label, version=2)),
    "class": lambda e: replace(e, label=replace(e.label, access_class="public")),
    "content": lambda e: replace(e, ciphertext=bytes([e.ciphertext[0] ^ 1]) + e.ciphertext[1:]),
    "cut content": lambda e: replace(e, ciphertext=e.ciphertext[:5]),
    "nonce": lambda e: replace(e, nonce=bytes(12)),
    "no nonce": lambda e: replace(e, nonce=b""),
}


@pytest.mark.parametrize("name", ALTERED)
def test_what_was_sealed_cannot_be_altered(name: str):
    with pytest.raises(Corrupt, match=r"envelope\.altered"):
        open_envelope(ALTERED[name](sealed("maker")), "maker", KEYS["maker"])


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(32)], ids=["none", "short", "small order"])
def test_an_unusable_opening_key_is_refused(key: bytes):
    with pytest.raises(Refused, match=r"envelope\.public_key"):
        seal(CONTENT, LABEL, [Recipient(name="maker", epoch=1, public_key=key)])


@pytest.mark.parametrize("names", [(), ("maker", "maker")], ids=["nobody", "twice"])
def test_one_wrap_for_each_recipient(names: tuple[str, ...]):
    with pytest.raises(Refused, match=r"envelope\.recipient"):
        sealed(*names)


def test_reading_the_module_does_not_load_openssl():
    program = "import sys, cellchain.crypto.envelope; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_part_opens_in_its_own_place_only():
    key = bytes(32)
    closed = seal_part(key, LABEL, "salt", CONTENT)
    assert open_part(key, LABEL, "salt", closed) == CONTENT
    for label, part, data in (
        (LABEL, "name", closed),
        (replace(LABEL, version=2), "salt", closed),
        (LABEL, "salt", closed[:-1]),
        (LABEL, "salt", b""),
    ):
        with pytest.raises(Corrupt, match=r"envelope\.altered"):
            open_part(key, label, part, data)


def test_a_wrap_stands_by_itself():
    wrap = wrap_key(bytes(32), LABEL, recipient("maker"))
    assert unwrap_key(wrap, LABEL, KEYS["maker"]) == bytes(32)
    with pytest.raises(Refused, match=r"envelope\.wrong_key"):
        unwrap_key(wrap, replace(LABEL, record="passport/8"), KEYS["maker"])
