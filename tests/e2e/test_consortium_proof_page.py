"""The page of a consortium's proof in a real browser, whose clock is that of this machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cellchain.core.canonical import canonical_bytes
from cellchain.core.errors import Refused
from cellchain.ledger.light import ConsortiumFinality
from cellchain.services.proofs import parse_proof
from cellchain.web.proof_page import extract_proof, render
from tests.consortium_proofs import (
    CHAIN_OF_FOUR,
    GENESIS,
    HEIGHT,
    PROOFS,
    header_trust,
    pin_of,
    pin_trust,
)
from tests.e2e.pages import run_browser, text_of
from tests.e2e.proofs import TRUST as OPERATOR

if TYPE_CHECKING:
    from pathlib import Path

LAST = CHAIN_OF_FOUR.at(HEIGHT)
PIN = pin_of(LAST)


def opened(folder: Path, proof: bytes, trust: str) -> str:
    file = folder / "proof.html"
    file.write_bytes(render(proof, trust))
    return run_browser(file, "--dump-dom")


@pytest.mark.parametrize("trust", [GENESIS, header_trust(LAST), PIN, pin_trust(LAST)])
def test_the_proof_comes_back(trust: str):
    assert extract_proof(render(PROOFS["record"], trust)) == PROOFS["record"]


def test_a_page_trusts_a_pin_in_one_form():
    assert render(PROOFS["record"], PIN) == render(PROOFS["record"], pin_trust(LAST))


def test_what_is_no_trust_makes_no_page():
    with pytest.raises(Refused, match=r"trust\.unreadable"):
        render(PROOFS["record"], GENESIS.replace("power", "might"))


def test_the_browser_tells_no_block_that_the_pin_does_not_bind(tmp_path: Path):
    whole = json.loads(PROOFS["record"])
    whole["finality"]["height"] = 1_000_000
    dom = opened(tmp_path, canonical_bytes(whole), PIN)
    assert text_of(dom, "verdict") == "Proved: every step holds"
    told = text_of(dom, "sentence")
    assert "after block 39 of the ledger “consortium” by the network's own count" in told
    assert "the block is told by the network's own count" in text_of(dom, "steps")


def test_the_browser_says_who_signed_what(tmp_path: Path):
    dom = opened(tmp_path, PROOFS["record"], header_trust(LAST))
    assert text_of(dom, "verdict") == "Proved: every step holds"
    assert "as it stood after block 139 of the ledger “consortium”," in text_of(dom, "sentence")
    vouched = text_of(dom, "vouched")
    assert "4 of the 4 validators of the ledger “consortium”, with 40 of 40 power" in vouched
    assert "signed its header 40" in vouched
    assert text_of(dom, "operator").split() == [one.address for one in LAST.validators]
    assert text_of(dom, "trust-sort") == "header 40 with the hash"
    assert text_of(dom, "fingerprint").replace(" ", "") == LAST.header.hash.hex()


@pytest.mark.parametrize("kind", ["absence", "event", "receipt"])
def test_the_browser_checks_each_sort(tmp_path: Path, kind: str):
    finality = parse_proof(PROOFS[kind]).finality
    assert isinstance(finality, ConsortiumFinality)
    pin = pin_of(finality.blocks[-1])
    dom = opened(tmp_path, PROOFS[kind], pin)
    assert text_of(dom, "verdict") == "Proved: every step holds"
    assert "fails" not in text_of(dom, "steps")


def test_a_genesis_of_long_ago_is_trusted_no_more(tmp_path: Path):
    dom = opened(tmp_path, PROOFS["record"], GENESIS)
    assert text_of(dom, "verdict") == "Not proved: a step fails"
    failed = [line for line in text_of(dom, "steps").split("holds") if "fails" in line]
    assert len(failed) == 1
    assert "not older than nine days" in failed[0]


BROKEN = {
    "a forged vote": lambda whole: whole["finality"]["blocks"][0]["votes"][0].update(
        signature="00" * 64
    ),
    "another value": lambda whole: whole["state"].update(value="{}"),
    "another block": lambda whole: whole["finality"]["blocks"][0]["header"].update(height=41),
    "a field more": lambda whole: whole["finality"].update(more=1),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_browser_says_that_it_is_not_proved(tmp_path: Path, name: str):
    whole = json.loads(PROOFS["record"])
    BROKEN[name](whole)
    dom = opened(tmp_path, canonical_bytes(whole), PIN)
    assert text_of(dom, "verdict").startswith("Not proved")
    assert text_of(dom, "sentence").startswith("Claimed, and not proved")


def test_an_operators_key_does_not_vouch_for_validators(tmp_path: Path):
    dom = opened(tmp_path, PROOFS["record"], OPERATOR)
    assert text_of(dom, "verdict") == "Not proved: this proof cannot be read"
    assert "Validators signed this" in text_of(dom, "sentence")
