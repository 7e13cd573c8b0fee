"""The log over HTTP: what its witnesses ask of it, and what they hand back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cellchain.core.errors import Refused
from cellchain.crypto.cosignature import cosign, parse_witness_keys, witness_key
from cellchain.crypto.log import verify_consistency
from cellchain.crypto.note import (
    Checkpoint,
    Note,
    parse_checkpoint,
    parse_note,
    parse_verifier_key,
    sign_note,
    verify_note,
)
from cellchain.crypto.signatures import SigningKey
from cellchain.ledger.finality import parse_trust
from cellchain.ledger.witnessed import Witnesses
from cellchain.notebook.proved import Proved
from cellchain.services.proofs import parse_proof, verify_proof
from cellchain.web.proof_page import extract_proof
from tests.far_cosignature import far_cosignature
from tests.web.site import served as serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.site import Served

LOG = "/api/v1/log"
KEY, OTHER, STRANGER = (SigningKey(letter * 32) for letter in (b"1", b"2", b"3"))
ONE = witness_key("one.example/w", KEY.public_key)
TWO = witness_key("two.example/w", OTHER.public_key)
CONFIGURATION = f'[witnesses]\nkeys = ["{ONE}", "{TWO}"]\n'


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A served home that names two witnesses."""
    with serve(tmp_path_factory.mktemp("log"), configuration=CONFIGURATION) as found:
        yield found


def checkpoint(served: Served) -> Note:
    answer = served.client().get(f"{LOG}/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    return verify_note(answer.content, [parse_verifier_key(served.site.operator_key)])


def cosigned(note: Note, name: str = ONE.name, key: SigningKey = KEY, time_s: int = 9) -> str:
    line = cosign(note.text, name, key, time_s=time_s)
    return str(Note(text=note.text, signatures=(*note.signatures, line)))


def hand_back(served: Served, note: str) -> str:
    """Hand a note back; return the code of the refusal, if it was refused."""
    answer = served.client(content_type="text/plain").post(
        f"{LOG}/cosignatures", content=note.encode()
    )
    return "" if answer.status_code == 200 else str(answer.json()["code"])


def test_any_size_leads_to_the_checkpoint(watched: Served):
    newest = parse_checkpoint(checkpoint(watched).text)
    for old in (1, 2, 63, newest.size - 1, newest.size):
        told = watched.client().get(f"{LOG}/consistency?old={old}&new={newest.size}").json()
        old_root, new_root, *proof = map(
            bytes.fromhex, (told["old_root"], told["new_root"], *told["proof"])
        )
        assert new_root == newest.root
        assert verify_consistency(old, newest.size, old_root, newest.root, proof)


@pytest.mark.parametrize(
    "sizes", ["old=0&new=5", "old=6&new=5", "old=1&new=99999999", "old=-1&new=2"]
)
def test_there_is_no_proof_between_other_sizes(watched: Served, sizes: str):
    answer = watched.client().get(f"{LOG}/consistency?{sizes}")
    assert (answer.status_code, answer.json()["code"]) == (422, "web.query")


def test_a_cosignature_is_kept_shown_and_carried_by_proofs(watched: Served):
    note = checkpoint(watched)
    assert hand_back(watched, cosigned(note)) == ""
    assert hand_back(watched, cosigned(note, TWO.name, OTHER)) == ""
    told = watched.client().get(f"{LOG}/cosigned").json()
    assert parse_witness_keys("\n".join(told["witnesses"]).encode()) == (ONE, TWO)
    (kept,) = told["checkpoints"]
    assert [line.name for line in parse_note(kept.encode()).signatures][1:] == [ONE.name, TWO.name]

    reader = watched.client(key=watched.key("read"))
    event = reader.get("/api/v1/events?limit=1").json()
    position = event["rows"][0]["position"]
    trust = parse_trust(watched.site.operator_key.encode())
    asked = Witnesses(keys=(ONE, TWO), required=2)
    data = reader.get(f"/api/v1/proofs/events/{position}").content
    page = reader.get(f"/api/v1/proofs/events/{position}?as=html").content
    for proof in (data, extract_proof(page)):
        verdict = verify_proof(parse_proof(proof), trust, asked)
        assert [one.witness for one in verdict.cosigned] == [ONE.name, TWO.name]
    assert str(TWO).encode() in page
    known = f"{ONE}\n{TWO}\n".encode()
    proved = Proved(data, watched.site.operator_key)
    assert len(proved.verify(witness_keys=known, witnesses=2).cosigned) == 2
    with pytest.raises(Refused, match=r"proof\.witnesses"):
        proved.verify(witness_keys=known, witnesses=3)


def far(note: Note) -> str:
    line = far_cosignature(note.text, ONE.name, KEY)
    return str(Note(text=note.text, signatures=(*note.signatures, line)))


def forged(note: Note) -> str:
    return cosigned(note).replace(note.text.split("\n")[2], "A" * 43 + "=")


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (lambda note: cosigned(note, "three.example/w", STRANGER), "witness.stranger"),
        (str, "witness.stranger"),
        (far, "witness.stranger"),
        (lambda note: cosigned(note, ONE.name, STRANGER), "witness.stranger"),
        (forged, "note.signature"),
        (lambda note: cosigned(Note(text=note.text, signatures=())), "witness.other_history"),
        (lambda _: "no note", "note.malformed"),
        (lambda note: cosigned(note) + "A" * 70_000, "witness.too_long"),
    ],
)
def test_what_is_not_a_cosignature_of_a_witness_is_refused(watched: Served, made, code: str):
    assert hand_back(watched, made(checkpoint(watched))) == code


def test_another_history_under_its_own_key_is_refused(watched: Served):
    """Its operator has signed it, a witness has cosigned it, and this log is not it."""
    home = watched.site._home
    newest = parse_checkpoint(checkpoint(watched).text)
    for size, root in ((newest.size, bytes(32)), (newest.size + 1, newest.root)):
        text = str(Checkpoint(origin=newest.origin, size=size, root=root))
        other = sign_note(text, newest.origin, home.operator_key())
        assert hand_back(watched, cosigned(other)) == "witness.other_history"


def test_an_older_cosignature_does_not_replace_a_newer_one(watched: Served):
    note = checkpoint(watched)
    assert hand_back(watched, cosigned(note)) == ""
    with watched.site.state() as state:
        root = state.history.root(5)
    text = str(Checkpoint(origin=watched.site.chain, size=5, root=root))
    older = sign_note(text, watched.site.chain, watched.site._home.operator_key())
    assert hand_back(watched, cosigned(older)) == ""
    kept = watched.client().get(f"{LOG}/cosigned").json()["checkpoints"]
    assert note.text in {parse_note(one.encode()).text for one in kept}


def test_a_home_without_witnesses_takes_nothing(served: Served):
    assert hand_back(served, cosigned(checkpoint(served))) == "witness.stranger"
    told = served.client().get(f"{LOG}/cosigned").json()
    assert told == {"witnesses": [], "checkpoints": []}
    assert served.client().get(f"{LOG}/rotations").json() == []
