"""An operator shows two histories; a witness cosigns one, and shows that there is another.

Everything is a process of its own: two servers of one chain, the witness, and who verifies.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from cellchain.adapters.configuration import FILE_NAME
from cellchain.app import Cellchain
from cellchain.contracts.custody import Register
from cellchain.services.desk import Desk
from tests.e2e.served import served
from tests.homes import found_home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = "from cellchain.app import main; main()"
BATTERY = "01/09506000134352/21/"
UNANIMOUS = ("--witnesses", "1")


def cellchain(*arguments: object) -> tuple[int, str]:
    """Run a command line; give its exit code and all that it said."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def registered(home: Path, *serials: str) -> list[str]:
    """Register batteries; give the ids of the transactions."""
    with Cellchain().writing(home) as (opened, ledger):
        desk = Desk(ledger, opened.keys.load("operator"))
        return [desk.send(Register(battery=BATTERY + one)).transaction for one in serials]


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A witness and a home that names it."""
    code, key = cellchain("witness", "key", "witness.example/w1", "--folder", tmp_path / "w")
    assert code == 0, key
    found_home(tmp_path / "a")
    keys = json.dumps([key.strip()])
    (tmp_path / "a" / FILE_NAME).write_text(f"[witnesses]\nkeys = {keys}\n")
    registered(tmp_path / "a", "ONE", "TWO")
    return tmp_path


def witness(world: Path, url: str, *more: object) -> tuple[int, str]:
    return cellchain("witness", url, "--once", "--folder", world / "w", *more)


def verified(world: Path, proof: Path, *more: object) -> tuple[int, str]:
    trust = ("--trust", world / "a" / "operator.pub")
    known = ("--witness-key", world / "w" / "witness.pub")
    return cellchain("verify", proof, *trust, *known, *more)


def proved(home: Path, transaction: str, file: Path) -> Path:
    """Cut the proof of a receipt."""
    code, said = cellchain("prove", "receipt", transaction, "--out", file, "--home", home)
    assert code == 0, said
    return file


def evidence(world: Path) -> list[Path]:
    return list((world / "w" / "evidence").iterdir())


@contextmanager
def two_histories(world: Path, *, also_in_b: int) -> Iterator[tuple[str, str, str, str]]:
    """Fork the home and let both go on; give both URLs, and a transaction of each."""
    shutil.copytree(world / "a", world / "b")
    (here,) = registered(world / "a", "HERE")
    there = registered(world / "b", "THERE", *(f"MORE{n}" for n in range(also_in_b)))[0]
    with served(world / "a") as a, served(world / "b") as b:
        yield a, b, here, there


@pytest.mark.parametrize("also_in_b", [0, 5], ids=["as long", "longer"])
def test_a_split_view_is_seen_and_shown(world: Path, also_in_b: int):
    trust = ("--trust", world / "a" / "operator.pub")
    with two_histories(world, also_in_b=also_in_b) as (a, b, here, there):
        assert witness(world, a, *trust)[0] == 0
        code, said = witness(world, b)
        assert (code, "signed two histories" in said) == (1, True)
        shown_a = proved(world / "a", here, world / "here.json")
        page_a = proved(world / "a", here, world / "here.html")
        shown_b = proved(world / "b", there, world / "there.json")

    assert verified(world, shown_a, *UNANIMOUS)[0] == 0
    assert "witness.example/w1 cosigned" in verified(world, page_a, *UNANIMOUS)[1]
    assert verified(world, shown_b)[0] == 0
    code, said = verified(world, shown_b, *UNANIMOUS)
    assert (code, "proof.witnesses" in said) == (1, True)

    (file,) = evidence(world)
    assert cellchain("witness", "judge", file, *trust)[0] == 0
    code, said = cellchain("witness", "status", "--folder", world / "w", "--json")
    assert (code, len(json.loads(said)["split_views"])) == (1, 1)


def test_a_shorter_history_is_told_and_is_no_evidence(world: Path):
    shutil.copytree(world / "a", world / "b")
    registered(world / "a", "HERE")
    with served(world / "a") as a, served(world / "b") as b:
        assert witness(world, a, "--trust", world / "a" / "operator.pub")[0] == 0
        code, said = witness(world, b)
    assert (code, "witness.behind" in said) == (1, True)
    assert evidence(world) == []


def test_nobody_is_trusted_at_first_sight(world: Path):
    with served(world / "a") as a:
        code, said = witness(world, a)
    assert (code, "witness.unknown_origin" in said) == (1, True)


def test_a_record_is_covered_once_the_next_block_is_cosigned(world: Path):
    """The mark of the next block holds the app hash that was proved."""
    file, home = world / "record.html", ("--home", world / "a")
    subject = BATTERY + "ONE"
    said = cellchain("prove", "record", "custody.custody", subject, "--out", file, *home)
    assert "prove cosigned" in said[1]
    assert verified(world, file, *UNANIMOUS)[0] == 1
    assert cellchain("prove", "cosigned", file, *home)[0] == 1
    with served(world / "a") as a:
        registered(world / "a", "THREE")
        assert witness(world, a, "--trust", world / "a" / "operator.pub")[0] == 0
    assert cellchain("prove", "cosigned", file, *home)[0] == 0
    assert verified(world, file, *UNANIMOUS)[0] == 0


def test_a_rotation_is_followed_and_a_stolen_former_key_is_not(world: Path):
    trust = ("--trust", world / "a" / "operator.pub")
    with served(world / "a") as a:
        assert witness(world, a, *trust)[0] == 0
    shutil.copytree(world / "a", world / "stolen")
    home = ("--home", world / "a")
    rotated = cellchain("key", "rotate", "headers-2", "--old", "headers", "--operator", *home)
    assert rotated[0] == 0, rotated
    registered(world / "a", "AFTER")
    registered(world / "stolen", "THIEF", "THIEF2")
    with served(world / "a") as a, served(world / "stolen") as thief:
        assert witness(world, a)[0] == 0
        code, said = witness(world, thief)
    assert (code, "witness.unsigned" in said) == (1, True)


def _told(process: subprocess.Popen[str], what: str) -> dict[str, Any]:
    assert process.stdout is not None
    for line in process.stdout:
        told: dict[str, Any] = json.loads(line)
        if told["what"] == what:
            return told
    raise AssertionError(f"the witness ended without saying {what!r}")


def test_a_log_pushes_to_a_witness_that_listens(world: Path):
    command = ["witness", "--listen", "127.0.0.1:0", "--folder", world / "w", "--json"]
    trust = ["--trust", world / "a" / "operator.pub"]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, command + trust)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = _told(process, "listening")["url"]
        with (world / "a" / FILE_NAME).open("a") as settings:
            settings.write(f'push = ["{url}"]\n')
        with served(world / "a") as a:
            (sent,) = registered(world / "a", "PUSHED")
            proof = world / "pushed.json"
            seen = 0
            while verified(world, proved(world / "a", sent, proof), *UNANIMOUS)[0]:
                seen += 1
                assert seen < 60, httpx.get(f"{a}/readyz").text
        told = httpx.get(f"{url}/witness.json").json()
        assert [log["size"] > 0 for log in told["logs"]] == [True]
        assert witness(world, "http://127.0.0.1:1")[0] == 3, "the folder is in use"
    finally:
        process.terminate()
        process.wait(timeout=30)
        if process.stdout is not None:
            process.stdout.close()
