"""Verify: drop a proof, scan a code; checked in the browser, or here for those without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.datastructures import UploadFile

from cellchain.core.errors import Refused
from cellchain.core.time import parse_time
from cellchain.crypto.cosignature import parse_witness_keys
from cellchain.ledger.finality import parse_trust
from cellchain.ledger.light import ConsortiumFinality
from cellchain.ledger.witnessed import Witnesses
from cellchain.services.proofs import PROOF_BYTES_MAX, Verdict, parse_proof, verify_proof
from cellchain.web.page import Action, Asked, Page, Shown
from cellchain.web.proof_page import extract_proof

if TYPE_CHECKING:
    from starlette.datastructures import FormData

FILE_BYTES_MAX = PROOF_BYTES_MAX + 200_000
"""Of a proof inside its page."""


class VerifyPage(msgspec.Struct, frozen=True, kw_only=True):
    """The form, and what the server says of the proof that was sent with it."""

    chain: str
    operator_key: str
    network_trust: str
    """Where trust in the network begins; empty where there is none."""
    verdict: Verdict | None = None
    """``None`` where nothing was sent; a proof that does not hold is refused with the reason."""
    own_key: bool = False
    """Whether it was checked with a key of the visitor's."""


def show(asked: Asked) -> Shown:
    """Show the form."""
    return _shown(asked, None, own_key=False)


def verify(asked: Asked, form: FormData) -> Shown:
    """Check a proof here, and show what it shows.

    Raises:
        Refused: ``web.form``, ``trust.unreadable``, ``time.malformed``, ``page.…``, ``proof.…``,
            ``header.…``, ``light.…`` or ``note.…``: the first thing that does not hold.
    """
    key = str(form.get("key", "")).strip()
    proof = parse_proof(_proof(form))
    by_validators = isinstance(proof.finality, ConsortiumFinality)
    own = asked.site.network_trust if by_validators else asked.site.operator_key
    trust = parse_trust((key.replace("\r", "") or own or asked.site.operator_key).encode())
    at = str(form.get("at", "")).strip()
    received_ms = parse_time(at) if at else asked.now_ms
    verdict = verify_proof(proof, trust, _witnesses(form), now_ms=received_ms)
    return _shown(asked, verdict, own_key=bool(key))


def _witnesses(form: FormData) -> Witnesses:
    """Return the witnesses that the visitor names; all of them must have cosigned."""
    keys = parse_witness_keys(str(form.get("witnesses", "")).strip().encode())
    return Witnesses(keys=keys, required=len({key.public_key for key in keys}))


def _proof(form: FormData) -> bytes:
    file = form.get("proof")
    data = file.file.read(FILE_BYTES_MAX + 1) if isinstance(file, UploadFile) else b""
    if not data:
        raise Refused("web.form", "no proof was sent", remedy="choose a .json or .html file")
    if len(data) > FILE_BYTES_MAX:
        raise Refused("web.form", f"a proof has at most {FILE_BYTES_MAX} bytes")
    return data.rstrip(b"\n") if data.startswith(b"{") else extract_proof(data)


def _shown(asked: Asked, verdict: Verdict | None, *, own_key: bool) -> Shown:
    data = VerifyPage(
        chain=asked.site.chain,
        operator_key=asked.site.operator_key,
        network_trust=asked.site.network_trust,
        verdict=verdict,
        own_key=own_key,
    )
    content = msgspec.json.encode(verdict.content) if verdict and verdict.content else b""
    return Shown(
        template="verify/verify.html",
        data=data,
        title="Verify a proof",
        also={"content": msgspec.json.format(content, indent=2).decode() if content else ""},
    )


VERIFY = Page(path="/verify", name="Verify", show=show, access="public")
PAGES = (VERIFY,)
ACTIONS = (Action(path="/verify", act=verify, access="public", on=VERIFY),)
