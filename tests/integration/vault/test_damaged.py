"""A record that cannot be used is shown as closed, and named to whoever runs the home."""

from __future__ import annotations

import os

import msgspec
import pytest

from cellchain.adapters.vault.looking import look_at_index
from cellchain.core.errors import Corrupt
from cellchain.core.names import Digest
from cellchain.crypto.commitment import commit
from cellchain.crypto.envelope import seal_part
from cellchain.services.vault import Private, sealing
from tests.integration.vault.given import MAKER, WORKSHOP, Table, label, new_home, opened

SALT = b"s" * 16


@pytest.fixture
def home(tmp_path):
    return new_home(tmp_path / "h")


def enter(vault, value, *, commitment=None, part=None, key=None):
    """Enter a value that its owner closed as it likes; return its commitment."""
    said = commitment or Digest(commit(SALT, value or b"").hex())
    data_key = os.urandom(32)
    private = Private(salt=SALT, media_type="application/json", file_name="", value=value)
    size = len(value or b"")
    record = sealing.sealed_record(
        data_key, private, said, label(), MAKER, size_bytes=size, kept_ms=1
    )
    if part is not None:
        sealed = seal_part(data_key, label(), f"{said} {MAKER} - {size}", part)
        record = msgspec.structs.replace(record, sealed=sealed)
    wraps = sealing.wraps_for(key or data_key, label(), [vault.recipient(MAKER)])
    vault.index.add([(record, wraps)])
    return said


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"value": b'"x"', "commitment": Digest("ab" * 32)}, "vault.commitment"),
        ({"value": b'{"a": 1}'}, "canonical.not_canonical"),
        ({"value": b"{"}, "canonical.malformed"),
        ({"value": b"1.5"}, "canonical.float"),
        ({"value": b"\xff"}, "canonical.malformed"),
        ({"value": b"[" * 900}, "canonical.too_deep"),
        ({"value": b'"x"', "part": b"no such thing"}, "vault.private_part"),
        ({"value": b'"x"', "part": msgspec.msgpack.encode({"salt": 1})}, "vault.private_part"),
        ({"value": None}, "vault.private_part"),
        ({"value": b'"x"', "key": bytes(32)}, "envelope.altered"),
    ],
)
def test_what_cannot_be_used_is_closed_and_named(home, how, code):
    with opened(home, Table(), [MAKER, WORKSHOP]) as found:
        commitment = enter(found.vault, **how)
        for _ in range(2):
            assert found.vault.value(commitment) is None
    with pytest.raises(Corrupt, match=r"vault\.damaged") as caught:
        look_at_index(home.folder / "vault" / "index.db")
    assert f"1 of 1 cannot be used and are shown as closed, among them {commitment}" in str(
        caught.value
    )
    assert code in str(caught.value)


def test_a_wrap_for_another_key_closes_a_value(home):
    with opened(home, Table(), [MAKER, WORKSHOP]) as found:
        commitment = enter(found.vault, b'"x"')
        record, (wrap,) = found.index.find(commitment, [MAKER])
        junk = msgspec.structs.replace(wrap, wrapped_key=bytes(len(wrap.wrapped_key)))
        found.index.put_wraps([(record.commitment, junk)])
        assert found.vault.value(commitment) is None


def test_what_is_in_the_way_of_the_vault_itself_is_told(home, monkeypatch):
    with opened(home, Table(), [MAKER]) as found:
        commitment = enter(found.vault, b'"x"')

        def damaged(*_):
            raise Corrupt("vault.index_damaged", "a disk is dying")

        monkeypatch.setattr(found.index, "find", damaged)
        with pytest.raises(Corrupt, match=r"vault\.index_damaged"):
            found.vault.value(commitment)


def test_only_so_many_are_remembered_and_what_is_erased_is_forgotten(home, monkeypatch):
    monkeypatch.setattr("cellchain.adapters.vault.index._DAMAGED_MAX", 2)
    path = home.folder / "vault" / "index.db"
    with opened(home, Table(), [MAKER]) as found:
        said = [enter(found.vault, value) for value in (b"{1", b"{2", b"{3")]
        assert [found.vault.value(one) for one in said] == [None] * 3
        with pytest.raises(Corrupt, match="2 of 3 cannot be used"):
            look_at_index(path)
        for one in said:
            found.vault.discard(one)
    assert look_at_index(path) == "0 documents and values"
