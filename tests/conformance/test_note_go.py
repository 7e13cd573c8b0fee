"""Signed notes against the reader of the Go project, which ships inside the Go tool chain."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from cellchain.crypto.note import Checkpoint, sign_note, verifier_key
from cellchain.crypto.signatures import SigningKey
from tests.machine import cannot, require

PROGRAM = """package main

import ("fmt"; "io"; "os"; "oracle/note")

func main() {
	verifier, err := note.NewVerifier(os.Args[1])
	if err != nil { fmt.Println(err); os.Exit(2) }
	text, _ := io.ReadAll(os.Stdin)
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil { fmt.Println(err); os.Exit(1) }
	fmt.Print(opened.Text)
}
"""
KEY = SigningKey(bytes(range(32)))
OPERATOR = verifier_key("cars.example", KEY.public_key)
CHECKPOINT = str(Checkpoint(origin="cars.example/log", size=42, root=bytes(range(32))))


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    go = require("go", purpose="whose reader of notes is the oracle")
    root = subprocess.run([go, "env", "GOROOT"], capture_output=True, text=True, check=True)
    source = Path(root.stdout.strip(), "src/cmd/vendor/golang.org/x/mod/sumdb/note/note.go")
    if not source.exists():
        cannot(f"this Go tool chain does not carry {source.name}")
    folder = tmp_path_factory.mktemp("oracle")
    (folder / "note").mkdir()
    shutil.copy(source, folder / "note" / "note.go")
    (folder / "go.mod").write_text("module oracle\n")
    (folder / "main.go").write_text(PROGRAM)
    offline = os.environ | {"GOPROXY": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod"}
    subprocess.run([go, "build", "-o", "oracle", "."], cwd=folder, env=offline, check=True)
    return folder / "oracle"


def read(oracle: Path, note: bytes, key: str = str(OPERATOR)) -> tuple[int, bytes]:
    done = subprocess.run([oracle, key], input=note, capture_output=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize("text", [CHECKPOINT, "a\n\nb\n", "é — ü\n", "\n"])
def test_go_reads_our_notes(oracle: Path, text: str):
    note = str(sign_note(text, "cars.example", KEY)).encode()
    assert read(oracle, note) == (0, text.encode())


def test_go_refuses_a_changed_note(oracle: Path):
    note = str(sign_note(CHECKPOINT, "cars.example", KEY)).encode()
    code, reason = read(oracle, note.replace(b"42", b"43"))
    assert (code, b"invalid signature" in reason) == (1, True)


def test_go_ignores_our_note_under_another_key(oracle: Path):
    other = verifier_key("cars.example", SigningKey(bytes(32)).public_key)
    note = str(sign_note(CHECKPOINT, "cars.example", KEY)).encode()
    assert read(oracle, note, str(other))[0] == 1
