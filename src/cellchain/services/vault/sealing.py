"""Sealing: what a data key closes besides the body of a record, and the wraps of that key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.core.canonical import canonical_bytes
from cellchain.core.errors import Corrupt
from cellchain.crypto.envelope import open_part, seal_part, wrap_key
from cellchain.services.vault.record import Private, VaultRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cellchain.core.canonical import Json
    from cellchain.core.names import Digest, PartyId
    from cellchain.crypto.envelope import Label, Recipient, Wrap
    from cellchain.services.vault.record import Address


def sealed_record(
    data_key: bytes,
    private: Private,
    commitment: Digest,
    label: Label,
    owner: PartyId,
    *,
    size_bytes: int,
    kept_ms: int,
    address: Address | None = None,
) -> VaultRecord:
    """Return a record with its private part closed, bound to everything that is in clear."""
    part = _part(commitment, owner, address, size_bytes)
    return VaultRecord(
        commitment=commitment,
        label=label,
        owner=owner,
        sealed=seal_part(data_key, label, part, msgspec.msgpack.encode(private)),
        address=address,
        size_bytes=size_bytes,
        kept_ms=kept_ms,
    )


def private_part(record: VaultRecord, data_key: bytes) -> Private:
    """Return what only those who may open a record learn of it.

    Raises:
        Corrupt: ``envelope.altered``: it is not of this record; ``vault.private_part``: it is
            nothing that a vault closes.
    """
    part = _part(record.commitment, record.owner, record.address, record.size_bytes)
    content = open_part(data_key, record.label, part, record.sealed)
    try:
        return msgspec.msgpack.decode(content, type=Private)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Corrupt("vault.private_part", f"{record.label.record[:80]!a} is misshapen") from error


def wraps_for(data_key: bytes, label: Label, recipients: Iterable[Recipient]) -> tuple[Wrap, ...]:
    """Return the data key closed for each of ``recipients``."""
    return tuple(wrap_key(data_key, label, recipient) for recipient in recipients)


def value_bytes(value: Json) -> bytes:
    """Return the bytes of an attribute's value, as they are committed to."""
    return canonical_bytes(value)


def _part(commitment: str, owner: str, address: str | None, size_bytes: int) -> str:
    """Name the private part of a record, so that it opens in its own place only."""
    return f"{commitment} {owner} {address or '-'} {size_bytes}"
