"""``circle roll`` on files: a history, a stock, and what cannot be."""

from __future__ import annotations

import json

import pytest

from cellchain.adapters.table_files import read_table
from cellchain.app import Cellchain
from cellchain.cli.root import run

VALUES = "battery,slot,value_cents\nA,store,900\nA,melt,100\nB,store,700\nB,melt,200\n"
HEAD = "slot,capacity,opens,closes"
ROOM = f"{HEAD}\nstore,1,1,1\nmelt,9,0,3\n"
BATTERIES = "battery,arrives,leaves,holding_cents,gone\nA,0,,10,\nB,1,1,,\n"


def roll(folder, *more, values=VALUES, room=ROOM, batteries=BATTERIES):
    for name, text in (("values", values), ("room", room), ("batteries", batteries)):
        (folder / f"{name}.csv").write_text(text)
    files = ("--in", folder / "batteries.csv", "--values", folder / "values.csv")
    asked = (*files, "--capacity", folder / "room.csv", "--out", folder / "plan.csv", *more)
    return run(Cellchain(), ("circle", "roll", *map(str, asked)))


def test_a_plan_of_weeks_beside_one_who_knew_and_one_who_never_waits(tmp_path, capsys):
    assert roll(tmp_path, "--json", "--plot", tmp_path / "plan.svg") == 0
    told = json.loads(capsys.readouterr().out)
    plan = read_table(tmp_path / "plan.csv", texts=("battery", "slot"))
    assert plan.names == ("battery", "slot", "week", "value_cents")
    assert plan.texts("battery").cells() == ["A", "B"]
    assert told["value_cents"] == plan.numbers("value_cents").sum()
    assert told["clairvoyant_cents"] == 1_090  # A waits a week for the store, B is melted
    assert told["at_once_cents"] == 800
    assert told["at_once_cents"] <= told["value_cents"] <= told["clairvoyant_cents"]


def test_one_week_alone_and_batteries_that_wait_on(tmp_path, capsys):
    kept = VALUES.replace("A,melt,100\n", "")
    assert roll(tmp_path, "--to", "0", "--json", values=kept) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["clairvoyant_cents"] is None
    assert (tmp_path / "plan.csv").read_text().splitlines()[1].startswith('"A",,')


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"room": f"{HEAD},lot_min\nstore,1,1,1,1\nmelt,9,0,3,\n"}, "roll.terms"),
        ({"room": f"{HEAD},region\nstore,1,1,1,EU\nmelt,9,0,3,\n"}, "roll.terms"),
        ({"values": VALUES.replace("value_cents", "value_cents,count").replace("00\n", "00,2\n")},
         "roll.terms"),
        ({"batteries": BATTERIES.replace("B,1,1", "B,2,1")}, "roll.order"),
        ({"batteries": BATTERIES.replace("B,1", "B,1.5")}, "roll.week"),
        ({"batteries": BATTERIES.replace("B,1", "B,-1")}, "roll.week"),
        ({"batteries": BATTERIES.replace("B,1,1", "A,1,1")}, "roll.twice"),
        ({"batteries": BATTERIES.replace("B,", "C,")}, "roll.battery"),
        ({"batteries": BATTERIES.replace(",10,", ",-10,")}, "roll.holding"),
        ({"batteries": BATTERIES.replace("B,1,1,,", "B,1,1,,2")}, "roll.gone"),
        ({"batteries": BATTERIES.replace("A,0,,10,", "A,0,,10,1").replace("B,1,1,,", "B,1,1,,1")},
         "roll.nothing"),
        ({"room": ROOM.replace("1,1,1", "1,2,1")}, "roll.order"),
        ({"room": ROOM.replace("opens", "begins")}, "table.column"),
        ({"room": ROOM.replace("melt,9,0,3", "melt,0,0,3")}, "allocate.no_room"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named_and_nothing_written(tmp_path, capsys, given, code):
    assert roll(tmp_path, **given) in {1, 2}
    assert code in capsys.readouterr().err
    assert not (tmp_path / "plan.csv").exists()


def test_who_may_wait_no_longer_is_told_by_the_slots_that_are_full(tmp_path, capsys):
    values = "battery,slot,value_cents\nA,store,900\nB,store,700\n"
    room = "slot,capacity,opens,closes\nearly,9,0,0\nstore,1,1,1\n"
    given = {"values": values, "room": room, "batteries": "battery,arrives\nA,1\nB,1\n"}
    assert roll(tmp_path, **given) == 1
    told = capsys.readouterr().err
    assert "allocate.no_room: in week 1" in told
    assert "no place but store" in told


def test_who_left_before_the_weeks_begin_is_named(tmp_path, capsys):
    batteries = BATTERIES.replace("A,0,,10,", "A,0,1,10,")
    assert roll(tmp_path, "--from", "2", batteries=batteries) == 1
    assert "roll.order: A left in week 1" in capsys.readouterr().err


def test_a_slot_of_a_later_week_moves_nothing_that_was_decided(tmp_path, capsys):
    kept = [*BATTERIES.splitlines(), "C,0,,,"]
    more = VALUES + "C,store,650\nC,melt,600\n"
    plans = []
    for room in (ROOM, ROOM + "far,0,9,9\n"):
        assert roll(tmp_path, "--to", "1", values=more, room=room, batteries="\n".join(kept)) == 0
        plans.append((tmp_path / "plan.csv").read_bytes())
    assert plans[0] == plans[1]


def test_weeks_that_end_before_they_begin_or_never(tmp_path, capsys):
    assert roll(tmp_path, "--from", "3", "--to", "2") == 1
    assert "roll.order" in capsys.readouterr().err
    assert roll(tmp_path, "--to", "9999999") == 1
    assert "roll.week" in capsys.readouterr().err
