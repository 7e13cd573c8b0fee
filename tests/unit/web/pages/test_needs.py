"""What needs an organisation, as sentences."""

from __future__ import annotations

from cellchain.contracts.custody.view import CustodyRow
from cellchain.contracts.passport.view import DraftRow, LackingRow, Waiting
from cellchain.web.pages.overview import counted
from cellchain.web.pages.overview.needs import Need, needs, parties_in, pending

BATTERY = "01/09506000134628/21/P1"
NOTHING = Waiting(batteries=(), lots=(), drafts=(), lacking=(), offered=())


def offer(**changes: object) -> CustodyRow:
    fields = {
        "battery": BATTERY,
        "owner": "packs",
        "holder": "packs",
        "responsible": "packs",
        "gb_t_34014": "",
        "offered_to": "cars",
        "offered": ("holder", "owner"),
        "offer_ends_ms": 5,
    }
    return CustodyRow(**{**fields, **changes})  # type: ignore[arg-type]


def waiting(**changes: object) -> Waiting:
    return Waiting(**{**dict.fromkeys(NOTHING.__struct_fields__, ()), **changes})  # type: ignore[arg-type]


def told(need: Need) -> str:
    return f"{need.before} {need.name} {need.after}"


def test_nothing_waits() -> None:
    assert list(needs(NOTHING, 0, {})) == []


def test_an_offer_names_who_what_and_until_when() -> None:
    (need,) = needs(waiting(batteries=(offer(),)), 0, {"packs": "Dynamo Packs"})
    assert told(need) == "Dynamo Packs offers you the battery P1 to become its holder and owner."
    assert (need.link, need.until_ms) == (f"/batteries/{BATTERY}#custody", 5)


def test_a_second_signer_comes_first() -> None:
    first, second = needs(waiting(batteries=(offer(),)), 2, {})
    assert told(first) == "2 messages wait for a second signer of your organisation."
    assert second.sort == "battery"


def test_few_drafts_are_named_and_many_are_counted() -> None:
    drafts = tuple(
        DraftRow(passport=f"{BATTERY}{n}", category="ev", changed_ms=0, stated=7) for n in range(9)
    )
    named = list(needs(waiting(drafts=drafts[:1]), 0, {}))
    assert told(named[0]) == "The passport of P10 waits to be issued; 7 values are stated."
    (many,) = needs(waiting(drafts=drafts), 0, {})
    assert told(many) == "9 passports are drafts and wait to be issued."


def test_what_is_lacking_is_one_sentence() -> None:
    lacking = (LackingRow(passport=BATTERY, missing=3), LackingRow(passport="x", missing=1))
    (need,) = needs(waiting(lacking=lacking), 0, {})
    assert told(need).startswith("The passport of P1 lacks 3 public values, and 1 more")


def test_an_offer_of_ours_waits_for_others() -> None:
    found = waiting(offered=(offer(),))
    assert parties_in(found) == ["cars"]
    assert [told(one) for one in pending(found.offered, {})] == [
        "cars has not answered about P1 yet."
    ]


def test_small_numbers_are_words() -> None:
    assert [counted(0), counted(3), counted(11)] == ["none", "three", "11"]
