r"""Headers of the solo engine: what one operator signs about each block.

    signature over  "cellchain/header/1\n" ‖ canonical bytes of the header

A header binds height, time and input of its block to the app hash after it, and to the header
before. The operator's key rotates in a header: the old key signs that ``next_operator`` signs from
the next height on, so a chain of such headers leads from any former key to the present one and
old proofs stay good.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from cellchain.core import canonical
from cellchain.core.errors import Corrupt, Refused
from cellchain.core.names import Digest, KeyId, parse_digest, parse_key_id
from cellchain.crypto.signatures import verify
from cellchain.ledger.stage import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cellchain.crypto.signatures import SigningKey

SIGNED_PREFIX = b"cellchain/header/1\n"
NO_HEADER = Digest("0" * 64)
"""What block 1 names as the header before it."""


class Header(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True,
    tag_field="kind", tag="ledger.header/1",
):  # fmt: skip
    """One block in 500 bytes."""

    app_hash: Digest
    """After the block."""
    chain: str
    height: int
    operator: KeyId
    """The key that signs this header."""
    parameter_hash: Digest
    previous: Digest
    """Hash of the header before."""
    time_ms: int
    transactions: Digest
    """SHA-256 of the ids of its transactions, one after the other."""
    next_operator: KeyId | None = None
    """The key that signs from the next header on, where it changes."""

    def to_bytes(self) -> bytes:
        """Return the canonical bytes."""
        return encode(self)

    @property
    def hash(self) -> Digest:
        """SHA-256 of the canonical bytes."""
        return Digest(sha256(encode(self)).hexdigest())


class SignedHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A header and its operator's signature."""

    header: Header
    signature: str
    """128 hexadecimal digits."""

    def to_bytes(self) -> bytes:
        """Return the canonical bytes."""
        return encode(self)


def sign_header(header: Header, key: SigningKey) -> SignedHeader:
    """Return ``header`` signed by its operator."""
    if header.operator != key.key_id:
        raise Refused("header.wrong_key", f"the header names the operator {header.operator}")
    return SignedHeader(header=header, signature=key.sign(SIGNED_PREFIX + header.to_bytes()).hex())


def parse_signed_header(data: bytes) -> SignedHeader:
    """Return the signed header that ``data`` is the canonical encoding of.

    Raises:
        Refused: ``header.malformed``, or a code of `cellchain.core.canonical`.
    """
    canonical.decode(data)
    try:
        signed = msgspec.json.decode(data, type=SignedHeader)
    except msgspec.MsgspecError as error:
        raise Refused("header.malformed", str(error)) from error
    if signed.to_bytes() != data:
        raise Refused("header.malformed", "not in the one form that headers have")
    return signed


def header_signature_good(signed: SignedHeader) -> bool:
    """Whether the operator that the header names has signed it."""
    header = signed.header
    try:
        key = bytes.fromhex(parse_key_id(header.operator))
        for digest in (
            header.app_hash, header.parameter_hash, header.previous, header.transactions
        ):  # fmt: skip
            parse_digest(digest)
        signature = bytes.fromhex(signed.signature)
    except (Refused, ValueError):
        return False
    if signature.hex() != signed.signature:  # `fromhex` also reads capitals and spaces
        return False
    return verify(key, SIGNED_PREFIX + header.to_bytes(), signature)


def transactions_hash(identities: Iterable[str]) -> Digest:
    """Return the hash that binds a header to the transactions of its block, by their ids."""
    return Digest(sha256(bytes.fromhex("".join(identities))).hexdigest())


def operator_after(key: KeyId, rotations: Sequence[SignedHeader]) -> KeyId:
    """Return the operator's key that ``rotations`` lead to, starting from ``key``.

    Raises:
        Refused: ``header.rotation``: one is not signed by the key that the one before named, or
            they are not all of one chain and of rising heights.
    """
    height = 0
    for signed in rotations:
        header = signed.header
        if header.height <= height:
            raise Refused("header.rotation", f"header {header.height} comes after header {height}")
        height = header.height
        if header.chain != rotations[0].header.chain:
            raise Refused("header.rotation", f"header {header.height} is of chain {header.chain!r}")
        if header.operator != key or not header_signature_good(signed):
            raise Refused("header.rotation", f"header {header.height} is not signed by {key}")
        if header.next_operator is None:
            raise Refused("header.rotation", f"header {header.height} names no next operator")
        key = parse_key_id(header.next_operator)
    return key


def check_chain(previous: SignedHeader | None, signed: SignedHeader, operator: KeyId) -> None:
    """Make sure that ``signed`` is the header after ``previous``.

    Args:
        previous: The header before, ``None`` before block 1.
        signed: The header to check.
        operator: The key in force where there is no header before.

    Raises:
        Corrupt: ``header.broken_chain``: what does not fit.
    """
    header = signed.header
    if previous is None:
        expected, height, link, time_ms = operator, 1, NO_HEADER, 0
    else:
        last = previous.header
        expected = last.next_operator or last.operator
        height, link, time_ms = last.height + 1, last.hash, last.time_ms
    problems = {
        f"height {header.height} instead of {height}": header.height != height,
        f"it names {header.previous} as the header before": header.previous != link,
        f"its time {header.time_ms} ms runs back": header.time_ms < time_ms,
        f"operator {header.operator} instead of {expected}": header.operator != expected,
        "its signature is wrong": not header_signature_good(signed),
    }
    wrong = [text for text, broken in problems.items() if broken]
    if wrong:
        raise Corrupt("header.broken_chain", f"header {header.height}: {wrong[0]}")
