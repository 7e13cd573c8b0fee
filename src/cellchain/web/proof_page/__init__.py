"""A proof as one page that checks itself: no network, no server, a double-click.

The page holds the proof, the key it trusts and the checker; what it says in plain words is read
from the proof by the checker, so that words and proof cannot part. Its policy lets nothing run
but that very script, nothing load and nothing be sent: a changed script does not start, and the
page stays at "not checked".

It also carries the SHA-256 of all its other bytes. Against an accident that is enough; a forger
computes it anew. So `extract_proof` builds the page again from what is inside, and refuses one
that differs in a single byte. Even then the key in the page was chosen by whoever made the page:
the reader brings a key of his own.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NoReturn

import msgspec

from cellchain.core.canonical import canonical_bytes, decode
from cellchain.core.errors import Refused
from cellchain.crypto.cosignature import parse_witness_key
from cellchain.crypto.note import parse_verifier_key
from cellchain.crypto.signatures import SELF_TEST_PATTERN, SELF_TEST_VECTORS
from cellchain.ledger.light import encode_trust, parse_consortium_trust

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cellchain.crypto.cosignature import WitnessKey

GENERATOR: Final = "cellchain proof page 2"
"""Counted up whenever a page built from the same proof would have other bytes."""
PROOF_BYTES_MAX: Final = 4_000_000
SCRIPTS: Final = (
    "sha2.js",
    "ed25519.js",
    "trees.js",
    "readings.js",
    "light.js",
    "witnessed.js",
    "verify.js",
    "words.js",
    "show.js",
    "page.js",
)
"""In the order in which they build on one another; only the last runs, and only the last two touch
the page."""
EXPORTED: Final = (
    "PATTERN",
    "VECTORS",
    "canonicalText",
    "chooseVerifier",
    "fromHex",
    "headerGood",
    "operatorTrusted",
    "parseTrust",
    "run",
    "sha256",
    "showSteps",
    "step",
    "toHex",
    "utf8",
)
"""What `verifier_module` gives to the pages of a server."""

_NO_DIGEST = b"0" * 64
_DIGEST = re.compile(rb'(?<=<meta name="page-sha256" content=")[0-9a-f]{64}(?=">)')
_GENERATOR = re.compile(rb'<meta name="generator" content="([^"<>]{1,80})">')
_DATA = re.compile(rb'<script type="application/json" id="page-data">([^<]*)</script>')


class _PageData(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What the script of a page reads."""

    pattern: str
    proof: msgspec.Raw
    trust: str
    vectors: tuple[tuple[str, str, str], ...]
    witnesses: tuple[str, ...] = ()


def render(proof: bytes, trust: str, witnesses: Sequence[WitnessKey] = ()) -> bytes:
    """Return the page of one proof: a self-contained HTML file.

    Args:
        proof: The proof, canonical JSON.
        trust: What the page trusts: one verifier key line, as in a ``.pub`` file, or the genesis or
            header of a consortium as `cellchain.ledger.light.encode_trust` writes it.
        witnesses: The witnesses that it knows; each must have cosigned this proof.

    Raises:
        Refused: a code of `cellchain.core.canonical` or ``note.key``, ``trust.unreadable``: one of
            them is malformed.
    """
    given = {
        "pattern": SELF_TEST_PATTERN,
        "proof": decode(proof, size_max=PROOF_BYTES_MAX),
        "trust": _trust_text(trust),
        "vectors": SELF_TEST_VECTORS,
    }
    if witnesses:
        given["witnesses"] = [str(key) for key in witnesses]
    data = canonical_bytes(given)
    # "<" never stands in the data as itself, so that no proof can close the script element.
    middle = data.replace(b"<", rb"\u003c")
    return _page(middle, sha256(_page(middle, _NO_DIGEST)).hexdigest().encode())


def _trust_text(trust: str) -> str:
    """Return what a page trusts in the one form that it has."""
    consortium = parse_consortium_trust(trust.encode())
    return (
        str(parse_verifier_key(trust)) if consortium is None else encode_trust(consortium).decode()
    )


@cache
def verifier_module() -> bytes:
    """Return the same scripts as a module for pages of a server, which run them when they want to.

    It exports what checks and what shows, and the vectors that a signature checker is tried with.
    """
    script = "".join(map(_asset, SCRIPTS[:-1]))
    vectors = canonical_bytes(SELF_TEST_VECTORS).decode()
    tail = f'const VECTORS = {vectors};\nconst PATTERN = "{SELF_TEST_PATTERN}";\n'
    return (script + tail + f"export {{ {', '.join(EXPORTED)} }};\n").encode()


def page_digest_ok(page: bytes) -> bool:
    """Whether the page carries the SHA-256 of all its other bytes."""
    match = _DIGEST.search(page)
    if match is None:
        return False
    stated = match.group()
    return sha256(page.replace(stated, _NO_DIGEST)).hexdigest().encode() == stated


def extract_proof(page: bytes) -> bytes:
    """Return the proof inside ``page``, canonical JSON, if the page is ours to the last byte.

    The proof itself is not verified here; nor is the key that the page trusts any reason to.

    Raises:
        Refused: ``page.not_a_proof``: no page of this kind; ``page.altered``: some byte differs;
            ``page.other_release``: made by another release, which alone can build it again.
    """
    data = _page_data(page)
    if not page_digest_ok(page):
        raise Refused("page.altered", "the page does not have the SHA-256 that it states")
    generator = _GENERATOR.search(page)
    made_by = GENERATOR if generator is None else generator[1].decode(errors="replace")
    if made_by != GENERATOR:
        raise Refused(
            "page.other_release",
            f"the page was made by {made_by!a}, this is {GENERATOR!a}",
            remedy="save what the page shows under 'The proof itself' as a .json file; verify that",
        )
    proof = canonical_bytes(msgspec.json.decode(data.proof))
    witnesses = [parse_witness_key(line) for line in data.witnesses]
    if render(proof, data.trust, witnesses) != page:
        raise Refused("page.altered", "the page differs from the one that its proof gives")
    return proof


def _page(data: bytes, digest: bytes) -> bytes:
    """Return the page around ``data``, which may itself hold what looks like a mark."""
    head, tail = (part.replace(b"@digest@", digest) for part in _frame().split(b"@data@"))
    return head + data + tail


def _page_data(page: bytes) -> _PageData:
    found = _DATA.findall(page)
    if len(found) != 1:
        _not_a_proof("it holds no proof, or several")
    try:
        data = msgspec.json.decode(found[0], type=_PageData)
        decode(canonical_bytes(msgspec.json.decode(data.proof)), size_max=PROOF_BYTES_MAX)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, Refused) as error:
        _not_a_proof(str(error), error)
    return data


def _not_a_proof(why: str, cause: Exception | None = None) -> NoReturn:
    raise Refused("page.not_a_proof", f"this is not the page of a proof: {why}") from cause


@cache
def _frame() -> bytes:
    """Return the page with nothing left open but the data and the digest."""
    style = _asset("page.css")
    script = '"use strict";\n' + "".join(map(_asset, SCRIPTS))
    policy = (
        f"default-src 'none'; style-src '{_source_hash(style)}'; "
        f"script-src '{_source_hash(script)}'; base-uri 'none'; form-action 'none'"
    )
    page = _asset("template.html")
    for mark, text in (("generator", GENERATOR), ("policy", policy), ("style", style)):
        page = page.replace(f"@{mark}@", text)
    return page.replace("@script@", script).encode()


def _asset(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def _source_hash(text: str) -> str:
    """Return the form in which a Content Security Policy names an inline source."""
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()
