"""Odd arguments and odd files end in a code, never in a traceback."""

import io
from pathlib import Path

import pytest
import typer
from msgspec.structs import replace

from cellchain.app import Cellchain
from cellchain.cli.root import build, index, run
from cellchain.ledger.export import write_ledger
from tests.homes import genesis

KEPT = Path(__file__).parents[2] / "golden" / "data"
PROOF = str(KEPT / "record-proof.json")


def failed(capsys, *arguments):
    """Return the exit code and the error's code."""
    code = run(Cellchain(), arguments)
    return code, capsys.readouterr().err.partition(":")[0]


@pytest.mark.parametrize(
    "arguments",
    [
        ("\udcff",),
        ("verify", "\udcff", "--trust", "x"),
        ("query", "record", "custody.custody", "a\udc80"),
    ],
    ids=["verb", "file", "subject"],
)
def test_an_argument_that_is_not_utf_8_is_misuse(capsys, arguments):
    assert failed(capsys, *arguments) == (2, "cli.argument")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
def test_a_trust_without_end_is_not_read_to_its_end(capsys):
    found = failed(capsys, "verify", PROOF, "--trust", "/dev/zero")
    assert found == (2, "trust.unreadable")


@pytest.mark.parametrize(
    ("error", "expected"),
    [(MemoryError(), (3, "cli.memory")), (RecursionError(), (2, "cli.too_deep"))],
    ids=["memory", "depth"],
)
def test_what_this_machine_cannot_take_has_a_code(capsys, monkeypatch, error, expected):
    def fail(_):
        raise error

    monkeypatch.setattr("cellchain.cli.verify.parse_proof", fail)
    assert failed(capsys, "verify", PROOF, "--trust", str(KEPT / "operator.pub")) == expected


GOOD = genesis()
MESSAGE = GOOD.messages[0]


@pytest.mark.parametrize(
    "crafted",
    [
        pytest.param(genesis(contracts=("custody",)), id="no-neighbours"),
        pytest.param(replace(genesis(contracts=("membership",)), messages=()), id="no-messages"),
        pytest.param(genesis(contracts=("no-such",)), id="unknown-contract"),
        pytest.param(genesis(quota_window_ms=0), id="no-window"),
        pytest.param(genesis(libraries={"no-such": "1"}), id="unknown-library"),
        pytest.param(replace(GOOD, messages=({},)), id="empty-message"),
        pytest.param(replace(GOOD, messages=({"kind": "x"},)), id="unknown-message"),
        pytest.param(replace(GOOD, messages=(MESSAGE, MESSAGE)), id="message-twice"),
    ],
)
def test_a_crafted_ledger_file_ends_in_a_code(capsys, tmp_path, crafted):
    file = io.BytesIO()
    write_ledger(file, crafted.to_bytes(), [])
    path = tmp_path / "crafted.ledger"
    path.write_bytes(file.getvalue()[:-4] + (5).to_bytes(4, "big") + b"\x95\x01")
    code, name = failed(capsys, "replay", str(path))
    assert code in (1, 2, 4)
    assert "." in name


def test_the_index_says_of_each_verb_what_its_own_help_says_first():
    whole = typer.main.get_command(build()).commands
    told = typer.main.get_command(index()).commands
    assert set(told) == set(whole)
    for name, command in told.items():
        assert whole[name].get_short_help_str(300).startswith(command.help.rstrip("."))
