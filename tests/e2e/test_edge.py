"""A device delivers to a real server, which is killed meanwhile: nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from itertools import islice

import httpx
import pytest

from tests.conformance.shared import shared_data
from tests.homes import found_home

BATTERY = "01/09506000134352/21/EDGE-1"
PROGRAM = "from cellchain.app import main; main()"
ENVIRONMENT = {name: value for name, value in os.environ.items() if "CELLCHAIN" not in name}


def edge(*arguments, expect=0, given=None):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "edge", *map(str, arguments), "--json"],
        capture_output=True,
        check=False,
        env=ENVIRONMENT,
        input=given,
        timeout=120,
    )
    assert done.returncode == expect, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return json.loads((done.stdout or done.stderr).splitlines()[-1])


@contextmanager
def server(home, port=0):
    command = [sys.executable, "-c", PROGRAM, "serve", home, "--port", port, "--json"]
    process = subprocess.Popen(
        [*map(str, command)], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        yield process, json.loads(process.stdout.readline())["url"]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def readings(url, boots):
    """How many readings of the battery the server's ledger has."""
    listed = httpx.get(f"{url}/api/v1/telemetry/gateway/edge-1").json()
    assert listed["party"] == "operator"
    return sum(boot["acknowledged"] for boot in boots)


def kept(home):
    """How many readings of the battery the home keeps."""
    from cellchain.adapters.telemetry.store import TelemetryStore

    store = TelemetryStore(home / "telemetry", read_only=True)
    try:
        return sum(window.count for window in store.kept_between(BATTERY, 0, 1 << 50))
    finally:
        store.close()


@pytest.fixture
def place(tmp_path):
    """A home, and a device that is registered in it."""
    home, device = tmp_path / "home", tmp_path / "device"
    found_home(home)
    told = edge("register", device, "--device", "edge-1", "--battery", BATTERY, "--home", home)
    assert len(told["registered"]) == 2
    return home, device


def table(rows, *, first=0):
    lines = [f"2026-01-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z,{3_600 + n % 100},{n}"
             for n in range(first, first + rows)]  # fmt: skip
    return "\n".join(["time,voltage_mv,current_ma", *lines, ""]).encode()


def test_a_killed_server_costs_no_reading(place, tmp_path):
    home, device = place
    file = tmp_path / "drive.csv"
    file.write_bytes(table(400))
    with server(home) as (process, url):
        assert edge("record", device, file, "--to", url)["waiting"] == 0
        process.send_signal(signal.SIGKILL)
        process.wait()
        file.write_bytes(table(1_000))
        done = edge("record", device, file, "--to", url, expect=3)
    assert done["readings"] == 600
    assert done["waiting"] == 6
    assert "edge.gateway" in done["reason"]
    with server(home) as (_, url):
        assert edge("deliver", device, "--to", url)["delivered"] == 6
        assert edge("deliver", device, "--to", url)["delivered"] == 0
        told = edge("status", device)
        assert told["complete"]
        assert readings(url, told["boots"]) == 1_000
    assert kept(home) == 1_000


def test_the_first_thousand_rows_of_a_real_car_arrive(place, tmp_path):
    home, device = place
    car = shared_data("health", "ev_field_car1.csv.zip")
    with zipfile.ZipFile(car) as archive, archive.open(archive.namelist()[0]) as rows:
        part = b"".join(islice(rows, 1_001))
    file = tmp_path / "car1.csv"
    file.write_bytes(part)
    good = 1_000
    with server(home) as (_, url):
        done = edge("record", device, file, "--format", "ev-field", "--to", url)
        assert done["readings"] + done["rejected"] == good
        assert done["waiting"] == 0
    assert kept(home) == done["readings"] > 900


def test_what_comes_in_at_standard_input_is_recorded(place):
    home, device = place
    with server(home) as (_, url):
        done = edge("record", device, "-", "--to", url, "--rows", 7, given=table(20))
        assert done["delivered"] == 3
        assert done["readings"] == 20
    assert kept(home) == 20


def test_a_recording_keeps_the_pace(place, tmp_path):
    _, device = place
    file = tmp_path / "slow.csv"
    file.write_bytes(table(4))
    assert edge("record", device, file, "--rows", 1, "--pace", "1000x")["readings"] == 4
    assert edge("record", device, file, "--rows", 1)["readings"] == 0
    assert not edge("status", device)["complete"]


def test_only_the_first_gateway_counts(place, tmp_path):
    home, device = place
    file = tmp_path / "a.csv"
    file.write_bytes(table(3))
    identity = json.loads((device / "device.json").read_text())
    (device / "device.json").write_text(json.dumps({**identity, "gateway": "ab" * 32}))
    with server(home) as (_, url):
        told = edge("record", device, file, "--to", url, expect=1)
        assert told["error"]["code"] == "edge.other_gateway"
        key = httpx.get(f"{url}/api/v1/telemetry/gateway/edge-1").json()["key"]
        assert edge("deliver", device, "--to", url, "--gateway", key)["delivered"] == 1


def test_a_device_that_nobody_registered_is_refused(place, tmp_path):
    home, _ = place
    device, file = tmp_path / "other", tmp_path / "a.csv"
    file.write_bytes(table(3))
    made = edge("register", device, "--device", "edge-2", "--battery", BATTERY)
    assert made["registered"] == []
    assert (device / "device.key").stat().st_mode & 0o777 == 0o600
    with server(home) as (_, url):
        told = edge("record", device, file, "--to", url, expect=1)
        assert told["error"]["code"] == "edge.unknown_device"


def test_refusals(place):
    _, device = place
    for arguments, code, expect in (
        (("status", "nowhere"), "edge.no_device", 1),
        (("record", device, "nothing.csv", "--pace", "fast"), "cli.pace", 2),
        (("deliver", device, "--to", "ftp://x"), "edge.url", 1),
        (("register", device, "--device", "other", "--battery", BATTERY), "edge.other_device", 1),
    ):
        assert edge(*arguments, expect=expect)["error"]["code"] == code
