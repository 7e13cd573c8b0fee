"""``circle allocate`` and ``certify`` on files of every kind."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cellchain.adapters.table_files import read_table, write_table
from cellchain.app import Cellchain
from cellchain.cli.root import run
from cellchain.services.analysis.table import Table, Texts
from tests.unit.science.allocation.markets import INFEASIBLE, market

DRAWN = market(60, 5, seed=2)


def circle(*arguments):
    return run(Cellchain(), ("circle", *map(str, arguments)))


@pytest.fixture
def given_files(tmp_path):
    batteries, slots = np.nonzero(DRAWN.values != INFEASIBLE)
    values = Table(
        {
            "battery": Texts.of(map(str, batteries.tolist())),
            "slot": Texts.of(map(str, slots.tolist())),
            "value_cents": DRAWN.values[batteries, slots].astype(float),
        }
    )
    for suffix in (".csv", ".parquet"):
        write_table(tmp_path / f"values{suffix}", values)
    np.savez(tmp_path / "values.npz", values=DRAWN.values)
    room = {"slot": Texts.of(map(str, range(5))), "capacity": DRAWN.room.astype(float)}
    write_table(tmp_path / "capacity.csv", Table(room))
    return tmp_path


def test_every_kind_of_file_gives_one_plan_that_certifies(given_files, capsys):
    room = ("--capacity", given_files / "capacity.csv")
    proofs = set()
    for suffix in (".csv", ".parquet", ".npz"):
        values = ("--values", given_files / f"values{suffix}")
        plan, proof = given_files / f"plan{suffix}", given_files / f"proof{suffix}.json"
        assert circle("allocate", *values, *room, "--out", plan, "--certificate", proof) == 0
        assert circle("certify", plan, proof, *values, *room) == 0
        proofs.add(proof.read_bytes())
        assert read_table(plan, texts=("battery",)).rows == 60
    assert len(proofs) == 1
    assert "no plan is worth more" in capsys.readouterr().out


def test_a_plan_that_was_touched_is_refused_and_one_that_is_none_unreadable(given_files, capsys):
    asked = ("--values", given_files / "values.csv", "--capacity", given_files / "capacity.csv")
    plan, proof = given_files / "plan.csv", given_files / "proof.json"
    assert circle("allocate", *asked, "--out", plan, "--certificate", proof) == 0
    claimed = json.loads(proof.read_text())
    proof.write_text(json.dumps({**claimed, "value_cents": claimed["value_cents"] + 1}))
    assert circle("certify", plan, proof, *asked) == 1
    proof.write_text("{")
    assert circle("certify", plan, proof, *asked) == 2
    assert "certificate.malformed" in capsys.readouterr().err


def test_no_file_is_written_over_another(given_files, capsys):
    values, room = given_files / "values.csv", given_files / "capacity.csv"
    asked = ("--values", values, "--capacity", room)
    before = room.read_bytes()
    for more in (
        ("--out", room),
        ("--out", given_files / "p.csv", "--certificate", given_files / "p.csv"),
    ):
        assert circle("allocate", *asked, *more) == 2
        assert "cli.same_file" in capsys.readouterr().err
    astray = ("--out", given_files / "p.csv", "--certificate", given_files / "no" / "proof.json")
    assert circle("allocate", *asked, *astray) == 1
    assert room.read_bytes() == before
    assert not (given_files / "p.csv").exists()


def test_the_template_and_what_is_missing(tmp_path, capsys):
    out = tmp_path / "empty.csv"
    assert circle("allocate", "--template", "--out", out) == 0
    assert out.read_text().strip() == '"battery","slot","value_cents"'
    assert circle("allocate", "--out", tmp_path / "plan.csv") == 2
    assert "cli.no_input" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_counts_lots_and_sets_go_through_files_of_every_kind(tmp_path, capsys, suffix):
    names, health = ["A", "B", "C"], [9e5, 8.9e5, 7e5]
    every = {
        "values": {
            "battery": Texts.of(one for one in names for _ in range(3)),
            "slot": Texts.of(["grid", "ship", "melt"] * 3),
            "value_cents": np.array([90, 60, 1, 80, 50, 1, 70, 40, 1.0]),
        },
        "room": {
            "slot": Texts.of(["grid", "ship", "melt"]), "capacity": np.array([4, 9, 99.0]),
            "lot_min": np.array([np.nan, 4, np.nan]), "alike": np.array([2, np.nan, np.nan]),
            "soh_spread_ppm": np.array([20_000, np.nan, np.nan]),
        },
        "packs": {
            "battery": Texts.of(names), "chemistry": Texts.of(["LFP"] * 3),
            "soh_ppm": np.array(health), "count": np.array([2, 1, 4.0]),
        },
    }  # fmt: skip
    for name, columns in every.items():
        write_table(tmp_path / f"{name}{suffix}", Table(columns))
    asked = [
        part for option, name in (("values", "values"), ("capacity", "room"), ("packs", "packs"))
        for part in (f"--{option}", tmp_path / f"{name}{suffix}")
    ]  # fmt: skip
    plan, proof = tmp_path / f"plan{suffix}", tmp_path / "proof.json"
    drawn = ("--plot", tmp_path / "plan.svg", "--json")
    assert circle("allocate", *asked, "--out", plan, "--certificate", proof, *drawn) == 0
    # two sets in the grid, 180 + 140, would leave three, which is no lot for the ship: 323 with
    # them molten. One set, such as A and A, leaves five: 180 + 50 + 4 × 40 = 390.
    assert json.loads(capsys.readouterr().out)["value_cents"] == 390
    assert circle("certify", plan, proof, *asked) == 0
    told = read_table(plan, texts=("battery", "slot"))
    assert told.names == ("battery", "slot", "value_cents", "count", "group")
    assert told.numbers("count").sum() == 7
    assert circle("certify", plan, proof, *asked[:4]) == 1
    assert "allocate.untold" in capsys.readouterr().err
