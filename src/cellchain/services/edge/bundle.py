"""Bundles and receipts: what a device and a gateway sign for each other.

    signed = signature of 64 bytes ‖ canonical JSON

A bundle holds consecutive readings of one stream. A receipt names the SHA-256 of the whole signed
bundle, so that it answers for those bytes and no others.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TypeVar

import msgspec

from cellchain.core.canonical import decode
from cellchain.core.errors import Refused
from cellchain.core.names import BatteryId, DeviceId, Digest, KeyId
from cellchain.core.readings import Layout, Reading, decode_leaf, encode_leaf, parse_layout
from cellchain.crypto.signatures import SIGNATURE_BYTES, SigningKey, verify

BUNDLE_BYTES_MAX = 262_144
"""Largest signed bundle: a few hundred wide readings, or many thousand narrow ones."""


class Bundle(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="cellchain.bundle/1",
):
    """Consecutive readings of one boot of a device."""

    device: DeviceId
    battery: BatteryId
    boot: str
    first: int
    last: int
    layout: str
    """Canonical JSON of the layout."""
    readings: str
    """The packed readings (`cellchain.core.readings`), base64."""

    @property
    def packed(self) -> bytes:
        """The packed readings.

        Raises:
            Refused: ``edge.malformed``.
        """
        try:
            data = base64.b64decode(self.readings, validate=True)
        except binascii.Error as error:
            raise Refused("edge.malformed", "the readings are not base64") from error
        if base64.b64encode(data).decode() != self.readings:
            raise Refused("edge.malformed", "the readings are not plain base64")
        return data


class EdgeReceipt(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="cellchain.edge_receipt/1",
):
    """A gateway says that it keeps a bundle and that its readings are anchored."""

    device: DeviceId
    boot: str
    first: int
    last: int
    bundle: Digest
    """SHA-256 of the signed bundle."""


T = TypeVar("T", Bundle, EdgeReceipt)


def pack_bundle(
    *,
    device: DeviceId,
    battery: BatteryId,
    boot: str,
    layout: Layout,
    readings: list[Reading],
) -> Bundle:
    """Return the bundle of ``readings``, at least one, numbered without gaps."""
    return Bundle(
        device=device,
        battery=battery,
        boot=boot,
        first=readings[0].sequence,
        last=readings[-1].sequence,
        layout=layout.text.decode(),
        readings=base64.b64encode(encode_leaf(layout, readings)).decode(),
    )


def seal_bundle(bundle: Bundle, key: SigningKey) -> bytes:
    """Return ``bundle`` signed by its device.

    Raises:
        Refused: ``edge.too_long``.
    """
    signed = _seal(bundle, key)
    if len(signed) > BUNDLE_BYTES_MAX:
        raise Refused(
            "edge.too_long",
            f"a bundle of {len(signed)} bytes; at most {BUNDLE_BYTES_MAX}",
            remedy="record fewer readings at once",
        )
    return signed


def open_bundle(signed: bytes, key: KeyId) -> tuple[Bundle, Layout]:
    """Return the bundle that ``key`` signed, and its layout; its readings are dense.

    Raises:
        Refused: ``edge.signature``, ``edge.malformed``, ``edge.not_dense``, ``canonical.…``,
            ``reading.…``.
    """
    bundle = _open(signed, key, Bundle)
    layout = parse_layout(bundle.layout.encode())
    packed, size = bundle.packed, layout.reading_bytes
    step = size * layout.readings_per_leaf
    readings = [
        reading
        for at in range(0, len(packed), step)
        for reading in decode_leaf(layout, packed[at : at + step])
    ]
    numbers = [reading.sequence for reading in readings]
    if not numbers or numbers != list(range(bundle.first, bundle.last + 1)):
        raise Refused(
            "edge.not_dense", f"the readings are not {bundle.first} to {bundle.last}, each once"
        )
    return bundle, layout


def unsigned_device(signed: bytes) -> DeviceId:
    """Return whose bundle this claims to be, to look up the key; nothing is verified yet.

    Raises:
        Refused: ``edge.malformed``, ``canonical.…``.
    """
    return _parse(signed[SIGNATURE_BYTES:], Bundle).device


def seal_receipt(receipt: EdgeReceipt, key: SigningKey) -> bytes:
    """Return ``receipt`` signed by the gateway."""
    return _seal(receipt, key)


def open_receipt(signed: bytes, key: KeyId) -> EdgeReceipt:
    """Return the receipt that ``key`` signed.

    Raises:
        Refused: ``edge.signature``, ``edge.malformed``, ``canonical.…``.
    """
    return _open(signed, key, EdgeReceipt)


def bundle_digest(signed: bytes) -> Digest:
    """Return the SHA-256 of a signed bundle."""
    return Digest(hashlib.sha256(signed).hexdigest())


def _seal(value: Bundle | EdgeReceipt, key: SigningKey) -> bytes:
    body = msgspec.json.encode(value, order="sorted")
    return key.sign(_signed_text(body)) + body


def _open(signed: bytes, key: KeyId, kind: type[T]) -> T:
    signature, body = signed[:SIGNATURE_BYTES], signed[SIGNATURE_BYTES:]
    if not verify(bytes.fromhex(key), _signed_text(body), signature):
        raise Refused("edge.signature", f"these bytes are not signed by {key}")
    return _parse(body, kind)


def _parse(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.convert(decode(body, size_max=BUNDLE_BYTES_MAX), kind)
    except msgspec.ValidationError as error:
        raise Refused("edge.malformed", f"this is no {kind.__name__.lower()}: {error}") from error


def _signed_text(body: bytes) -> bytes:
    """What is signed begins with what it is for: no other signature of the key fits."""
    return b"cellchain edge\n" + body
