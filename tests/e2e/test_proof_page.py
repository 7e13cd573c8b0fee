"""The page of a proof, as bytes and in a real browser."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from cellchain.core.errors import Refused
from cellchain.web import proof_page
from cellchain.web.proof_page import extract_proof, page_digest_ok, render
from tests.e2e import proofs
from tests.e2e.pages import run_browser, text_of
from tests.e2e.proofs import BATTERY, NEXT_TRUST, TRUST

if TYPE_CHECKING:
    from pathlib import Path

PROOFS = proofs.PROOFS | {"reading": proofs.READING_PROOF}
PAGE = render(PROOFS["record"], TRUST)


def code(page: bytes) -> str:
    with pytest.raises(Refused) as refusal:
        extract_proof(page)
    return refusal.value.code


def opened(folder: Path, page: bytes, *options: str) -> str:
    file = folder / "proof.html"
    file.write_bytes(page)
    return run_browser(file, "--dump-dom", *options)


@pytest.mark.parametrize("kind", sorted(PROOFS))
def test_the_proof_comes_back(kind: str):
    page = render(PROOFS[kind], TRUST)
    assert page_digest_ok(page)
    assert extract_proof(page) == PROOFS[kind]


def test_the_page_loads_nothing():
    lowered = PAGE.decode().lower()
    assert "default-src 'none'" in lowered
    assert not any(word in lowered for word in (" src=", "href=", "@import", "url(", "fetch("))


def test_no_proof_becomes_markup():
    whole = json.loads(PROOFS["record"])
    whole["state"]["value"] = "</script><script>alert(1)</script>@digest@@data@" + "0" * 64
    page = render(proof_page.canonical_bytes(whole), TRUST)
    assert page.count(b"<script") == PAGE.count(b"<script")
    assert json.loads(extract_proof(page)) == whole


def test_every_flipped_byte_is_found():
    dice = random.Random(7)
    for place in [*range(400), *(dice.randrange(len(PAGE)) for _ in range(2000))]:
        flipped = bytearray(PAGE)
        flipped[place] ^= 1 << dice.randrange(8)
        assert not page_digest_ok(bytes(flipped)), place
        assert code(bytes(flipped)).startswith("page."), place


def redigested(page: bytes) -> bytes:
    """What a forger does: change the page and state its new digest."""
    stated = proof_page._DIGEST.search(page)
    assert stated
    empty = page.replace(stated.group(), b"0" * 64)
    return empty.replace(
        b'content="' + b"0" * 64, b'content="' + proof_page.sha256(empty).hexdigest().encode()
    )


FORGED = {
    "another sentence": PAGE.replace(b"A proof that", b"A truth that"),
    "a script that always agrees": PAGE.replace(b"every(({ good }) => good)", b"every(() => true)"),
    "a byte after the end": PAGE + b" ",
    "another policy": PAGE.replace(b"default-src 'none'", b"default-src *"),
    "an escape that is not ours": PAGE.replace(b"cars", b"\\u0063ars"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forger_who_restates_the_digest_is_found(name: str):
    assert FORGED[name] != PAGE
    assert code(redigested(FORGED[name])) == "page.altered"


OTHERS = {
    "nothing": b"",
    "another page": b"<!doctype html><title>x</title>",
    "two proofs": PAGE.replace(
        b"</body>", b'<script type="application/json" id="page-data">{}</script>'
    ),
    "no JSON": PAGE.replace(b'id="page-data">{', b'id="page-data">'),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_proof_page_is_refused(name: str):
    assert code(OTHERS[name]) == "page.not_a_proof"


def test_a_page_of_another_release_is_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(proof_page, "GENERATOR", "cellchain proof page of tomorrow")
    with pytest.raises(Refused, match=r"page\.other_release") as refusal:
        extract_proof(PAGE)
    assert ".json" in refusal.value.remedy


@pytest.mark.parametrize("trust", ["", "cars", TRUST + "x"])
def test_a_page_needs_a_key_to_trust(trust: str):
    with pytest.raises(Refused, match=r"note\.key"):
        render(PROOFS["record"], trust)


SHOWN = {
    "record": (
        "custody of",
        BATTERY,
        "rundlauf-<recycling>",
        "54 kWh",
        "91.25 %",
        "25 °C",
        "5,213",
    ),
    "record after a rotation": ("follows from the key that this page trusts", "custody of"),
    "absence": ("No custody of", "There was no such record", "X"),
    "event": ("custody: offered", "entry 10 of the log", "volta", "2027-01-15 08:00:00 UTC"),
    "receipt": ("What became of a transaction", "The transaction happened", "entry 11"),
}


@pytest.mark.parametrize("kind", SHOWN)
def test_the_browser_says_what_is_proved(tmp_path: Path, kind: str):
    dom = opened(tmp_path, render(PROOFS[kind], TRUST))
    assert text_of(dom, "verdict") == "Proved: every step holds"
    told = " ".join(text_of(dom, part) for part in ("title", "sentence", "facts", "steps"))
    assert [words for words in SHOWN[kind] if words not in told] == []
    assert "fails" not in text_of(dom, "steps")
    key = TRUST.split("+")[0]
    assert text_of(dom, "trust-name") == key == "cars"


def test_the_browser_shows_the_key_it_trusts(tmp_path: Path):
    dom = opened(tmp_path, PAGE)
    shown = text_of(dom, "fingerprint").replace(" ", "")
    assert bytes.fromhex(shown) == proof_page.parse_verifier_key(TRUST).public_key


def broken(change: str) -> tuple[bytes, str]:
    whole = json.loads(PROOFS["record"])
    if change == "the value":
        whole["state"]["value"] = whole["state"]["value"].replace("volta", "volto")
    if change == "the signature":
        whole["finality"]["header"]["signature"] = "00" * 64
    if change == "the height":
        whole["finality"]["header"]["header"]["height"] += 1
    trust = NEXT_TRUST if change == "the trusted key" else TRUST
    return proof_page.canonical_bytes(whole), trust


FAILS = ["the value", "the signature", "the height", "the trusted key"]


@pytest.mark.parametrize("change", FAILS)
def test_the_browser_says_that_it_is_not_proved(tmp_path: Path, change: str):
    dom = opened(tmp_path, render(*broken(change)))
    assert text_of(dom, "verdict") == "Not proved: a step fails"
    assert text_of(dom, "sentence").startswith("Claimed, and not proved")
    assert "fails" in text_of(dom, "steps")


def test_an_unreadable_proof_is_not_proved(tmp_path: Path):
    dom = opened(tmp_path, render(b'{"state":{}}', TRUST))
    assert text_of(dom, "verdict") == "Not proved: this proof cannot be read"


def test_a_changed_script_does_not_run(tmp_path: Path):
    dom = opened(tmp_path, PAGE.replace(b"every(({ good }) => good)", b"every(() => true)"))
    assert text_of(dom, "verdict") == "Not checked"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_page_is_never_wider_than_the_window(tmp_path: Path, width: int):
    # Chromium's window has a least width; a frame of the wanted one has none.
    (tmp_path / "inner.html").write_bytes(PAGE)
    frame = f'<iframe id=f src="inner.html" style="width:{width}px;height:900px"></iframe>'
    measure = (
        "<p id=found></p><script>f.onload = () => setTimeout(() => {"
        "const d = f.contentDocument.documentElement;"
        "found.textContent = `${d.dataset.done} ${d.scrollWidth <= d.clientWidth}`}, 9000)</script>"
    )
    outer = tmp_path / "outer.html"
    outer.write_text(f"<!doctype html>{frame}{measure}")
    dom = run_browser(outer, "--dump-dom", "--allow-file-access-from-files")
    assert text_of(dom, "found") == "yes true"
