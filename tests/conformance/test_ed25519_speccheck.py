"""The twelve crafted signatures on which Ed25519 libraries disagree."""

from __future__ import annotations

import json

from cellchain.crypto.signatures import SELF_TEST_PATTERN, SELF_TEST_VECTORS, verify
from tests.conformance.shared import shared_data


def cases() -> list[tuple[str, str, str]]:
    file = shared_data("ledger", "ed25519", "ed25519_speccheck_cases.json")
    return [(c["message"], c["pub_key"], c["signature"]) for c in json.loads(file.read_text())]


def test_the_embedded_vectors_are_the_published_ones():
    assert list(SELF_TEST_VECTORS) == cases()


def test_the_library_gives_the_pattern_of_libsodium():
    answers = [
        verify(bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature))
        for message, key, signature in cases()
    ]
    assert "".join("V" if answer else "x" for answer in answers) == SELF_TEST_PATTERN
