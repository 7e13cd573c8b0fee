"""What an owner erases stays erased: after a crash, and after an older backup."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from cellchain.adapters import write_ahead
from cellchain.adapters.vault import ErasureFile, journal_path
from cellchain.core.errors import Corrupt, Refused
from cellchain.core.names import Digest
from cellchain.services.vault import Eraser, ErasureOrder
from tests.integration.vault.given import (
    MAKER,
    WORKSHOP,
    Table,
    content,
    keep,
    new_home,
    opened,
)


@pytest.fixture
def members():
    return Table()


@pytest.fixture
def home(tmp_path):
    return new_home(tmp_path / "h")


def order(commitment, party=MAKER):
    return ErasureOrder(commitment=commitment, party=party, erased_ms=1)


def objects_of(home):
    return list((home.folder / "vault" / "objects").glob("??/*"))


def rows_of(home):
    files = (home.folder / "vault").glob("index.db*")
    return b"".join(path.read_bytes() for path in files)


def test_keys_salt_and_ciphertext_are_destroyed(home, members):
    with opened(home, members, [MAKER, WORKSHOP]) as found:
        kept = keep(found.vault, readers=(WORKSHOP,))
        record, (wrap,) = found.index.find(kept.commitment, [MAKER])
        assert record.sealed in rows_of(home)
        assert found.eraser.apply_erasures([order(kept.commitment)]) == 1
        assert found.eraser.apply_erasures([order(kept.commitment)]) == 0
        for reader in (MAKER, WORKSHOP):
            with pytest.raises(Refused, match=r"vault\.unknown"):
                found.vault.open(kept.commitment, reader)
        assert objects_of(home) == []
        assert record.sealed not in rows_of(home)
        assert wrap.wrapped_key not in rows_of(home)
        with pytest.raises(Refused, match=r"vault\.erased"):
            found.index.add([(record, (wrap,))])


def test_a_reader_in_the_way_is_remembered(home, members, monkeypatch):
    monkeypatch.setattr(write_ahead, "WAIT_S", 0.1)
    with opened(home, members, [MAKER]) as found:
        kept = keep(found.vault)
        record, _ = found.index.find(kept.commitment, [MAKER])
        with closing(sqlite3.connect(home.folder / "vault" / "index.db")) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM record").fetchall()
            found.eraser.apply_erasures([order(kept.commitment)])
            assert found.index.owes_journal
            assert found.index.shorten_journal() == 0
            assert record.sealed in rows_of(home)
        assert found.index.shorten_journal() == 1
        assert not found.index.owes_journal
        assert record.sealed not in rows_of(home)


def test_an_order_touches_only_what_its_party_owns(home, members):
    with opened(home, members, [MAKER, WORKSHOP]) as found:
        kept = keep(found.vault, readers=(WORKSHOP,))
        found.eraser.apply_erasures([order(kept.commitment, WORKSHOP)])
        assert content(found.vault, kept.commitment, WORKSHOP) == b"a test report"


def test_an_object_stays_for_another_record_that_names_it(home, members):
    with opened(home, members, [MAKER, WORKSHOP]) as found:
        kept = keep(found.vault, readers=(WORKSHOP,))
        other = Digest("ab" * 32)
        with closing(sqlite3.connect(home.folder / "vault" / "index.db")) as db, db:
            db.execute(
                "INSERT INTO record SELECT ?, 'D-2', 1, access, ?, sealed, address, size_bytes, "
                "kept_ms, 1 FROM record WHERE commitment = ?",
                (other, WORKSHOP, kept.commitment),
            )
        found.eraser.apply_erasures([order(other, WORKSHOP)])
        assert content(found.vault, kept.commitment, MAKER) == b"a test report"
        assert found.index.doomed() == []
        found.eraser.apply_erasures([order(kept.commitment)])
        assert objects_of(home) == []


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", ["erase", "remove", "gone"])
def test_a_crash_between_two_steps_is_made_good_at_the_next_opening(home, members, step):
    def killed(*_):
        raise Killed

    with opened(home, members, [MAKER]) as found:
        kept = keep(found.vault)
        other = keep(found.vault, b"stays")
        where = found.vault.objects if step == "remove" else found.index
        setattr(where, step, killed)
        with pytest.raises(Killed):
            found.eraser.apply_erasures([order(kept.commitment)])
    with opened(home, members) as again:
        with pytest.raises(Refused, match=r"vault\.unknown"):
            again.vault.open(kept.commitment, MAKER)
        assert len(objects_of(home)) == 1
        assert again.index.doomed() == []
        assert content(again.vault, other.commitment, MAKER) == b"stays"


def test_an_intent_is_settled_by_what_the_ledger_says(home, members):
    with opened(home, members, [MAKER]) as found:
        first, second = keep(found.vault), keep(found.vault)
        found.index.intend([first.commitment, second.commitment], MAKER)
        assert found.eraser.settle([order(first.commitment)]) == [first.commitment]
        assert found.index.intended() == [(second.commitment, MAKER)]  # it may be on its way
        assert found.vault.may_open([first.commitment, second.commitment], MAKER) == {
            second.commitment
        }


def test_half_a_line_of_the_journal_has_not_happened(home):
    journal = ErasureFile(journal_path(home.folder))
    one, two = order(Digest("ab" * 32)), order(Digest("cd" * 32))
    journal.append([one])
    with journal_path(home.folder).open("ab") as file:
        file.write(b'{"commitment":"cd')
    assert journal.read() == [one]
    journal.append([two])
    assert journal.read() == [one, two]


def test_a_damaged_journal_stops_the_opening(home, members):
    journal_path(home.folder).write_bytes(b"erased?\n")
    with pytest.raises(Corrupt, match=r"vault\.journal"), opened(home, members):
        pass


def test_no_journal_orders_nothing(home, members):
    with opened(home, members) as found:
        assert isinstance(found.eraser, Eraser)
        assert found.journal.read() == []
