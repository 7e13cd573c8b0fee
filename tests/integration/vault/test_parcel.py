"""A parcel is believed nothing: neither whose it is, nor where, nor what is in it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

import msgspec
import pytest

from cellchain.contracts.document import Document
from cellchain.contracts.passport import Attribute, Passport
from cellchain.core.errors import Corrupt, Refused, Unavailable
from cellchain.core.names import Digest
from cellchain.crypto.commitment import commit
from cellchain.crypto.stream import seal_stream
from cellchain.services.vault import Private, sealing
from cellchain.services.vault.in_book import require_in_book
from cellchain.services.vault.parcel import Parcel
from tests.integration.vault.given import (
    MAKER,
    WORKSHOP,
    Table,
    content,
    keep,
    label,
    new_home,
    opened,
    take_in,
)

SALT = b"s" * 16
REPORT = b"a forged report" * 10_000


@pytest.fixture
def home(tmp_path):
    return new_home(tmp_path / "h")


@pytest.fixture
def vault(home):
    with opened(home, Table(), [MAKER, WORKSHOP]) as found:
        yield found.vault


class Packed:
    """A parcel that somebody packs as it likes, for the workshop."""

    def __init__(self, vault, data=REPORT, *, key=None, inline=False, put=True, **how):
        self.key = key or os.urandom(32)
        about = how.get("label", label())
        self.commitment = how.get("commitment") or Digest(commit(SALT, data).hex())
        self.address = how.get("address")
        if not inline and self.address is None:
            self.address = vault.objects.put(seal_stream(self.key, about, iter((data,))))
            if not put:
                vault.objects.remove(self.address)
        private = Private(
            salt=SALT,
            media_type=how.get("media_type", "application/json"),
            file_name=how.get("file_name", ""),
            value=data if inline else None,
        )
        size, owner = how.get("size", len(data)), how.get("owner", MAKER)
        record = sealing.sealed_record(
            self.key, private, self.commitment, about, owner,
            address=self.address, size_bytes=size, kept_ms=1,
        )  # fmt: skip
        (wrap,) = sealing.wraps_for(self.key, about, [vault.recipient(WORKSHOP)])
        self.record, self.wrap = record, wrap
        self.bytes = msgspec.json.encode(Parcel(record=record, wrap=wrap))


def refusal(act):
    with pytest.raises((Refused, Corrupt, Unavailable)) as caught:
        act()
    return caught.value.code


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"commitment": Digest("ab" * 32)}, "vault.commitment"),
        ({"commitment": Digest("ab" * 32), "inline": True}, "vault.commitment"),
        ({"size": 10}, "vault.commitment"),
        ({"inline": True, "size": 10}, "vault.parcel"),
        ({"inline": True, "address": "ab" * 32}, "vault.parcel"),
        ({"address": "ab" * 32}, "vault.not_fetched"),
        ({"put": False}, "vault.not_fetched"),
        ({"media_type": "text/html\r\nset-cookie: x=y"}, "vault.media_type"),
        ({"file_name": "../../x"}, "vault.file_name"),
    ],
)
def test_what_does_not_fit_is_not_taken_in(vault, how, code):
    packed = Packed(vault, b"short" if how.get("inline") else REPORT, **how)
    assert refusal(lambda: take_in(vault, packed.bytes)) == code
    assert vault.index.listed([MAKER, WORKSHOP]) == []
    assert not vault.may_open([packed.commitment], WORKSHOP)


def test_what_was_fetched_in_vain_does_not_stay(vault):
    packed = Packed(vault, commitment=Digest("ab" * 32))
    closed = b"".join(vault.objects.read(packed.address, 0, 10**9))
    vault.objects.remove(packed.address)

    class Elsewhere:
        def fetch(self, address, *, size_bytes):
            assert (address, size_bytes) == (packed.address, len(closed))
            yield closed

    vault.contents._source = Elsewhere()
    assert refusal(lambda: take_in(vault, packed.bytes)) == "vault.commitment"
    assert list(vault.objects.addresses()) == []


def test_the_ciphertext_of_another_record_cannot_be_claimed(vault):
    kept = keep(vault, REPORT, readers=(WORKSHOP,))
    record, (wrap,) = vault.index.find(kept.commitment, [WORKSHOP])
    key = vault.unwrapped(wrap, record.label)  # whoever may open it has it
    packed = Packed(vault, REPORT, key=key, address=kept.address, owner=WORKSHOP)
    assert packed.commitment != kept.commitment
    assert refusal(lambda: take_in(vault, packed.bytes)) == "vault.address"
    assert content(vault, kept.commitment, MAKER) == REPORT


@pytest.mark.parametrize("broken", [MAKER, WORKSHOP])
def test_a_broken_wrap_hides_no_other(vault, broken):
    kept = keep(vault, REPORT, readers=(WORKSHOP,))
    _, (wrap,) = vault.index.find(kept.commitment, [broken])
    junk = msgspec.structs.replace(wrap, wrapped_key=bytes(len(wrap.wrapped_key)))
    vault.index.put_wraps([(kept.commitment, junk)])
    vault.grant(kept.commitment, broken)
    assert content(vault, kept.commitment, broken) == REPORT


def entered(home, packed):
    """Enter a parcel as homes did that believed it."""
    about, record, wrap = packed.record.label, packed.record, packed.wrap
    with closing(sqlite3.connect(home.folder / "vault" / "index.db")) as db, db:
        db.execute(
            "INSERT INTO record VALUES (?,?,?,?,?,?,?,?,?,0)",
            (record.commitment, about.record, about.version, about.access_class, record.owner,
             record.sealed, record.address, record.size_bytes, record.kept_ms),
        )  # fmt: skip
        db.execute(
            "INSERT INTO wrap VALUES (?,?,?,?)",
            (record.commitment, wrap.recipient, wrap.epoch, wrap.wrapped_key),
        )


def test_the_right_parcel_takes_the_place_of_a_wrong_one(home, vault):
    right = Packed(vault)
    entered(home, Packed(vault, b"squatter", commitment=right.commitment))
    take_in(vault, right.bytes)
    assert content(vault, right.commitment, WORKSHOP) == REPORT
    again = Packed(vault)
    assert again.commitment == right.commitment
    assert refusal(lambda: take_in(vault, again.bytes)) == "vault.exists"


def test_a_record_that_fits_and_was_never_checked_stays(home, vault):
    there = Packed(vault)
    entered(home, there)
    assert refusal(lambda: take_in(vault, Packed(vault).bytes)) == "vault.exists"
    assert vault.index.find(there.commitment, [WORKSHOP])[0] == there.record


@pytest.mark.parametrize("inline", [True, False])
def test_not_one_byte_is_sent_of_what_was_never_checked_and_does_not_fit(home, vault, inline):
    packed = Packed(vault, b"forged", commitment=Digest("ab" * 32), inline=inline)
    entered(home, packed)
    assert refusal(lambda: vault.open(packed.commitment, WORKSHOP)) == "vault.commitment"


def test_what_was_never_checked_is_checked_once(home, vault, monkeypatch):
    packed = Packed(vault)
    entered(home, packed)
    part = vault.open(packed.commitment, WORKSHOP).read(5, 9)
    assert b"".join(part) == REPORT[5:9]
    monkeypatch.setattr(vault.contents, "check", None)
    assert content(vault, packed.commitment, WORKSHOP) == REPORT


def test_an_older_index_is_given_what_it_lacks(home):
    members = Table()
    with opened(home, members, [MAKER]) as found:
        kept = keep(found.vault, REPORT)
    with closing(sqlite3.connect(home.folder / "vault" / "index.db")) as db, db:
        db.execute("ALTER TABLE record DROP COLUMN checked")
    with opened(home, members) as again:
        assert not again.index.checked(kept.commitment)
        assert content(again.vault, kept.commitment, MAKER) == REPORT
        assert again.index.checked(kept.commitment)


class Book:
    """A book of a document, a value and a passport."""

    said = Digest("ab" * 32)
    model = "01/04012345678901"

    def find(self, record, subject):
        about = {
            (Document, "D-1"): Document(
                owner=MAKER, commitment=self.said, access="private", registered_ms=1
            ),
            (Attribute, f"{self.model}#weight"): Attribute(
                value=self.said, stated_by=MAKER, stated_ms=1, version=1
            ),
            (Passport, self.model): Passport(
                level="model", category="ev", operator=MAKER, commitment=self.said
            ),
        }
        return about.get((record, subject))


@pytest.mark.parametrize(
    ("about", "changed", "fits"),
    [
        (label(), {}, True),
        (label(), {"owner": WORKSHOP}, False),
        (label(), {"commitment": Digest("cd" * 32)}, False),
        (label(access="public"), {}, False),
        (label(version=2), {}, False),
        (label("D-2"), {}, False),
        (label(f"{Book.model}#weight", "public", 3), {}, True),
        (label(f"{Book.model}#weight", "private", 3), {}, False),
        (label(f"{Book.model}#weight", "public"), {"owner": WORKSHOP}, False),
        (label(f"{Book.model}#capacity", "public"), {}, False),
        (label(f"{Book.model}#nonsense", "public"), {}, False),
        (label(f"{Book.model}#*"), {}, True),
        (label(f"{Book.model}#*", "public"), {}, False),
        (label(Book.model), {}, False),
        (label(""), {}, False),
    ],
)
def test_the_book_says_whose_a_record_is(vault, about, changed, fits):
    how = {"commitment": Book.said, **changed}
    packed = Packed(vault, b"x", inline=True, label=about, **how)
    if fits:
        require_in_book(Book(), packed.record)
    else:
        code = refusal(lambda: require_in_book(Book(), packed.record))
        assert code == "vault.not_in_book"


def test_what_the_book_does_not_say_is_not_taken_in(vault):
    packed = Packed(vault, b"x", inline=True)

    def require(record):
        require_in_book(Book(), record)

    assert refusal(lambda: take_in(vault, packed.bytes, require)) == "vault.not_in_book"
    assert vault.index.listed([WORKSHOP]) == []
