"""Notes, cosignatures and proofs against the checksum database of the Go project.

The judge is a small Go program over `golang.org/x/mod/sumdb`, in the copy that ships inside the Go
tool chain: nothing is fetched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from cellchain.crypto.cosignature import cosign, witness_key
from cellchain.crypto.log import (
    consistency_proof,
    inclusion_path,
    leaf_hash,
    leaf_hashes,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from cellchain.crypto.note import Checkpoint, Note, sign_note, verifier_key, verify_note
from cellchain.crypto.signatures import SigningKey
from tests.machine import cannot, require

PROGRAM = Path(__file__).parent / "judge" / "main.go"
KEY, WITNESS_SIGNING = SigningKey(bytes(range(32))), SigningKey(b"w" * 32)
OPERATOR = verifier_key("cars.example", KEY.public_key)
WITNESS = witness_key("witness.example/w1", WITNESS_SIGNING.public_key)
CHECKPOINT = str(Checkpoint(origin="cars.example/log", size=42, root=bytes(range(32))))
SIZES = (1, 2, 3, 8, 21)


@pytest.fixture(scope="session")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    go = require("go", purpose="whose checksum database is the judge")
    root = subprocess.run([go, "env", "GOROOT"], capture_output=True, text=True, check=True)
    source = Path(root.stdout.strip(), "src/cmd/vendor/golang.org/x/mod/sumdb")
    if not source.exists():
        cannot("this Go tool chain does not carry its checksum database")
    folder = tmp_path_factory.mktemp("judge")
    for part in ("note", "tlog"):
        shutil.copytree(source / part, folder / part)
    shutil.copy(PROGRAM, folder)
    (folder / "go.mod").write_text("module judge\n")
    offline = os.environ | {"GOPROXY": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod"}
    subprocess.run([go, "build", "-o", "judge", "."], cwd=folder, env=offline, check=True)
    return folder / "judge"


def asked(judge: Path, *arguments: object, given: bytes = b"") -> tuple[int, str]:
    done = subprocess.run(
        [judge, *map(str, arguments)], input=given, capture_output=True, check=False
    )
    return done.returncode, done.stdout.decode()


def cosigned(text: str = CHECKPOINT) -> bytes:
    note = sign_note(text, "cars.example", KEY)
    line = cosign(text, WITNESS.name, WITNESS_SIGNING, time_s=1_790_000_000)
    return str(Note(text=text, signatures=(*note.signatures, line))).encode()


@pytest.mark.parametrize("text", [CHECKPOINT, "a\n\nb\n", "é — ü\n", "\n"])
def test_go_reads_our_notes(judge: Path, text: str):
    note = str(sign_note(text, "cars.example", KEY)).encode()
    assert asked(judge, "open", OPERATOR, given=note) == (0, f"cars.example\n\n{text}")


def test_go_refuses_a_changed_note(judge: Path):
    note = str(sign_note(CHECKPOINT, "cars.example", KEY)).encode()
    code, reason = asked(judge, "open", OPERATOR, given=note.replace(b"42", b"43"))
    assert (code, "invalid signature" in reason) == (1, True)


def test_go_ignores_our_note_under_another_key(judge: Path):
    other = verifier_key("cars.example", SigningKey(bytes(32)).public_key)
    note = str(sign_note(CHECKPOINT, "cars.example", KEY)).encode()
    assert asked(judge, "open", other, given=note)[0] == 1


def test_go_reads_our_cosignatures(judge: Path):
    names = "cars.example\nwitness.example/w1\n"
    assert asked(judge, "open", OPERATOR, WITNESS, given=cosigned()) == (
        0,
        f"{names}\n{CHECKPOINT}",
    )
    assert asked(judge, "open", OPERATOR, given=cosigned())[0] == 0
    code, reason = asked(judge, "open", WITNESS, given=cosigned().replace(b"42", b"43"))
    assert (code, "invalid signature" in reason) == (1, True)


def test_we_read_the_notes_and_cosignatures_of_go(judge: Path):
    code, note = asked(
        judge, "sign", "go.example", bytes(range(32)).hex(), 7, given=CHECKPOINT.encode()
    )
    assert code == 0, note
    operator = verifier_key("go.example", KEY.public_key)
    witness = witness_key("w/go.example", KEY.public_key)
    read = verify_note(note.encode(), [operator, witness])
    assert [line.name for line in read.signatures] == ["go.example", "w/go.example"]
    assert read.signatures[1] == cosign(CHECKPOINT, witness.name, KEY, time_s=7)
    assert str(sign_note(CHECKPOINT, "go.example", KEY)) == note.rpartition("\u2014")[0]


@pytest.mark.parametrize("size", SIZES)
def test_go_accepts_our_proofs_and_no_other_root(judge: Path, size: int):
    leaves = leaf_hashes(str(n).encode() for n in range(size))
    root = tree_root(leaves)
    for index in (0, size // 2, size - 1):
        path = [one.hex() for one in inclusion_path(index, leaves)]
        proved = ("include", index, size, leaves[index].hex())
        assert asked(judge, *proved, root.hex(), *path)[0] == 0
        assert asked(judge, *proved, root[::-1].hex(), *path)[0] == 1
    for old in {1, (size + 1) // 2, size}:
        proof = consistency_proof(old, size, lambda low, high: tree_root(leaves[low:high]))
        hashes = [one.hex() for one in proof]
        roots = (tree_root(leaves[:old]).hex(), root.hex())
        assert asked(judge, "consist", old, size, *roots, *hashes)[0] == 0
        assert asked(judge, "consist", old, size, *roots[::-1], *hashes)[0] == (old != size)


@pytest.mark.parametrize("size", SIZES)
def test_we_accept_the_proofs_of_go(judge: Path, size: int):
    code, told = asked(judge, "prove", size)
    assert code == 0, told
    head, *lines = told.splitlines()
    leaves = leaf_hashes(str(n).encode() for n in range(size))
    root = bytes.fromhex(head.removeprefix("root "))
    assert root == tree_root(leaves)
    assert len(lines) == 2 * size
    for line in lines:
        kind, number, *hashes = line.split()
        proof, n = [bytes.fromhex(one) for one in hashes], int(number)
        if kind == "inclusion":
            assert verify_inclusion(n, size, leaf_hash(number.encode()), proof, root)
        else:
            assert verify_consistency(n, size, tree_root(leaves[:n]), root, proof)
