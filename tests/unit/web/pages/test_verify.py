"""Verifying a proof without scripts: by the server."""

import io

import pytest
from starlette.datastructures import FormData, UploadFile

from cellchain.core.errors import Refused
from cellchain.services.proofs import event_proof
from cellchain.web.pages.verify import verify
from cellchain.web.proof_page import render
from tests.e2e.proofs import TRUST
from tests.unit.web.pages.conftest import STATE

POSITION = STATE.block(2).log_start + 1
PROOF = event_proof(STATE, POSITION).to_bytes()


def sent(ask, data, key=""):
    fields = {"proof": UploadFile(io.BytesIO(data)), "key": key}
    return verify(ask("/verify").asked, FormData(fields)).data


def test_a_proof_and_its_page_are_proved_alike(ask, site):
    page = render(PROOF, site.operator_key)
    assert sent(ask, PROOF).verdict == sent(ask, page).verdict
    assert sent(ask, PROOF + b"\n", site.operator_key + "\r\n").own_key


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
