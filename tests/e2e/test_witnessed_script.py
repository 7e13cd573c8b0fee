"""What witnesses cosigned of a proof: Python and the page's script decide alike."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from cellchain.core.canonical import canonical_bytes
from cellchain.core.errors import Refused
from cellchain.crypto.cosignature import WitnessKey, cosign, parse_witness_key, witness_key
from cellchain.crypto.log import inclusion_path, leaf_hash, leaf_hashes, tree_root
from cellchain.crypto.note import Checkpoint, Note, sign_note
from cellchain.crypto.signatures import SigningKey
from cellchain.ledger.finality import parse_trust
from cellchain.ledger.proof import proved_app_hash
from cellchain.ledger.witnessed import CHECKPOINTS_MAX, Witnesses, witnessed_leaf
from cellchain.services.cosigned import cosigning
from cellchain.services.proofs import parse_proof, verify_proof
from cellchain.web.proof_page import extract_proof, render
from tests.e2e.proofs import CHAIN, LEAVES, OPERATOR, PROOFS, TRUST
from tests.e2e.test_proof_page import opened, text_of
from tests.e2e.test_proof_page_script import changed, node
from tests.far_cosignature import far_cosignature

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO = SigningKey(b"1" * 32), SigningKey(b"2" * 32)
KEYS = {
    ONE: witness_key("one.example/w", ONE.public_key),
    TWO: witness_key("two.example/w", TWO.public_key),
}
FIRST, SECOND = (str(KEYS[key]) for key in (ONE, TWO))
KINDS = ["record", "absence", "event", "receipt"]
DICE = random.Random(7)


def note(leaves: list[bytes], *signers: SigningKey, origin: str = CHAIN, size: int = 0) -> str:
    checkpoint = Checkpoint(origin=origin, size=size or len(leaves), root=tree_root(leaves))
    text = str(checkpoint)
    own = sign_note(text, CHAIN, OPERATOR).signatures
    lines = [cosign(text, KEYS[key].name, key, time_s=1_790_000_000) for key in signers]
    return str(Note(text=text, signatures=(*own, *lines)))


def covered(kind: str, more: int = 3) -> tuple[list[bytes], int]:
    """The log some entries later, and which of them stands for what is proved."""
    state = parse_proof(PROOFS[kind]).state
    index, leaf = witnessed_leaf(state, proved_app_hash(state))
    leaves = [*LEAVES, *leaf_hashes(b"later %d" % n for n in range(more))]
    leaves[index] = leaf
    return leaves, index


def part(kind: str, *signers: SigningKey, more: int = 3, **how: Any) -> dict[str, Any]:
    leaves, index = covered(kind, more)
    path = [one.hex() for one in inclusion_path(index, leaves)]
    return {"checkpoint": note(leaves, *signers, **how), "path": path}


def with_parts(kind: str, *parts: Any) -> bytes:
    return canonical_bytes(json.loads(PROOFS[kind]) | {"witnessed": list(parts)})


Case = tuple[bytes, list[str]]


def in_python(data: bytes, lines: list[str]) -> bool:
    try:
        keys: tuple[WitnessKey, ...] = tuple(map(parse_witness_key, lines))
        required = len({key.public_key for key in keys})
        asked = Witnesses(keys=keys, required=required)
        verify_proof(parse_proof(data), parse_trust(TRUST.encode()), asked)
    except Refused:
        return False
    return True


def in_script(cases: list[Case]) -> list[bool]:
    given = [[data.decode(), TRUST, lines] for data, lines in cases]
    check = "(await checkProof(JSON.parse(data), trust, verifyStrictly, lines)).good"
    loop = f"try {{ out.push({check}) }} catch {{ out.push(false) }}"
    body = (
        f"{{ const out = []; for (const [data, trust, lines] of given) {{ {loop} }} return out; }}"
    )
    answers: list[bool] = node(body, given)
    return answers


@pytest.mark.parametrize("kind", KINDS)
def test_who_cosigned_and_who_did_not(kind: str):
    both, one = part(kind, ONE, TWO), part(kind, ONE)
    apart = [one, part(kind, TWO, more=9)]
    expected = {
        (with_parts(kind, both), FIRST): True,
        (with_parts(kind, both), f"{FIRST} {SECOND}"): True,
        (with_parts(kind, *apart), f"{FIRST} {SECOND}"): True,
        (with_parts(kind, one), f"{FIRST} {SECOND}"): False,
        (with_parts(kind, one), SECOND): False,
        (with_parts(kind, one), ""): True,
        (PROOFS[kind], FIRST): False,
        (PROOFS[kind], ""): True,
    }
    cases = [(data, lines.split()) for data, lines in expected]
    assert [in_python(*case) for case in cases] == list(expected.values())
    assert in_script(cases) == list(expected.values())


def forged(line: str) -> dict[str, Any]:
    """A known witness's line that fails, beside a good one of another."""
    good = part("event", ONE, TWO)
    *head, last, _ = good["checkpoint"].split("\n")
    middle = len(last) - 30
    other = "B" if last[middle] == "A" else "A"
    broken = last[:middle] + other + last[middle + 1 :]
    assert line in broken
    return good | {"checkpoint": "\n".join([*head, broken, ""])}


def far(*, honest: bool) -> dict[str, Any]:
    """A known witness's line of a time beyond the calendar, first, and whether its good one too."""
    good = part("event", *([ONE, TWO] if honest else [TWO]))
    text, _, lines = good["checkpoint"].partition("\n\n")
    line = far_cosignature(f"{text}\n", KEYS[ONE].name, ONE)
    return good | {"checkpoint": f"{text}\n\n{line}{lines}"}


def wrong_cases() -> dict[str, Case]:
    leaves, index = covered("event")
    one = part("event", ONE)
    elsewhere = [one.hex() for one in inclusion_path(index - 1, leaves)]
    return {
        "a known line that fails": (with_parts("event", forged("two.example")), [FIRST, SECOND]),
        "and only the other is asked for": (with_parts("event", forged("two.example")), [FIRST]),
        "a known line beyond the calendar": (with_parts("event", far(honest=False)), [FIRST]),
        "and only the honest one is asked for": (with_parts("event", far(honest=False)), [SECOND]),
        "beside a good one": (with_parts("event", far(honest=True)), [FIRST, SECOND]),
        "another log": (with_parts("event", part("event", ONE, origin="vans")), [FIRST]),
        "another place": (with_parts("event", part("event", ONE) | {"path": elsewhere}), [FIRST]),
        "a path that ends early": (
            with_parts("event", part("event", ONE) | {"path": elsewhere[:-1]}), [FIRST],
        ),
        "a smaller size": (with_parts("event", part("event", ONE, size=5)), [FIRST]),
        "no signature lines": (
            with_parts("event", part("event") | {"checkpoint": "cars\n1\nAA==\n"}), [],
        ),
        "a further field": (with_parts("event", part("event", ONE) | {"more": 1}), [FIRST]),
        "none": (with_parts("event"), []),
        "too many": (with_parts("event", *[one] * (CHECKPOINTS_MAX + 1)), [FIRST]),
        "as many as may be": (with_parts("event", *[one] * CHECKPOINTS_MAX), [FIRST]),
        "the key of a log": (with_parts("event", part("event", ONE)), [TRUST]),
        "another record's mark": (
            with_parts("record", part("record in a small ledger", ONE)), [FIRST],
        ),
    }  # fmt: skip


WRONG = wrong_cases()
GOOD = {
    "and only the other is asked for",
    "and only the honest one is asked for",
    "beside a good one",
    "as many as may be",
}


def test_what_does_not_hold_is_refused_by_both():
    cases = list(WRONG.values())
    expected = [name in GOOD for name in WRONG]
    assert dict(zip(WRONG, (in_python(*case) for case in cases), strict=True)) == dict(
        zip(WRONG, expected, strict=True)
    )
    assert in_script(cases) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_every_mutation_is_judged_alike(kind: str):
    whole = json.loads(with_parts(kind, part(kind, ONE, TWO)))
    cases = []
    for _ in range(120):
        copy = json.loads(json.dumps(whole))
        (holder,) = copy["witnessed"]
        if DICE.random() < 0.5:
            holder["checkpoint"] = changed(holder["checkpoint"])
        else:
            place = DICE.randrange(len(holder["path"]))
            holder["path"][place] = changed(holder["path"][place])
        cases.append((canonical_bytes(copy), [FIRST, SECOND]))
    expected = [in_python(*case) for case in cases]
    assert in_script(cases) == expected
    assert not all(expected)


def test_a_page_carries_the_witnesses_that_cosigned():
    data = with_parts("record", part("record", ONE))
    known = cosigning(parse_proof(data), KEYS.values())
    page = render(data, TRUST, known)
    assert FIRST.encode() in page
    assert SECOND.encode() not in page
    assert extract_proof(page) == data


def test_the_browser_names_the_witnesses(tmp_path: Path):
    data = with_parts("record", part("record", ONE, TWO))
    dom = opened(tmp_path, render(data, TRUST, list(KEYS.values())))
    assert text_of(dom, "verdict") == "Proved: every step holds"
    assert "cosigned by one.example/w, two.example/w" in text_of(dom, "steps")


def test_a_witness_beyond_the_calendar_spoils_nothing_that_others_cosigned():
    asked, proof = (
        Witnesses(keys=tuple(KEYS.values()), required=1),
        with_parts("event", far(honest=False)),
    )
    verdict = verify_proof(parse_proof(proof), parse_trust(TRUST.encode()), asked)
    assert [one.witness for one in verdict.cosigned] == ["two.example/w"]
    assert "two.example/w cosigned" in verdict.sentences()[-1]
    assert cosigning(parse_proof(proof), KEYS.values()) == [KEYS[TWO]]


def test_the_verdict_says_who_and_when():
    asked = Witnesses(keys=tuple(KEYS.values()), required=1)
    data = with_parts("event", part("event", ONE), part("event", ONE, more=9))
    verdict = verify_proof(parse_proof(data), parse_trust(TRUST.encode()), asked)
    (vouching,) = verdict.cosigned
    assert (vouching.witness, vouching.size) == ("one.example/w", len(LEAVES) + 9)
    assert "one.example/w cosigned" in verdict.sentences()[-1]


def test_one_key_under_two_names_is_one_witness():
    other = witness_key("another.example/w", ONE.public_key)
    leaves, index = covered("event")
    text = str(Checkpoint(origin=CHAIN, size=len(leaves), root=tree_root(leaves)))
    lines = [cosign(text, name, ONE, time_s=1) for name in ("one.example/w", other.name)]
    signed = str(Note(text=text, signatures=tuple(lines)))
    path = [one.hex() for one in inclusion_path(index, leaves)]
    proof = parse_proof(with_parts("event", {"checkpoint": signed, "path": path}))
    asked = Witnesses(keys=(KEYS[ONE], other), required=2)
    with pytest.raises(Refused, match=r"proof\.witnesses"):
        verify_proof(proof, parse_trust(TRUST.encode()), asked)


def test_a_mark_is_what_the_log_holds():
    """The place of the mark is the size of the log that was proved."""
    leaves, index = covered("record")
    assert index == len(LEAVES)
    app_hash = proved_app_hash(parse_proof(PROOFS["record"]).state).hex()
    mark = f'{{"app_hash":"{app_hash}","kind":"ledger.mark/1"}}'.encode()
    assert leaves[index] == leaf_hash(mark)
