"""Transactions on the wire: an envelope around a signed body. One transaction, one encoding.

    {"body":{"algorithm":"ed25519","chain":…,"expires_height":…,"gas_max":…,"key":…,
             "messages":[…],"sequence":…},"signature":"…"}

The signature covers ``cellchain/transaction/1``, a newline and the bytes of the body as they stand
on the wire, never a re-serialisation. The sequence counts per key, so that the many services of a
company never wait for each other; the chain's name keeps a transaction on its own chain; the
expiry, by height or by time, keeps it from being used later than its sender meant.
"""

from __future__ import annotations

import re
from functools import reduce
from hashlib import sha256
from operator import or_
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from cellchain.core import canonical
from cellchain.core.errors import Refused
from cellchain.core.names import KeyId
from cellchain.ledger.stage import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cellchain.crypto.signatures import SigningKey
    from cellchain.ledger.contract import Message

SIGNED_PREFIX = b"cellchain/transaction/1\n"
ALGORITHM: Literal["ed25519"] = "ed25519"
MESSAGES_MAX = 100
KEY_BYTES = 32
SIGNATURE_BYTES = 64

_ALL_DIGITS_ALIKE = bytes.maketrans(b"123456789", b"0" * 9)
_SIXTEEN_DIGITS = b"0" * 16
_LONG_NUMBER = re.compile(rb"[:,\[]-?[0-9]{16}")
"""A number of 16 digits or more; digits inside text follow a quotation mark or another digit."""
_HEAD = b'{"body":'
_MIDDLE = b',"signature":"'
_END = b'"}'
_TAIL_BYTES = len(_MIDDLE) + 2 * SIGNATURE_BYTES + len(_END)


class Body(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
):
    """What the sender signs. ``messages`` happen in order, all of them or none."""

    algorithm: Literal["ed25519"]
    chain: str
    gas_max: int
    key: KeyId
    messages: tuple[Any, ...]
    sequence: int
    expires_height: int | None = None
    """Last height at which it may happen."""
    expires_ms: int | None = None
    """Last block time at which it may happen."""


class Transaction(msgspec.Struct, frozen=True, gc=False):
    """A decoded transaction beside the bytes it came in."""

    raw: bytes
    id: bytes
    """SHA-256 of the whole envelope."""
    body: Body
    signed: bytes
    """The bytes that the signature covers."""
    signature: bytes
    public_key: bytes
    """The 32 bytes of the key that the body names."""


class TransactionCodec:
    """Reads transactions made of the given sorts of messages, and no others.

    Args:
        messages: The sorts of message of the enabled contracts.
        size_max: Bytes of the largest transaction.
    """

    def __init__(self, messages: Iterable[type[Message]], *, size_max: int) -> None:
        union: Any = reduce(or_, messages)
        self._size_max = size_max
        body = msgspec.defstruct(
            "Body",
            [("messages", tuple[union, ...])],
            bases=(Body,),
            frozen=True,
            kw_only=True,
            forbid_unknown_fields=True,
            omit_defaults=True,
            gc=False,
        )
        self._body: msgspec.json.Decoder[Body] = msgspec.json.Decoder(body)
        self._message = msgspec.json.Decoder(union)

    def decode(self, data: bytes) -> Transaction:
        """Return the transaction that ``data`` is the canonical encoding of.

        Raises:
            Refused: ``canonical.…`` or ``transaction.…``: too long, too deep, no JSON, an unknown
                kind or field, a wrong type, a repeated key, a space, a number out of range.
        """
        if len(data) > self._size_max or data.count(b"{") + data.count(b"[") > canonical.DEPTH_MAX:
            canonical.check_frame(data, size_max=self._size_max)
        raw, signature = _opened(data)
        try:
            body = self._body.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Refused("transaction.malformed", str(error)) from error
        if encode(body) != raw:
            raise Refused(
                "canonical.not_canonical",
                "these bytes are not the canonical encoding of their value",
                remedy="sort the keys, drop spaces, repeated keys and defaults (RFC 8785)",
            )
        _check_plain(raw)
        _check_body(body)
        key = _from_hex(body.key, KEY_BYTES)
        return Transaction(data, sha256(data).digest(), body, SIGNED_PREFIX + raw, signature, key)

    def message(self, data: bytes) -> Message:
        """Return one message from JSON in any layout: for people, not for the wire."""
        try:
            message: Message = self._message.decode(data)
        except msgspec.MsgspecError as error:
            raise Refused("transaction.malformed", str(error)) from error
        _check_plain(encode(message))
        return message


def sign_transaction(body: Body, key: SigningKey) -> bytes:
    """Return the envelope of ``body`` signed with ``key``.

    Raises:
        Refused: ``transaction.wrong_key``: the body names another key; or a value in it has no
            canonical bytes.
    """
    if body.key != key.key_id:
        raise Refused("transaction.wrong_key", f"the body names the key {body.key}")
    raw = encode(body)
    _check_plain(raw)
    signature = key.sign(SIGNED_PREFIX + raw)
    return b'{"body":%b,"signature":"%b"}' % (raw, signature.hex().encode())


def new_body(
    *,
    chain: str,
    key: SigningKey,
    sequence: int,
    messages: Sequence[Message],
    gas_max: int,
    expires_height: int | None = None,
    expires_ms: int | None = None,
) -> Body:
    """Return a body that ``key`` may sign."""
    return Body(
        algorithm=ALGORITHM,
        chain=chain,
        gas_max=gas_max,
        key=key.key_id,
        messages=tuple(messages),
        sequence=sequence,
        expires_height=expires_height,
        expires_ms=expires_ms,
    )


def _opened(data: bytes) -> tuple[bytes, bytes]:
    """Return body and signature of an envelope, whose frame has one spelling and fixed widths."""
    head, tail = data[: len(_HEAD)], data[-_TAIL_BYTES:]
    if head != _HEAD or not tail.startswith(_MIDDLE) or not tail.endswith(_END):
        raise Refused(
            "transaction.malformed", 'an envelope is {"body":{…},"signature":"128 hex digits"}'
        )
    digits = tail[len(_MIDDLE) : -len(_END)].decode("ascii", "replace")
    return data[len(_HEAD) : -_TAIL_BYTES], _from_hex(digits, SIGNATURE_BYTES)


def _from_hex(digits: str, size: int) -> bytes:
    """Return the bytes of lower-case ``digits``, the only spelling."""
    try:
        value = bytes.fromhex(digits)
    except ValueError:
        value = b""
    if len(value) != size or value.hex() != digits:
        raise Refused("transaction.hex", f"expected {2 * size} lower-case hexadecimal digits")
    return value


def _check_plain(raw: bytes) -> None:
    """Refuse odd text and large integers; both are rare enough to look closely only on a hint."""
    long_digits = _SIXTEEN_DIGITS in raw.translate(_ALL_DIGITS_ALIKE)
    if (long_digits and _LONG_NUMBER.search(raw)) or not raw.isascii():
        canonical.check_value(msgspec.json.decode(raw))


def _check_body(body: Body) -> None:
    if not 1 <= len(body.messages) <= MESSAGES_MAX:
        raise Refused(
            "transaction.messages", f"{len(body.messages)} messages; 1 to {MESSAGES_MAX} go in one"
        )
    if body.expires_height is None and body.expires_ms is None:
        raise Refused("transaction.no_expiry", "name the last height or the last time, or both")
    if body.sequence < 1 or body.gas_max < 0:
        raise Refused("transaction.negative", f"sequence {body.sequence}, gas {body.gas_max}")
