"""Events as sentences."""

from __future__ import annotations

from string import Formatter

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cellchain.contracts import discover
from cellchain.ledger.contract import kind_of
from cellchain.ledger.view import EventRow
from cellchain.web.frame.happened import SENTENCES, happened

BATTERY = "01/09506000134628/21/P1"


def event(kind: str, **fields: object) -> EventRow:
    return EventRow(
        position=1,
        height=1,
        time_ms=0,
        transaction=None,
        sender="cars",
        kind=f"{kind}/1",
        subject="subject",
        entry=msgspec.json.encode(fields).decode(),
    )


def test_an_offer_says_who_to_whom() -> None:
    told = happened(event("custody.offered", battery=BATTERY, receiver="packs"), {"cars": "Cars"})
    assert told.striptags() == "Cars offered P1 to packs"
    assert f'href="/batteries/{BATTERY}"' in told


def test_on_its_own_page_a_battery_is_no_link() -> None:
    assert "href" not in happened(event("custody.registered", battery=BATTERY), here=BATTERY)


def test_sentences_are_about_events_and_fields_that_there_are() -> None:
    known = {
        kind_of(one).partition("/")[0]: set(one.__struct_fields__)
        for contract in discover().values()
        for one in contract.events
    }
    for kind, sentence in SENTENCES.items():
        named = {field for _, field, _, _ in Formatter().parse(sentence) if field}
        assert named <= known.get(kind, set()), kind


def test_a_kind_without_a_sentence_is_told_by_kind_and_subject() -> None:
    assert happened(event("lease.ended")).striptags() == "cars · ended subject"


def test_an_entry_without_the_fields_of_its_sentence_is_told_all_the_same() -> None:
    assert "offered" in happened(event("custody.offered"))


@given(st.text())
def test_names_stay_text(name: str) -> None:
    told = str(happened(event("material.ran", process=name, run=name)))
    assert told.count("<") == 6  # three <bdi> of our own
    assert "<script" not in told
