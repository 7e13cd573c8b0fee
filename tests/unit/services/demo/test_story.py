import json
from pathlib import Path

import msgspec
import pytest

from cellchain.contracts.assembly import Item
from cellchain.contracts.custody import Custody
from cellchain.contracts.membership import OpeningKey
from cellchain.contracts.passport import Passport
from cellchain.contracts.telemetry import Window
from cellchain.crypto.commitment import commit
from cellchain.ledger.replay import replay
from cellchain.services.demo.cast import PLAYERS
from tests.unit.services.demo.given import empty, play, story


def test_the_same_seed_tells_the_same_story_and_another_another():
    assert play(1, 2).told.app_hash == play(1, 2).told.app_hash
    assert play(1, 2).told.app_hash != play(2, 2).told.app_hash
    assert play(1, 2).told.app_hash != play(1, 3).told.app_hash


@pytest.mark.parametrize("batteries", [1, 2, 12])
def test_a_fleet_of_any_size_comes_to_its_end(batteries):
    told = story(batteries).told
    assert told.height == len(story(batteries).blocks)
    assert story(batteries).entries("passport.ceased/1")


def test_a_replay_of_its_blocks_gives_its_app_hash():
    _, fresh = empty(1, 5)
    count = replay(fresh, story().blocks)
    assert fresh.info().app_hash.hex() == story().told.app_hash
    assert count == story().told.transactions


def test_ten_parties_act_and_each_signs_for_itself():
    assert len({player.party for player in PLAYERS}) == 10
    keys = {event["key"]: event["party"] for event in story().entries("membership.key_added/1")}
    senders = set()
    for block in story().blocks:
        for data in block.transactions:
            senders.add(keys.get(msgspec.json.decode(data)["body"]["key"], "operator"))
    assert senders == {"operator", *(player.party for player in PLAYERS)}


def test_two_attempts_are_refused_with_their_codes():
    tried = [refusal for chapter in story().chapters for refusal in chapter.refusals]
    assert [code for _, code, _ in tried] == ["material.over_consumed", "custody.not_offered"]
    receipts = story().entries("ledger.receipt/1")
    assert [r["code"] for r in receipts if r.get("code")] == [code for _, code, _ in tried]
    assert story().told.refused == 2


def test_passports_go_their_whole_way():
    phases = {}
    for event in story().entries(
        "passport.drafted/1", "passport.issued/1", "passport.amended/1", "passport.ceased/1"
    ):
        phases.setdefault(event["passport"], []).append(event.get("phase", "draft"))
    assert "ceased" in [way[-1] for way in phases.values()]
    for passport, way in phases.items():
        assert way[:2] == ["draft", "issued"]
        assert way[2:] in (["amended"] * (len(way) - 2), ["amended"] * (len(way) - 3) + ["ceased"])
        assert story().get(Passport, passport).phase == way[-1]


def test_batteries_of_a_second_life_and_their_cabinet_name_each_other():
    linked = story().entries("passport.linked/1")
    assert linked
    for event in linked:
        cabinet = story().get(Passport, event["successor"])
        assert event["passport"] in cabinet.predecessors
        assert story().get(Item, event["passport"]).whole == event["successor"]
        assert story().get(Custody, event["successor"]).responsible == "halflife-storage"


def test_cells_modules_packs_and_cars_are_put_together():
    sorts = {event["battery"]: event["sort"] for event in story().entries("assembly.made/1")}
    into = {
        (sorts[event["battery"]], sorts[event["whole"]])
        for event in story().entries("assembly.installed/1")
    }
    assert into == {("cell", "module"), ("module", "pack"), ("pack", "vehicle")}


def test_the_workshop_swaps_a_module_of_a_faulty_battery():
    fault = next(f for f in story().told.faults if f["kind"] == "soft_short")
    (removed,) = [
        event
        for event in story().entries("assembly.removed/1")
        if event["whole"] == fault["battery"]
    ]
    assert f"M{(fault['place'] - 1) // 12 + 1}-" in removed["battery"]
    assert story().get(Item, removed["battery"]).retired_ms is not None


def test_every_window_was_kept_before_it_was_anchored():
    windows = story().windows
    assert windows.anchored == [window.subject for window in windows.kept]
    for window in windows.kept:
        record = story().get(Window, window.subject)
        assert record.root == window.anchor.root
        assert "simulated" in window.subject


def test_every_value_opens_its_commitment():
    text = json.dumps([block.entries for block in story().blocks], default=bytes.decode)
    for said in story().told.said:
        assert commit(said.salt, said.value).hex() in text


def test_everybody_that_what_was_said_is_for_has_an_opening_key():
    for said in story().told.said:
        for party in (said.owner, *said.recipients):
            assert story().get(OpeningKey, party).epoch == 1


def test_nothing_in_the_service_reads_a_clock_or_draws_a_number():
    folder = Path(__file__).parents[4] / "src/cellchain/services/demo"
    files = list(folder.rglob("*.py"))
    assert files
    for file in files:
        words = file.read_text()
        for forbidden in ("import random", "import secrets", "import time", "np.random", "np.exp"):
            assert forbidden not in words, file
