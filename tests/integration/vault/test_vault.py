"""Who may read reads; whoever may not learns nothing, not even that there is something."""

from __future__ import annotations

import sqlite3

import msgspec
import pytest

from cellchain.core.errors import Corrupt, Refused
from cellchain.core.names import Digest
from cellchain.crypto.commitment import opens
from cellchain.services.vault import Limits, Statement, rotation, value_bytes
from cellchain.services.vault.parcel import Parcel, pack
from tests.integration.vault.given import (
    LAW,
    MAKER,
    STRANGER,
    WORKSHOP,
    Clock,
    Table,
    content,
    keep,
    label,
    new_home,
    opened,
    take_in,
)

EVERYONE = (MAKER, WORKSHOP, LAW, STRANGER)
NOWHERE = Digest("ab" * 32)


@pytest.fixture
def members():
    return Table()


@pytest.fixture
def home(tmp_path):
    return new_home(tmp_path / "h")


@pytest.fixture
def vault(home, members):
    with opened(home, members, EVERYONE) as found:
        yield found.vault


def refusal(act):
    with pytest.raises((Refused, Corrupt)) as caught:
        act()
    return caught.value.code, caught.value.text, caught.value.remedy


@pytest.mark.parametrize("lost", [MAKER, WORKSHOP])
def test_one_wrap_that_opens_is_enough(vault, lost):
    kept = keep(vault, readers=(WORKSHOP,))
    record, wraps = vault.index.find(kept.commitment, [WORKSHOP, MAKER])
    assert [wrap.recipient for wrap in wraps] == [MAKER, WORKSHOP]
    vault.index.put_wraps(
        (record.commitment, msgspec.structs.replace(w, epoch=w.epoch + 1))
        for w in wraps
        if w.recipient == lost  # of an epoch whose key is elsewhere
    )
    vault.grant(kept.commitment, LAW)
    assert content(vault, kept.commitment, LAW) == b"a test report"


@pytest.mark.parametrize(
    ("access", "readers"),
    [
        ("private", {MAKER, WORKSHOP}),
        ("legitimate-interest", {MAKER, WORKSHOP}),
        ("authority", {MAKER, WORKSHOP, LAW}),
        ("public", {MAKER, WORKSHOP, LAW, STRANGER, None}),
    ],
)
def test_owner_recipients_and_the_class_say_who_opens(vault, access, readers):
    kept = keep(vault, access=access, readers=(WORKSHOP,))
    for reader in (*EVERYONE, None):
        if reader in readers:
            assert content(vault, kept.commitment, reader) == b"a test report"
        else:
            code, _, _ = refusal(lambda reader=reader: vault.open(kept.commitment, reader))
            assert code == "vault.unknown"
        assert vault.may_open([kept.commitment], reader) == (
            {kept.commitment} if reader in readers else set()
        )


def test_what_one_may_not_open_looks_like_what_is_not_there(vault):
    kept = keep(vault)
    asked = []
    vault.index.find = lambda *a, find=vault.index.find: asked.append(a[1]) or find(*a)
    hidden = refusal(lambda: vault.open(kept.commitment, STRANGER))
    absent = refusal(lambda: vault.open(NOWHERE, STRANGER))
    assert hidden == absent
    assert asked[0] == asked[1]  # the same questions, nothing more


def test_a_document_opens_with_its_description_and_any_part_of_it(vault):
    kept = keep(vault, bytes(range(256)) * 9000)
    document = vault.open(kept.commitment, MAKER)
    assert (document.media_type, document.file_name) == ("text/plain", "report.txt")
    assert document.size_bytes == kept.size_bytes == 256 * 9000
    assert b"".join(document.read(1_048_570, 1_048_580)) == bytes(
        (i % 256) for i in range(250, 260)
    )


def test_nothing_readable_lies_on_the_disk(home, vault):
    secret = b"lithium 0.0716 of it, secretly"
    keep(vault, secret)
    vault.keep_values([statement(secret.decode())])
    found = [path for path in home.folder.rglob("*") if path.is_file()]
    assert len(found) > 5
    for path in found:
        data = path.read_bytes()
        assert secret not in data
        assert b"report.txt" not in data


def statement(value, *, record="01/1/21/X#weight", readers=(), access="private", salt=None):
    return Statement(
        label=label(record, access),
        owner=MAKER,
        recipients=readers,
        value=value_bytes(value),
        salt=salt,
    )


def test_values_come_back_as_they_were_said(vault):
    values = [7, "Dynamo Packs", {"status": "original", "n": [1, None]}, True]
    commitments = vault.keep_values([statement(value) for value in values])
    assert [vault.value(commitment) for commitment in commitments] == values
    assert vault.value(NOWHERE) is None
    assert opens(
        bytes.fromhex(vault.keep_values([statement(1, salt=bytes(16))])[0]), bytes(16), b"1"
    )


def test_values_are_kept_all_or_none(vault):
    good, large = statement(1, salt=bytes(16)), statement("x" * 5000)
    assert refusal(lambda: vault.keep_values([good, large]))[0] == "vault.too_large"
    (kept,) = vault.keep_values([good])
    assert refusal(lambda: vault.keep_values([statement(2), good]))[0] == "vault.exists"
    assert [record.commitment for record, _ in vault.index.listed([MAKER])] == [kept]


def test_a_granted_party_opens_until_it_is_revoked(vault):
    kept = keep(vault)
    vault.grant(kept.commitment, WORKSHOP)
    assert content(vault, kept.commitment, WORKSHOP) == b"a test report"
    vault.revoke(kept.commitment, WORKSHOP)
    again = keep(vault, b"the next version")
    for commitment in (kept.commitment, again.commitment):
        unknown = refusal(lambda commitment=commitment: vault.open(commitment, WORKSHOP))
        assert unknown == refusal(lambda: vault.open(NOWHERE, WORKSHOP))
    assert content(vault, again.commitment, MAKER) == b"the next version"


def test_a_rotation_wraps_anew_and_destroys_the_old_key(home, vault, members):
    kept = [keep(vault, record=f"D-{n}", readers=(WORKSHOP,)).commitment for n in range(3)]
    old = vault.keys.private_key(WORKSHOP, 1)
    members.take(WORKSHOP, rotation.prepare(vault, WORKSHOP))
    assert content(vault, kept[0], WORKSHOP) == b"a test report"  # between the steps as well
    assert rotation.finish(vault, WORKSHOP) == 3
    assert vault.keys.epochs(WORKSHOP) == [2]
    assert vault.keys.private_key(WORKSHOP, 2) != old
    for commitment in kept:
        assert content(vault, commitment, WORKSHOP) == b"a test report"
    assert rotation.finish(vault, WORKSHOP) == 0


def test_a_rotation_that_was_cut_off_begins_where_it_was(home, vault, members):
    first = rotation.prepare(vault, WORKSHOP)
    assert rotation.prepare(vault, WORKSHOP) == first  # killed before the ledger had it
    members.take(WORKSHOP, first)
    kept = keep(vault, readers=(WORKSHOP,)).commitment
    with opened(home, members) as again:  # killed after that
        assert rotation.finish(again.vault, WORKSHOP) == 0
        assert content(again.vault, kept, WORKSHOP) == b"a test report"


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda v: keep(v, readers=("ghost",)), "vault.no_opening_key"),
        (lambda v: keep(v, owner="ghost"), "vault.no_opening_key"),
        (lambda v: v.grant(NOWHERE, WORKSHOP), "vault.unknown"),
        (lambda v: v.grant(keep(v).commitment, "ghost"), "vault.no_opening_key"),
        (lambda v: v.revoke(keep(v).commitment, WORKSHOP), "vault.unknown"),
        (lambda v: v.revoke(keep(v).commitment, MAKER), "vault.owner"),
        (lambda v: v.read_object(NOWHERE), "vault.unknown"),
        (lambda v: keep(v, readers=[f"p-{n}" for n in range(300)]), "vault.recipients"),
        (lambda v: described(v, media_type="text"), "vault.media_type"),
        (lambda v: described(v, media_type="text/html; x=<script>"), "vault.media_type"),
        (lambda v: described(v, file_name="../../etc/passwd"), "vault.file_name"),
        (lambda v: described(v, file_name="a\u202eexe.pdf"), "vault.file_name"),
        (lambda v: described(v, file_name="x" * 201), "vault.file_name"),
        (lambda v: take_in(v, b"[]"), "vault.parcel"),
        (lambda v: take_in(v, forged(v, size_bytes=-1)), "envelope.altered"),
        (lambda v: take_in(v, forged(v, owner=STRANGER)), "envelope.altered"),
        (lambda v: take_in(v, forged(v, address="../../x")), "vault.parcel"),
        (lambda v: take_in(v, forged(v, label=label("D-9"))), "envelope.wrong_key"),
        (lambda v: take_in(v, b"\xff" * 70_000), "vault.parcel"),
    ],
)
def test_refusals(vault, act, code):
    assert refusal(lambda: act(vault))[0] == code


def forged(vault, **changed):
    parcel = msgspec.json.decode(pack(vault, keep(vault).commitment, MAKER), type=Parcel)
    record = msgspec.structs.replace(parcel.record, **changed)
    return msgspec.json.encode(msgspec.structs.replace(parcel, record=record))


def described(vault, media_type="text/plain", file_name="a.txt"):
    vault.keep([b"x"], label(), owner=MAKER, media_type=media_type, file_name=file_name)


def test_a_document_beyond_the_limit_leaves_nothing(home, members):
    with opened(home, members, [MAKER], limits=Limits(document_bytes_max=10)) as found:
        assert refusal(lambda: keep(found.vault))[0] == "vault.too_large"
        assert list(found.vault.objects.addresses()) == []
        assert list((home.folder / "vault" / "incoming").iterdir()) == []


def test_an_altered_ciphertext_is_found_out(home, vault):
    kept = keep(vault)
    (path,) = (home.folder / "vault" / "objects").glob("??/*")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(Corrupt, match=r"stream\.altered"):
        content(vault, kept.commitment, MAKER)
    path.unlink()
    with pytest.raises(Corrupt, match=r"vault\.object_missing"):
        content(vault, kept.commitment, MAKER)


def test_a_row_moved_to_another_commitment_does_not_open(home, vault):
    kept = keep(vault)
    with sqlite3.connect(home.folder / "vault" / "index.db") as db:
        db.execute("UPDATE record SET commitment = ?", (NOWHERE,))
        db.execute("UPDATE wrap SET commitment = ?", (NOWHERE,))
    db.close()
    with pytest.raises(Corrupt, match=r"envelope\.altered"):
        vault.open(NOWHERE, MAKER)
    assert vault.value(kept.commitment) is None


def test_a_ciphertext_without_a_row_is_swept_after_a_day(home, members):
    clock = Clock()
    with opened(home, members, [MAKER], now_ms=clock) as found:
        kept = keep(found.vault)
        orphan = found.vault.objects.put([b"a crash came before the row"])
        clock.now = 1
        assert found.vault.sweep() == 0
        clock.now = 2**50
        assert found.vault.sweep() == 1
        assert found.vault.objects.size_bytes(orphan) is None
        assert content(found.vault, kept.commitment, MAKER) == b"a test report"


def test_a_parcel_opens_at_the_other_home(home, vault, members, tmp_path):
    there = new_home(tmp_path / "there")
    with opened(there, members, ["far"]) as other:
        vault.keep_values([said := statement("open secret", readers=("far",), access="public")])
        (record, _) = vault.index.listed([MAKER])[0]
        parcel = pack(vault, record.commitment, "far")
        assert b"open secret" not in parcel
        assert refusal(lambda: take_in(other.vault, parcel, party=STRANGER))[0] == "vault.parcel"
        assert take_in(other.vault, parcel, party="far") == record
        assert other.vault.value(record.commitment) == "open secret"
        assert content(other.vault, record.commitment, None) == said.value
        assert refusal(lambda: take_in(other.vault, parcel))[0] == "vault.exists"
        assert refusal(lambda: take_in(vault, parcel))[0] == "vault.parcel"
        assert refusal(lambda: pack(vault, record.commitment, STRANGER))[0] == "vault.unknown"
