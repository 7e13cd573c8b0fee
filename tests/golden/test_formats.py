"""The formats as `docs/reference/formats.md` tells them, read with nothing of ours.

First the bytes are what they were; then a reader written from the page alone, with SHA-256, JSON
and a signature check, finds in them what they say.
"""

from __future__ import annotations

import json
import re
import struct
from base64 import b64decode
from hashlib import sha256, shake_256
from pathlib import Path

import pytest
from nacl.signing import VerifyKey

from tests.golden.made import BATTERY, DATA, READINGS, SECRET, chain, files

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "formats.md").read_text()
KEPT = {path.name: path.read_bytes() for path in DATA.iterdir()}
SHOWN = [
    "operator.pub",
    "header.json",
    "transaction.json",
    "checkpoint",
    "cosigned",
    "reading-proof.json",
]


def h(*parts: bytes) -> bytes:
    return sha256(b"".join(parts)).digest()


def canonical(value: object) -> bytes:
    """RFC 8785 as far as integers and ASCII keys need it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def operator() -> bytes:
    return b64decode(KEPT["operator.pub"].decode().split("+", 2)[2])[1:]


def log_root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    return h(b"\x01", log_root(leaves[:middle]), log_root(leaves[middle:]))


def map_root(pairs: dict[bytes, bytes], depth: int = 0) -> bytes:
    """The root of a map from hashes of names to hashes of values."""
    if not pairs:
        return bytes(32)
    if len(pairs) <= 32:
        return h(b"\x00", *(k + v for k, v in sorted(pairs.items())))
    children = []
    for digit in "0123456789abcdef":
        below = {k: v for k, v in pairs.items() if k.hex()[depth] == digit}
        children.append(map_root(below, depth + 1))
    return h(b"\x01", *children)


def app_hash(state: dict[str, object], log: bytes, mapped: bytes) -> str:
    size = int(str(state["log_size"])).to_bytes(8, "big")
    return h(b"\x02", size, log, mapped, bytes.fromhex(str(state["parameter_hash"]))).hex()


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return files()


def test_there_is_a_file_for_each_format(made: dict[str, bytes]):
    assert made.keys() == KEPT.keys()


@pytest.mark.parametrize("name", sorted(KEPT))
def test_the_bytes_are_what_they_were(made: dict[str, bytes], name: str):
    assert made[name] == KEPT[name], "a format changed: `python -m tests.golden.made` if on purpose"


@pytest.mark.parametrize("name", SHOWN)
def test_the_page_shows_the_very_bytes(name: str):
    assert KEPT[name].decode().strip() in PAGE


@pytest.mark.parametrize("name", [n for n in sorted(KEPT) if n.endswith(".json")])
def test_json_is_canonical(name: str):
    assert canonical(json.loads(KEPT[name])) == KEPT[name]


def test_a_verifier_key():
    name, key_id, key = KEPT["operator.pub"].decode().strip().split("+", 2)
    assert b64decode(key)[:1] == b"\x01"
    assert h(name.encode(), b"\n", b64decode(key))[:4].hex() == key_id


def test_a_header_is_signed_by_the_operator():
    signed = json.loads(KEPT["header.json"])
    message = b"cellchain/header/1\n" + canonical(signed["header"])
    VerifyKey(operator()).verify(message, bytes.fromhex(signed["signature"]))


def test_a_checkpoint_is_signed_by_the_operator():
    text, signature = KEPT["checkpoint"].decode().split("\n\n")
    blob = b64decode(signature.split(" ")[2])
    VerifyKey(operator()).verify(text.encode() + b"\n", blob[4:])
    assert blob[:4].hex() == KEPT["operator.pub"].decode().split("+")[1]
    assert text.split("\n")[0] == "test"


def test_a_cosignature_is_of_the_witness_and_tells_its_time():
    text, lines = KEPT["cosigned"].decode().split("\n\n")
    name, _, key = KEPT["witness.pub"].decode().strip().split("+", 2)
    blob = b64decode(lines.splitlines()[1].split(" ")[2])
    assert blob[:4] == h(name.encode(), b"\n", b64decode(key))[:4]
    time_s = int.from_bytes(blob[4:12], "big")
    message = f"cosignature/v1\ntime {time_s}\n{text}\n".encode()
    VerifyKey(b64decode(key)[1:]).verify(message, blob[12:])
    assert time_s == 1_790_000_060


@pytest.mark.parametrize("name", ["cosigned-proof.json", "cosigned-record-proof.json"])
def test_a_proof_leads_to_the_root_of_a_cosigned_checkpoint(name: str):
    proof = json.loads(KEPT[name])
    state, (part,) = proof["state"], proof["witnessed"]
    mark = {"app_hash": proof["finality"]["header"]["header"]["app_hash"], "kind": "ledger.mark/1"}
    place = state.get("index", state["log_size"])
    root = h(b"\x00", state["entry"].encode() if "entry" in state else canonical(mark))
    _, size, expected = part["checkpoint"].split("\n")[:3]
    last = int(size) - 1
    for node in map(bytes.fromhex, part["path"]):  # RFC 9162 section 2.1.3.2
        if place & 1 or place == last:
            root = h(b"\x01", node, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = h(b"\x01", root, node)
        place, last = place >> 1, last >> 1
    assert b64decode(expected) == root


def test_a_transaction_is_signed_by_its_key():
    envelope = KEPT["transaction.json"]
    whole = json.loads(envelope)
    body = envelope[len(b'{"body":') : -len(b',"signature":""}') - 128]
    message = b"cellchain/transaction/1\n" + body
    key, signature = whole["body"]["key"], whole["signature"]
    VerifyKey(bytes.fromhex(key)).verify(message, bytes.fromhex(signature))
    ids = sha256(sha256(envelope).digest()).hexdigest()
    assert ids == json.loads(KEPT["header.json"])["header"]["transactions"]


@pytest.mark.parametrize("name", ["record-proof.json", "absence-proof.json"])
def test_a_proof_of_a_record_or_its_absence(name: str):
    proof = json.loads(KEPT[name])
    state = proof["state"]
    assert "branches" not in state, "this chain has few records: all of them are one bucket"
    bucket = bytes.fromhex(state["bucket"])
    pairs = {bucket[i : i + 32]: bucket[i + 32 : i + 64] for i in range(0, len(bucket), 64)}
    found = pairs.get(h(state["name"].encode()))
    assert found == (h(state["value"].encode()) if "value" in state else None)
    whole = app_hash(state, bytes.fromhex(state["log_root"]), h(b"\x00", bucket))
    assert whole == proof["finality"]["header"]["header"]["app_hash"]


def test_a_proof_of_an_event():
    proof = json.loads(KEPT["event-proof.json"])
    state = proof["state"]
    place, last = state["index"], state["log_size"] - 1
    root = h(b"\x00", state["entry"].encode())
    for node in map(bytes.fromhex, state["path"]):  # RFC 9162 section 2.1.3.2
        if place & 1 or place == last:
            root = h(b"\x01", node, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = h(b"\x01", root, node)
        place, last = place >> 1, last >> 1
    whole = app_hash(state, root, bytes.fromhex(state["map_root"]))
    assert whole == proof["finality"]["header"]["header"]["app_hash"]


def test_a_leaf_of_readings():
    proof = json.loads(KEPT["reading-proof.json"])
    leaf, salt = bytes.fromhex(proof["leaf"]), bytes.fromhex(proof["salt"])
    assert salt == shake_256(b"cellchain window salts" + SECRET).digest(16)
    rows = list(struct.iter_unpack("<Qq1Iiq", leaf))  # one word of presence, widths 4 and 8
    assert [row[0] for row in rows] == [reading.sequence for reading in READINGS]
    assert [row[2] for row in rows] == [0b11, 0b10]
    assert rows[1][3] == 0
    assert re.search(r"H\(00 ‖ salt ‖ leaf\)", PAGE)


def test_the_file_of_a_ledger():
    import msgspec

    data = KEPT["chain.ledger"]
    magic = b"cellchain ledger 1\n"
    assert data.startswith(magic)
    frames, at = [], len(magic)
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        frames.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    genesis, *blocks, end = frames
    assert genesis == KEPT["genesis.json"]
    assert end == b""
    decoded = [msgspec.msgpack.decode(block) for block in blocks]
    assert [block[0] for block in decoded] == [1, 2, 3]
    assert [len(block[3]) for block in decoded] == [0, 2, 1]
    assert decoded[2][3] == [KEPT["transaction.json"]]
    assert decoded[2][4].hex() == json.loads(KEPT["header.json"])["header"]["app_hash"]


def test_the_whole_state_from_its_entries_and_records():
    state = chain().state
    records = {k[1:]: row.split(b"\n", 1) for k, row in state.store.scan(b"r", b"s")}
    assert all(h(name) == place for place, (name, _) in records.items())
    mapped = map_root({place: h(value) for place, (_, value) in records.items()})
    proof = json.loads(KEPT["record-proof.json"])
    assert mapped == h(b"\x00", bytes.fromhex(proof["state"]["bucket"]))
    assert BATTERY in proof["state"]["name"]
