"""The page's own script, run by node, decides as Python does: on vectors, and on every mutation."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import rfc8785

from cellchain.core.canonical import canonical_bytes
from cellchain.core.errors import Refused
from cellchain.crypto.signatures import SELF_TEST_PATTERN, SELF_TEST_VECTORS, SigningKey, verify
from cellchain.crypto.window import ReadingProof, verify_reading
from cellchain.ledger.finality import Finality, parse_trust
from cellchain.ledger.stage import encode
from cellchain.services.proofs import parse_proof, verify_proof
from cellchain.web.proof_page import SCRIPTS
from tests.conformance.shared import shared_data
from tests.e2e.proofs import (
    NEXT_OPERATOR,
    NEXT_TRUST,
    OPERATOR,
    PROOFS,
    READING_PROOF,
    READINGS,
    STRANGER,
    TRANSACTION,
    TRUST,
    anchored,
    header,
    map_part,
    reading_proof,
)
from tests.machine import require

if TYPE_CHECKING:
    from cellchain.ledger.header import SignedHeader

KINDS = sorted(PROOFS)
DICE = random.Random()


@pytest.fixture(autouse=True)
def _same_dice_for_each_test() -> None:
    DICE.seed(20_260_101)


def node(expression: str, given: Any) -> Any:
    """Return what ``expression`` over ``given`` is, with the page's script loaded."""
    found = require("node", purpose="to run the page's script in")
    parts = [name for name in SCRIPTS if name != "page.js"]
    script = "".join(files("cellchain.web.proof_page").joinpath(n).read_text() for n in parts)
    tail = (
        '\nconst given = JSON.parse(require("fs").readFileSync(0, "utf8"));\n'
        f"(async () => {expression})().then((r) => console.log(JSON.stringify(r)));\n"
    )
    program = '"use strict";\n' + script + tail
    done = subprocess.run(
        [found, "-e", program], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def in_python(data: bytes, trust: str) -> bool:
    try:
        verify_proof(parse_proof(data), parse_trust(trust.encode()))
    except Refused:
        return False
    return True


def in_script(cases: list[tuple[bytes, str]]) -> list[bool]:
    given = [[data.decode(), trust] for data, trust in cases]
    check = "(await checkProof(JSON.parse(data), trust, verifyStrictly)).good"
    loop = f"try {{ out.push({check}) }} catch {{ out.push(false) }}"
    body = f"{{ const out = []; for (const [data, trust] of given) {{ {loop} }} return out; }}"
    answers: list[bool] = node(body, given)
    return answers


def test_hashes_are_those_of_python():
    data = [DICE.randbytes(n) for n in [*range(150), 1000, 5000]]
    answers = node(
        "given.map((h) => [toHex(sha256(fromHex(h))), toHex(sha512(fromHex(h)))])",
        [item.hex() for item in data],
    )
    expected = [[hashlib.sha256(d).hexdigest(), hashlib.sha512(d).hexdigest()] for d in data]
    assert answers == expected


def test_the_twelve_vectors_give_the_pattern_of_libsodium():
    assert node("selfTest(verifyStrictly, given)", SELF_TEST_VECTORS) == SELF_TEST_PATTERN


def test_a_lenient_browser_is_not_believed():
    lenient = node("selfTest(verifyNatively, given)", SELF_TEST_VECTORS)
    chosen = node("(await chooseVerifier(given, 'xxxVxxxxxxxx')).own", SELF_TEST_VECTORS)
    assert chosen is (lenient != SELF_TEST_PATTERN)


def crafted_signatures() -> list[tuple[bytes, bytes, bytes]]:
    """Good ones, flipped bits, points of small order, S + L, encodings that are not canonical."""
    order, prime = 2**252 + 27742317777372353535851937790883648493, 2**255 - 19
    odd_points = [
        *(bytes([n]) + bytes(31) for n in (0, 1, 2)),
        *(bytes([n]) + bytes(30) + b"\x80" for n in (0, 1)),
        *((prime + n).to_bytes(32, "little") for n in (-1, 0, 1, 3)),
        *(((prime + n) | 2**255).to_bytes(32, "little") for n in (-1, 0, 1)),
        *(bytes.fromhex(part) for case in SELF_TEST_VECTORS for part in (case[1], case[2][:64])),
    ]
    cases = []
    for number in range(60):
        key = SigningKey(DICE.randbytes(32))
        message = DICE.randbytes(number)
        signature = key.sign(message)
        s = int.from_bytes(signature[32:], "little")
        flipped = bytearray(signature)
        flipped[DICE.randrange(64)] ^= 1 << DICE.randrange(8)
        point = odd_points[number % len(odd_points)]
        cases += [
            (key.public_key, message, signature),
            (key.public_key, message, bytes(flipped)),
            (key.public_key, message, signature[:32] + (s + order).to_bytes(32, "little")),
            (key.public_key, message, point + signature[32:]),
            (point, message, signature),
            (point, message, point + bytes(32)),
        ]
    return cases


def test_signatures_are_judged_as_libsodium_does():
    cases = crafted_signatures()
    answers = node(
        "given.map(([k, m, s]) => verifyStrictly(fromHex(k), fromHex(m), fromHex(s)))",
        [[part.hex() for part in case] for case in cases],
    )
    assert answers == [verify(*case) for case in cases]
    assert 60 <= sum(answers) < len(answers) // 4


def test_canonical_text_is_that_of_rfc_8785():
    values: list[Any] = [
        {"b": [1, -(2**53) + 1, True, None], "a": {"Z": 'é\u2028\x01"\\/\x7f', "10": 1, "9": 2}},
        [],
        {},
        "",
        0,
        {"": [[{}]]},
    ]
    assert node("given.map(canonicalText)", values) == [rfc8785.dumps(v).decode() for v in values]


def test_inclusion_is_judged_as_the_vectors_say():
    folder = shared_data("ledger", "rfc9162", "inclusion")
    cases = [json.loads(path.read_text()) for path in sorted(folder.rglob("*.json"))]
    answers = node(
        """given.map((c) => { try {
            const b64 = (t) => Uint8Array.from(atob(t || ""), (x) => x.charCodeAt(0));
            const all = [c.leafHash, ...(c.proof || [])];
            const [leaf, ...path] = all.map((t) => hash32(toHex(b64(t))));
            const root = logRoot(c.leafIdx, c.treeSize, leaf, path);
            return root !== null && equalBytes(root, b64(c.root));
        } catch { return false; } })""",
        cases,
    )
    assert answers == [not case["wantErr"] for case in cases]


@pytest.mark.parametrize("kind", KINDS)
def test_a_true_proof_is_good_in_both(kind: str):
    data = PROOFS[kind]
    trusts = [TRUST, NEXT_TRUST, TRUST.replace("cars", "vans")]
    expected = [True, kind == "record after a rotation", False]
    assert [in_python(data, trust) for trust in trusts[:2]] == expected[:2]
    assert in_script([(data, trust) for trust in trusts]) == expected


def mutated(data: bytes) -> bytes:
    """Change one value somewhere: a digit, a letter, a number, or leave it out."""
    whole = json.loads(data)
    places: list[tuple[Any, Any]] = []

    def collect(value: Any) -> None:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            places.append((value, key))
            if isinstance(item, dict | list):
                collect(item)

    collect(whole)
    holder, key = DICE.choice(places)
    holder[key] = changed(holder[key])
    if DICE.random() < 0.1:
        del holder[key]
    return canonical_bytes(whole)


def changed(value: Any) -> Any:
    if isinstance(value, str):
        place = DICE.randrange(len(value) + 1)
        return (
            value[:place] + DICE.choice("0123456789abcdefZ ") + value[place + DICE.randrange(2) :]
        )
    if isinstance(value, int):
        return DICE.choice([value + 1, value - 1, -value, 2 * value, 2**40 + value])
    return [*value, *value[:1]] if isinstance(value, list) else value


@pytest.mark.parametrize("kind", KINDS)
def test_every_mutation_is_judged_alike(kind: str):
    cases = [(mutated(PROOFS[kind]), TRUST) for _ in range(60)]
    expected = [in_python(*case) for case in cases]
    assert in_script(cases) == expected
    assert not all(expected)


def test_a_proof_by_a_stranger_fails():
    """Rooted in itself: all hashes and signatures fit, the key is another."""
    whole = json.loads(PROOFS["record"])
    signed = whole["finality"]["header"]
    signed["header"]["operator"] = STRANGER.key_id
    message = b"cellchain/header/1\n" + canonical_bytes(signed["header"])
    signed["signature"] = STRANGER.sign(message).hex()
    data = canonical_bytes(whole)
    assert in_script([(data, TRUST)]) == [in_python(data, TRUST)] == [False]


def rotated(key: SigningKey, height: int, *rotations: SignedHeader) -> bytes:
    part, whole = map_part()
    last = header(whole, key, height=height)
    return encode({"finality": Finality(header=last, rotations=rotations), "state": part})


def test_a_key_counts_in_its_time_alone():
    to_next = header(bytes(32), OPERATOR, NEXT_OPERATOR, height=7)
    to_stranger = header(bytes(32), NEXT_OPERATOR, STRANGER, height=9)
    expected = {
        rotated(NEXT_OPERATOR, 8, to_next): True,
        rotated(STRANGER, 10, to_next, to_stranger): True,
        rotated(OPERATOR, 1000, to_next): False,
        rotated(NEXT_OPERATOR, 1000, to_next, to_stranger): False,
        rotated(NEXT_OPERATOR, 7, to_next): False,
        rotated(STRANGER, 10, to_stranger, to_next): False,
        rotated(STRANGER, 10, to_stranger): False,
        rotated(OPERATOR, 0): False,
    }
    cases = [(data, TRUST) for data in expected]
    assert [in_python(*case) for case in cases] == list(expected.values())
    assert in_script(cases) == list(expected.values())


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("mass_mg", 1_200_500_000, ["mass", "1,200.5 kg"]),
        ("soh_ppm", 912_500, ["state of health", "91.25 %"]),
        ("temperature_mk", 263_150, ["temperature", "\u221210 °C"]),
        ("voltage_mv", 3_700, ["voltage", "3.7 V"]),
        ("offer_ends_ms", 1_800_000_000_000, ["offer ends", "2027-01-15 08:00:00 UTC"]),
        ("count", 66_666, ["count", "66,666"]),
        ("offered", ["holder", "owner"], ["offered", "holder, owner"]),
        ("deep", {"a": 1}, ["deep", '{"a":1}']),
    ],
)
def test_a_field_is_told_with_its_unit(name: str, value: Any, shown: list[str]):
    assert node("shownField(...given)", [name, value]) == shown


def test_a_difference_of_temperatures_stays_in_kelvin():
    assert node("shownField(...given)", ["spread_mk", 2_500]) == ["spread", "2.5 K"]


def test_numbered_channels_are_told_in_one_row():
    rows = [["pack voltage", "350 V"], ["cell voltage 1", "3.6 V"], ["cell voltage 2", "3.7 V"]]
    told = [["pack voltage", "350 V"], ["cell voltage 1 to 2", "3.6\u00a0V · 3.7\u00a0V"]]
    assert node("foldSeries(given)", rows) == told


def readings_in_python(data: bytes) -> bool:
    whole = json.loads(data)
    window = json.loads(whole["state"]["value"])
    try:
        proof = msgspec.convert(whole["reading"], ReadingProof)
        verify_reading(proof, anchored(whole["state"]["name"].split(" ")[1], window))
    except (Refused, msgspec.ValidationError):
        return False
    return encode(proof) == canonical_bytes(whole["reading"])  # the kind may not be left out


def test_readings_are_decoded_as_in_python():
    whole = json.loads(READING_PROOF)
    shown = node("provedReadings(given.reading, given.state).readings", whole)
    expected = [
        {"sequence": r.sequence, "timeMs": r.time_ms, "values": list(r.values)} for r in READINGS
    ]
    assert shown == expected[-len(shown) :]
    assert in_script([(READING_PROOF, TRUST)]) == [True]


def test_every_mutation_of_a_reading_is_judged_alike():
    cases = []
    for _ in range(200):
        whole = json.loads(READING_PROOF)
        whole["reading"] = json.loads(mutated(canonical_bytes(whole["reading"])))
        cases.append(canonical_bytes(whole))
    assert in_script([(case, TRUST) for case in cases]) == [readings_in_python(c) for c in cases]


LEAVES = {
    "presence of no channel": lambda leaf: leaf[:19] + b"\x80" + leaf[20:],
    "a value that is absent": lambda leaf: leaf[:16] + b"\x00" * 4 + leaf[20:],
    "sequences that fall": lambda leaf: b"\xff" + leaf[1:],
    "a time before the window": lambda leaf: leaf[:8] + bytes(8) + leaf[16:],
    "a reading too few": lambda leaf: leaf[: len(leaf) // 2],
}


@pytest.mark.parametrize("name", LEAVES)
def test_a_leaf_of_another_form_is_refused_though_it_is_in_the_tree(name: str):
    data = reading_proof(LEAVES[name])
    assert in_script([(data, TRUST)]) == [readings_in_python(data)] == [False]


@pytest.mark.parametrize("beside", ["transaction", "reading", "other"])
def test_nothing_strange_may_hang_beside_a_proof(beside: str):
    whole = json.loads(PROOFS["record"]) | {beside: "x"}
    assert in_script([(canonical_bytes(whole), TRUST)]) == [False]


def test_the_transaction_of_a_receipt_is_the_one_it_names():
    whole = json.loads(PROOFS["receipt"])
    good, bad = (canonical_bytes(whole | {"transaction": t}) for t in (TRANSACTION, "{}"))
    assert [in_python(data, TRUST) for data in (good, bad)] == [True, False]
    assert in_script([(good, TRUST), (bad, TRUST)]) == [True, False]
