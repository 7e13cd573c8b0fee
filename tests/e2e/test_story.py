"""The story by hand, through the command line, as a user would tell it."""

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BATTERY = "01/09506000134352/21/CAR1"
SHARED = next((p / "shared" for p in Path(__file__).parents if (p / "shared").exists()), None)
CAR = SHARED / "data/health/ev_field_car1.csv.zip" if SHARED else Path("absent")


def cellchain(*arguments, folder, expect=0):
    done = subprocess.run(
        [sys.executable, "-c", "from cellchain.app import main; main()", *map(str, arguments)],
        capture_output=True,
        cwd=folder,
        check=False,
        text=True,
    )
    assert done.returncode == expect, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def as_json(*arguments, folder, expect=0):
    output = cellchain(*arguments, "--json", folder=folder, expect=expect)
    return json.loads(output.splitlines()[-1])


def table(rows):
    """A table of readings that this test makes up: a slow discharge."""
    lines = ["time,sequence,voltage_mv,current_ma"]
    lines += [
        f"2026-03-01T08:{n // 60:02}:{n % 60:02}Z,{n},{352000 - 7 * n},{-12_000 + n}"
        for n in range(1, rows + 1)
    ]
    return "\n".join(lines) + "\n"


MAPPING = """
description = "made up for a test"
[time]
column = "time"
format = "rfc3339"
[[channel]]
column = "voltage_mv"
name = "battery_voltage_mv"
unit = "mV"
smallest = "mV"
[[channel]]
column = "current_ma"
name = "battery_current_ma"
unit = "mA"
smallest = "mA"
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("story")
    text = table(400)
    _header, *rows = text.splitlines()
    plain = ["time,voltage_mv,current_ma"]
    plain += [",".join((r.split(",")[0], *r.split(",")[2:])) for r in rows]
    (folder / "drive.csv").write_text("\n".join(plain) + "\n")
    (folder / "mapping.toml").write_text(MAPPING)
    cellchain("init", "h", "--chain-id", "cars", folder=folder)
    cellchain(
        "import", "telemetry", "drive.csv", "--home", "h", "--battery", BATTERY,
        "--format", "mapping.toml", folder=folder,
    )  # fmt: skip
    time = "2026-03-01T09:03:20+01:00"
    for out in ("proof.html", "proof.json"):
        cellchain(
            "prove", "reading", "--home", "h", "--battery", BATTERY, "--time", time, "--out", out,
            folder=folder,
        )  # fmt: skip
    return folder


def test_the_proof_convinces_whoever_trusts_the_operator(told):
    for out in ("proof.html", "proof.json"):
        verdict = as_json("verify", out, "--trust", "h/operator.pub", folder=told)
        assert verdict["proved"] is True
        readings = {r["sequence"]: r for r in verdict["content"]["readings"]}
        assert readings[200]["battery_voltage_mv"] == 352000 - 7 * 200
        cellchain("verify", out, "--trust", "h/genesis.json", folder=told)


def test_another_key_is_not_convinced(told):
    cellchain("init", "other", "--chain-id", "cars", folder=told)
    output = cellchain(
        "verify", "proof.json", "--trust", "other/operator.pub", folder=told, expect=1
    )
    assert "proof.untrusted" in output


@pytest.mark.parametrize("out", ["proof.html", "proof.json"])
def test_any_flipped_byte_is_found(told, out):
    from cellchain.app import Cellchain
    from cellchain.cli.root import run

    data = (told / out).read_bytes()
    chance = random.Random(7)
    places = {0, len(data) - 1, *(chance.randrange(len(data)) for _ in range(150))}
    altered = told / f"altered{Path(out).suffix}"
    for place in sorted(places):
        altered.write_bytes(
            data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]
        )
        code = run(Cellchain(), ["verify", str(altered), "--trust", str(told / "h/operator.pub")])
        assert code in (1, 2), f"byte {place} of {out}"


def test_export_and_replay_agree(told):
    exported = as_json("export", "ledger", "--home", "h", "--out", "cars.ledger", folder=told)
    replayed = as_json("replay", "cars.ledger", folder=told)
    assert (replayed["height"], replayed["app_hash"]) == (exported["height"], exported["app_hash"])
    assert len(replayed["app_hash"]) == 64


@pytest.mark.parametrize(("cut", "code"), [(-1, 2), (-40, 2), (30, 2), (0, 2)])
def test_a_cut_export_is_refused(told, cut, code):
    as_json("export", "ledger", "--home", "h", "--out", "cars.ledger", folder=told)
    (told / "cut.ledger").write_bytes((told / "cars.ledger").read_bytes()[:cut])
    cellchain("replay", "cut.ledger", folder=told, expect=code)


def test_a_changed_export_does_not_replay(told):
    as_json("export", "ledger", "--home", "h", "--out", "cars.ledger", folder=told)
    data = bytearray((told / "cars.ledger").read_bytes())
    place = data.index(b"telemetry.anchor/1") - 30
    data[place] ^= 1
    (told / "changed.ledger").write_bytes(data)
    output = cellchain("replay", "changed.ledger", folder=told, expect=1)
    assert "replay." in output


def test_audit_counts_the_windows(told):
    assert as_json("audit", "--home", "h", folder=told)["windows"] >= 1


def test_importing_again_adds_nothing(told, tmp_path):
    again = as_json(
        "import", "telemetry", "drive.csv", "--home", "h", "--battery", BATTERY,
        "--format", "mapping.toml", folder=told,
    )  # fmt: skip
    assert (again["rows"], again["already"], again["windows"]) == (0, 400, 0)


def test_hand_over_by_fields(told):
    for party, role in (("acme-cars", "vehicle-maker"), ("acme-carrier", "carrier")):
        cellchain(
            "party", "register", party, "--name", party, "--role", role, "--home", "h", folder=told
        )
    made = "01/09506000134352/21/MADE1"
    home = ("--home", "h")
    cellchain(
        "send", "custody.register", "--battery", made, "--as", "acme-cars", *home, folder=told
    )
    offer = ("send", "custody.offer", "--battery", made, "--receiver", "acme-carrier")
    cellchain(*offer, "--as", "acme-cars", *home, folder=told)
    refused = cellchain(*offer, "--as", "acme-carrier", *home, folder=told, expect=1)
    assert "custody." in refused
    assert "acme-carrier" in refused
    (told / "accept.json").write_text(json.dumps({"kind": "custody.accept/1", "battery": made}))
    sent = as_json("send", "accept.json", "--as", "acme-carrier", *home, folder=told)
    record = as_json("query", "record", "custody.custody", made, *home, folder=told)
    assert record["holder"] == "acme-carrier"
    receipt = as_json("receipt", sent["transaction"], *home, folder=told)
    assert receipt["height"] == sent["height"]
    cellchain("prove", "receipt", sent["transaction"], "--out", "r.html", *home, folder=told)
    cellchain("prove", "event", sent["position"] - 1, "--out", "e.html", *home, folder=told)
    cellchain("prove", "absence", "custody.custody", "01/x", "--out", "a.html", *home, folder=told)
    for page in ("r.html", "e.html", "a.html"):
        cellchain("verify", page, "--trust", "h/operator.pub", folder=told)


def test_every_message_of_every_contract_can_be_sent(told):
    from cellchain.contracts import discover
    from cellchain.ledger.contract import kind_of

    listed = as_json("send", "list", folder=told)["kinds"]
    kinds = [kind_of(m).partition("/")[0] for c in discover().values() for m in c.messages]
    assert sorted(listed) == sorted(kinds)


def test_keys_rotate_and_old_proofs_stay_good(told, tmp_path):
    folder = shutil.copytree(told, tmp_path / "copy")  # the other tests need the old keys
    home = ("--home", "h")
    cellchain("key", "rotate", "headers-2", "--old", "headers", "--operator", *home, folder=folder)
    cellchain("verify", "proof.html", "--trust", "h/operator.pub", folder=folder)
    in_force, former = (folder / "h/operator.pub").read_text().splitlines()
    assert (in_force.count(" "), former.count(" ")) == (0, 1)
    cellchain("key", "rotate", "operator-2", "--old", "operator", *home, folder=folder)
    assert "membership." in cellchain(
        "key", "revoke", "00" * 32, "--as", "operator", *home, folder=folder, expect=1
    )
    cellchain(
        "party", "register", "acme-late", "--name", "Late", "--role", "mine", "--as", "operator-2",
        *home, folder=folder,
    )  # fmt: skip
    names = [e["name"] for e in as_json("key", "list", *home, folder=folder)["keys"]]
    assert {"headers", "headers-2", "operator", "operator-2", "gateway"} <= set(names)


def test_backup_restores_elsewhere(told):
    said = cellchain("backup", "--home", "h", "--out", "h.tar", folder=told)
    assert "passphrase" in said
    assert "--with-keys" in said
    assert "no private key" in cellchain("restore", "h.tar", "again", folder=told)
    assert "key.passphrase" in cellchain("audit", "--home", "again", folder=told, expect=1)
    shutil.copy(told / "h/keys/passphrase", told / "again/keys/passphrase")
    first, second = (as_json("audit", "--home", home, folder=told) for home in ("h", "again"))
    assert first == second


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["verify", "absent.html", "--trust", "h/operator.pub"], 2, id="no-file"),
        pytest.param(["verify", "mapping.toml", "--trust", "h/operator.pub"], 2, id="no-proof"),
        pytest.param(["verify", "proof.json", "--trust", "mapping.toml"], 2, id="no-trust"),
        pytest.param(["audit", "--home", "nowhere"], 2, id="no-home"),
        pytest.param(["restore", "absent.tar", "anew"], 2, id="no-backup"),
        pytest.param(["restore", "mapping.toml", "anew"], 2, id="no-tar"),
        pytest.param(["init", "h", "--chain-id", "cars"], 1, id="home-exists"),
        pytest.param(["init", "new", "--chain-id", "No Good"], 2, id="bad-chain"),
        pytest.param(["send", "custody.steal", "--home", "h"], 2, id="no-such-message"),
        pytest.param(
            ["send", "custody.offer", "--home", "h", "--batery", "x"], 2, id="no-such-field"
        ),
        pytest.param(["frobnicate"], 2, id="no-such-verb"),
        pytest.param(
            ["prove", "event", "999999", "--home", "h", "--out", "x.json"], 1, id="no-entry"
        ),
        pytest.param(
            ["query", "record", "custody.custody", "01/x", "--home", "h"], 1, id="no-record"
        ),
        pytest.param(["receipt", "00" * 32, "--home", "h"], 1, id="no-receipt"),
        pytest.param(["receipt", "zz", "--home", "h"], 2, id="no-id"),
    ],
)
def test_what_goes_wrong_has_a_code(told, arguments, code):
    output = cellchain(*arguments, folder=told, expect=code)
    assert output.strip()
    assert "Traceback" not in output


def test_a_running_writer_serves_other_processes(told):
    writer = subprocess.Popen(
        [sys.executable, "-c", "from cellchain.app import main; main()", "run", "--home", "h"],
        cwd=told,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert writer.stdout.readline().startswith("writing cars")
        name = "01/09506000134352/21/SENT1"
        sent = as_json("send", "custody.register", "--battery", name, "--home", "h", folder=told)
        found = as_json("query", "record", "custody.custody", name, "--home", "h", folder=told)
        assert (found["holder"], sent["code"]) == ("operator", "")
        assert "one is running" in cellchain("doctor", "--home", "h", folder=told)
    finally:
        writer.terminate()
        writer.communicate()
    assert writer.returncode == 0
    assert not (told / "h/writer.sock").exists()


def test_doctor_finds_the_home_fine(told):
    assert "WRONG" not in cellchain("doctor", "--home", "h", folder=told)


@pytest.mark.skipif(not CAR.exists(), reason="the real car's table is not on this machine")
def test_a_real_car(tmp_path):
    cellchain("init", "h", "--chain-id", "cars", folder=tmp_path)
    first = as_json(
        "import", "telemetry", CAR, "--home", "h", "--battery", BATTERY, "--format", "ev-field",
        folder=tmp_path,
    )  # fmt: skip
    assert (first["rows"], first["rejected"]) == (66_666, 0)
    prove = ("prove", "reading", "--home", "h", "--battery", BATTERY, "--out", "p.html")
    cellchain(*prove, "--time", "2021-05-05T09:10:00+08:00", folder=tmp_path)
    verdict = as_json("verify", "p.html", "--trust", "h/operator.pub", folder=tmp_path)
    assert verdict["content"]["readings"][0]["cell_voltage_96_mv"] == 3685
    assert as_json("audit", "--home", "h", folder=tmp_path)["windows"] == first["windows"]


def test_a_refused_registration_can_be_tried_again_with_the_key_it_made(tmp_path):
    cellchain("init", "h", "--chain-id", "again", folder=tmp_path)
    asked = ("party", "register", "acme", "--name", "Acme", "--home", "h", "--role")
    assert "membership.unknown_role" in cellchain(*asked, "nonsense", folder=tmp_path, expect=1)
    (made,) = [
        k
        for k in as_json("key", "list", "--home", "h", folder=tmp_path)["keys"]
        if k["party"] == "acme"
    ]
    assert as_json(*asked, "carrier", folder=tmp_path)["key"] == made["key"]
