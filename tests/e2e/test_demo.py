"""The demo as a newcomer runs it: the same on every machine, and checked by its own tools."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

SMALL = ("demo", "--batteries", "5", "--seed", "3")


def cellchain(*arguments, folder, expect=0, **environment):
    done = subprocess.run(
        [sys.executable, "-c", "from cellchain.app import main; main()", *map(str, arguments)],
        capture_output=True,
        check=False,
        cwd=folder,
        env=os.environ | environment,
        text=True,
    )
    assert done.returncode == expect, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def as_json(*arguments, folder, **how):
    return json.loads(cellchain(*arguments, "--json", folder=folder, **how).splitlines()[-1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def told(folder):
    return as_json(*SMALL, folder=folder, PYTHONHASHSEED="1")


def dispatched():
    """What NumPy uses of this processor beyond what every one of its kind has."""
    return np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])


def test_it_ends_with_one_line_that_says_what_came_of_it(told):
    assert told["batteries"] == 5
    assert len(bytes.fromhex(told["app_hash"])) == 32
    assert told["app_hash"] == told["app_hash"].lower()
    assert told["height"] > 20
    assert told["home"] == "demo"


@pytest.mark.skipif(not dispatched(), reason="this processor has no vector unit to switch off")
def test_it_is_the_same_without_the_vector_unit_and_in_another_hash_order(told, tmp_path):
    again = as_json(
        *SMALL,
        folder=tmp_path,
        PYTHONHASHSEED="2",
        NPY_DISABLE_CPU_FEATURES=" ".join(dispatched()),
    )
    assert again["app_hash"] == told["app_hash"]
    assert again["height"] == told["height"]


def test_the_vector_unit_is_really_switched_off():
    code = "import numpy as np; print(np.show_config(mode='dicts')['SIMD Extensions'].get('found'))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        env=os.environ | {"NPY_DISABLE_CPU_FEATURES": " ".join(dispatched())},
        text=True,
    )
    assert done.stdout.strip() in ("None", "[]")


def test_an_audit_finds_nothing_and_a_replay_of_its_export_the_same(told, folder):
    head = (told["height"], told["app_hash"])
    audited = as_json("audit", "--home", "demo", folder=folder)
    assert (audited["height"], audited["app_hash"]) == head
    assert audited["windows"] == 15
    cellchain("export", "ledger", "--home", "demo", "--out", "demo.ledger", folder=folder)
    replayed = as_json("replay", "demo.ledger", folder=folder)
    assert (replayed["height"], replayed["app_hash"]) == head
    assert replayed["transactions"] == told["transactions"]


def test_its_proof_holds_and_says_that_it_is_simulated(told, folder):
    verdict = as_json("verify", told["proof"], "--trust", told["trust"], folder=folder)
    assert verdict["proved"]
    assert verdict["claim"] == "reading"
    assert "simulated" in verdict["subject"]
    assert verdict["chain"].startswith("demo")


def test_the_planted_faults_lie_beside_the_ledger(told, folder):
    truth = json.loads((folder / told["home"] / "planted_faults.json").read_text())
    assert truth["demo"] is True
    assert [row["kind"] for row in truth["rows"]] == [
        "soft_short",
        "resistive_joint",
        "coolant_failure",
    ]


def test_its_home_can_be_used_and_its_keys_nowhere_else(tmp_path):
    cellchain("demo", "--batteries", "1", "--no-serve", folder=tmp_path)
    home = tmp_path / "demo"
    pack = json.loads((home / "planted_faults.json").read_text())["rows"][0]["battery"]
    cellchain("doctor", "--home", "demo", folder=tmp_path)
    offer = ("send", "custody.offer", "--battery", pack, "--receiver", "ferry-carrier")
    sent = (*offer, "--as", "indigo-recycler", "--home", "demo")
    assert "custody.not_holder" in cellchain(*sent, folder=tmp_path, expect=1)  # it is recycled
    (home / "home.json").write_text('{"version":1}')
    assert "key.demo" in cellchain(*sent, folder=tmp_path, expect=1)


def test_a_new_demo_takes_the_place_of_an_old_one_and_of_nothing_else(tmp_path):
    few = ("demo", "--batteries", "1", "--no-serve")
    first = as_json(*few, folder=tmp_path)
    assert as_json(*few, folder=tmp_path)["app_hash"] == first["app_hash"]
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "thesis.txt").write_text("years of it")
    said = cellchain(*few, "--home", "work", folder=tmp_path, expect=1)
    assert "demo.occupied" in said
    cellchain("init", "real", "--chain-id", "real", folder=tmp_path)
    said = cellchain(*few, "--home", "real", folder=tmp_path, expect=1)
    assert "demo.occupied" in said
    assert (tmp_path / "work" / "thesis.txt").exists()
    assert (tmp_path / "real" / "home.json").exists()


def test_it_is_told_as_a_story(tmp_path):
    text = cellchain("demo", "--batteries", "2", "--no-serve", folder=tmp_path, COLUMNS="88")
    for word in ("Acme Mine", "refused", "custody.not_offered", "post-consumer", "simulated"):
        assert word in text
    assert "cellchain verify demo/proof.html --trust demo/operator.pub" in text
