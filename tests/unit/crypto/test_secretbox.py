from __future__ import annotations

import json

import pytest

from cellchain.core.canonical import canonical_bytes
from cellchain.core.errors import Refused
from cellchain.crypto.secretbox import lock, unlock

SECRET = bytes(range(32))
BOX = lock(SECRET, "correct horse")


def changed(**fields: object) -> bytes:
    return canonical_bytes(json.loads(BOX) | fields)


def test_the_passphrase_opens_it():
    assert unlock(BOX, "correct horse") == SECRET
    assert unlock(BOX + b"\n", "correct horse") == SECRET


def test_equal_secrets_do_not_look_alike():
    assert lock(SECRET, "correct horse") != BOX
    assert SECRET.hex().encode() not in BOX


def test_a_wrong_passphrase_is_refused():
    with pytest.raises(Refused, match=r"key\.passphrase") as refusal:
        unlock(BOX, "correct horsf")
    assert "horsf" not in str(refusal.value)
    assert refusal.value.remedy


@pytest.mark.parametrize("passphrase", ["", "seven b"])
def test_a_weak_passphrase_is_refused(passphrase: str):
    with pytest.raises(Refused, match=r"key\.weak_passphrase"):
        lock(SECRET, passphrase)


ALTERED = {
    "salt": {"salt": "00" * 16},
    "operations": {"operations": 1},
    "memory": {"memory_bytes": 32 * 1024 * 1024},
    "box": {"box": "00" * 72},
    "empty box": {"box": ""},
}


@pytest.mark.parametrize("name", ALTERED)
def test_an_altered_box_does_not_open(name: str):
    with pytest.raises(Refused, match=r"key\.passphrase"):
        unlock(changed(**ALTERED[name]), "correct horse")


MALFORMED = {
    "nothing": b"",
    "not json": b"-----BEGIN",
    "a list": b"[]",
    "not canonical": BOX.replace(b",", b", "),
    "another version": changed(kind="cellchain.secretbox/2"),
    "another function": changed(function="scrypt"),
    "an unknown field": changed(hint="pet"),
    "odd hexadecimal": changed(salt="abc"),
    "a short salt": changed(salt="00"),
    "too much memory": changed(memory_bytes=2**40),
    "too many passes": changed(operations=10**9),
    "no memory": changed(memory_bytes=0),
    "no pass": changed(operations=0),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_box_is_refused(name: str):
    with pytest.raises(Refused, match=r"key\.malformed"):
        unlock(MALFORMED[name], "correct horse")
