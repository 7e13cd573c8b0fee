"""The Merkle log against the vectors of transparency-dev: 196 cases, 184 to be rejected."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from cellchain.crypto.log import verify_consistency, verify_inclusion
from tests.conformance.shared import shared_data

REFUSED_ON_PURPOSE = "consistency/additional/sizes-are-equal-one-and-proof-is-empty.json"
"""Its roots have 12 bytes; ours have 32, always."""

FOLDER = shared_data("ledger", "rfc9162")


def files(kind: str) -> list[str]:
    return sorted(str(path.relative_to(FOLDER)) for path in Path(FOLDER, kind).rglob("*.json"))


def case(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((FOLDER / name).read_text())
    return read


def hashes(encoded: list[str] | None) -> list[bytes]:
    return [b64decode(item) for item in encoded or []]


def test_all_of_them_are_here():
    assert len(files("inclusion")) == len(files("consistency")) == 98
    rejected = [name for kind in ("inclusion", "consistency") for name in files(kind)]
    assert sum(case(name)["wantErr"] for name in rejected) == 184


@pytest.mark.parametrize("name", files("inclusion"))
def test_inclusion(name: str):
    given = case(name)
    accepted = verify_inclusion(
        given["leafIdx"],
        given["treeSize"],
        b64decode(given["leafHash"] or ""),
        hashes(given["proof"]),
        b64decode(given["root"] or ""),
    )
    assert accepted is not given["wantErr"]


@pytest.mark.parametrize("name", files("consistency"))
def test_consistency(name: str):
    given = case(name)
    accepted = verify_consistency(
        given["size1"],
        given["size2"],
        b64decode(given["root1"] or ""),
        b64decode(given["root2"] or ""),
        hashes(given["proof"]),
    )
    if name == REFUSED_ON_PURPOSE:
        assert given["wantErr"] is False
        assert accepted is False
    else:
        assert accepted is not given["wantErr"]
