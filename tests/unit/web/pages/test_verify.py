"""Verifying a proof without scripts: by the server."""

import io
from dataclasses import replace

import pytest
from starlette.datastructures import FormData, UploadFile

from cellchain.core.errors import Refused
from cellchain.core.time import format_time
from cellchain.crypto.cosignature import cosign, witness_key
from cellchain.crypto.note import Checkpoint, Note
from cellchain.crypto.signatures import SigningKey
from cellchain.services.cosigned import with_cosignatures
from cellchain.services.proofs import event_proof, parse_proof
from cellchain.web.pages.verify import verify
from cellchain.web.proof_page import render
from tests import consortium_proofs
from tests.e2e.proofs import TRUST
from tests.unit.web.pages.conftest import STATE

POSITION = STATE.block(2).log_start + 1
PROOF = event_proof(STATE, POSITION).to_bytes()
WITNESSES = {
    key: witness_key(name, key.public_key)
    for name, key in (
        ("one.example/w", SigningKey(b"1" * 32)),
        ("two.example/w", SigningKey(b"2" * 32)),
    )
}


def sent(ask, data, key="", at="", now_ms=consortium_proofs.NOW_MS, witnesses=""):
    fields = {"proof": UploadFile(io.BytesIO(data)), "key": key, "at": at, "witnesses": witnesses}
    asked = replace(ask("/verify").asked, now_ms=now_ms)
    return verify(asked, FormData(fields)).data


def test_a_proof_and_its_page_are_proved_alike(ask, site):
    page = render(PROOF, site.operator_key)
    assert sent(ask, PROOF).verdict == sent(ask, page).verdict
    assert sent(ask, PROOF + b"\n", site.operator_key + "\r\n").own_key


def test_a_proof_of_a_consortium_is_checked_with_what_is_trusted_of_it(ask, site, monkeypatch):
    monkeypatch.setattr(site, "network_trust", consortium_proofs.GENESIS)
    own = sent(ask, consortium_proofs.PROOFS["record"], now_ms=consortium_proofs.NOW_MS)
    assert own.verdict.signed.header == consortium_proofs.HEIGHT
    pinned = consortium_proofs.pin_of(consortium_proofs.CHAIN_OF_FOUR.at(consortium_proofs.HEIGHT))
    given = sent(ask, consortium_proofs.PROOFS["record"], pinned)
    assert given.verdict.signed.signers == own.verdict.signed.signers
    with pytest.raises(Refused, match=r"proof\.trust_expired"):
        sent(ask, consortium_proofs.PROOFS["record"], now_ms=consortium_proofs.LATE_MS)
    received = format_time(consortium_proofs.NOW_MS)
    late = sent(ask, consortium_proofs.PROOFS["record"], "", received, consortium_proofs.LATE_MS)
    assert late.verdict == own.verdict


def test_a_proof_of_a_consortium_is_not_for_a_solo_operator_to_vouch_for(ask):
    with pytest.raises(Refused, match=r"proof\.untrusted"):
        sent(ask, consortium_proofs.PROOFS["record"])


def test_the_witnesses_that_are_named_must_have_cosigned(ask):
    log = STATE.history.frontier
    chain = parse_proof(PROOF).finality.header.header.chain
    text = str(Checkpoint(origin=chain, size=log.size, root=log.root()))
    lines = [cosign(text, key.name, signing, time_s=9) for signing, key in WITNESSES.items()]
    one, both = (str(Note(text=text, signatures=tuple(lines[:n]))) for n in (1, 2))
    named = "\r\n".join(map(str, WITNESSES.values()))
    proof = parse_proof(PROOF)
    shown = sent(ask, with_cosignatures(proof, STATE, [both]).to_bytes(), witnesses=named)
    assert [told.witness for told in shown.verdict.cosigned] == ["one.example/w", "two.example/w"]
    with pytest.raises(Refused, match=r"proof\.witnesses"):
        sent(ask, with_cosignatures(proof, STATE, [one]).to_bytes(), witnesses=named)


@pytest.mark.parametrize(
    ("data", "key", "code"),
    [
        (b"", "", "web.form"),
        (b"hello", "", "page.not_a_proof"),
        (PROOF.replace(b'"index":', b'"index":9'), "", "proof."),
        (PROOF, "no key", ""),
        (PROOF, TRUST, "proof.chain"),
    ],
)
def test_what_does_not_hold_is_refused_with_the_reason(ask, data, key, code):
    with pytest.raises(Refused) as refusal:
        sent(ask, data, key)
    assert refusal.value.code.startswith(code)


def test_the_page_of_the_api_has_no_inline_script(ask):
    html = ask("/api").html
    assert all("src=" in tag for tag in html.split("<script")[1:])
    assert "style=" not in html
