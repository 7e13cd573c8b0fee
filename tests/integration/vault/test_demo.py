"""The vault of a demo home: every commitment of the story opens for whom it concerns."""

from __future__ import annotations

import pytest

from cellchain.adapters.demo_home import keep_said, new_demo_home
from cellchain.adapters.vault import open_vault
from cellchain.contracts import discover
from cellchain.contracts.document import Document
from cellchain.contracts.passport import Attribute
from cellchain.core.errors import Refused
from cellchain.services.demo import Dice, demo_genesis
from cellchain.services.demo.cast import AUTHORITY, CARRIER, PACK_MAKER, RECYCLER, WORKSHOP
from cellchain.services.vault import Documents, LedgerMembers
from tests.unit.services.demo.given import story


@pytest.fixture(scope="module")
def records():
    return story(5).application.state.records


@pytest.fixture(scope="module")
def documents(records, tmp_path_factory):
    state, dice = story(5).application.state, Dice(1)
    genesis = demo_genesis(dice, seed=1, batteries=5, contracts=discover())
    home = new_demo_home(tmp_path_factory.mktemp("demo") / "demo", genesis, dice)
    members = LedgerMembers(state.draft(), records.scan)
    keep_said(home, story(5).told, dice, members)
    opened = open_vault(home, members)
    yield Documents(opened.vault, state.draft(), opened.uploads)
    opened.close()


def test_every_present_value_of_every_passport_opens(documents, records):
    found = [record for _, record in records.scan(Attribute)]
    assert len(found) > 30
    assert all(documents.vault.value(record.value) is not None for record in found)


@pytest.mark.parametrize(
    ("document", "readers"),
    [
        ("CONFORMITY-DECLARATION", {PACK_MAKER, AUTHORITY, CARRIER, RECYCLER, WORKSHOP, None}),
        ("CYCLE-LIFE-TEST", {PACK_MAKER, AUTHORITY}),
        ("DISMANTLING-INSTRUCTIONS", {PACK_MAKER, RECYCLER}),
    ],
)
def test_documents_open_for_whom_they_concern(documents, document, readers):
    for reader in (PACK_MAKER, AUTHORITY, CARRIER, RECYCLER, WORKSHOP, None):
        assert documents.may_open([document], reader) == (
            {document} if reader in readers else set()
        )
        if reader in readers:
            opened = documents.open(document, reader)
            assert b"imulated: part of the cellchain demo" in b"".join(opened.stream)
            continue
        with pytest.raises(Refused, match=r"vault\.unknown"):
            documents.open(document, reader)


def test_every_document_of_the_story_is_there(documents, records):
    names = [name for name, _ in records.scan(Document)]
    assert len(names) == 6
    for name in names:
        owner = documents._book.get(Document, name).owner
        assert documents.open(name, owner).file_name.endswith((".md", ".txt"))
