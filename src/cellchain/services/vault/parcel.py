"""Parcels: what one home hands another so that a party there can open a record.

A parcel is canonical JSON, open to anybody's eyes: the record without its content, and the one wrap
for the party it is for. Document ciphertexts do not travel in it; the other home fetches them by
address when they are first opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Refused
from cellchain.core.names import Digest, PartyId, parse_digest
from cellchain.crypto.envelope import Wrap, unwrap_key, wrap_key
from cellchain.services.vault.record import PUBLIC, VaultRecord, unknown
from cellchain.services.vault.sealing import private_part

if TYPE_CHECKING:
    from cellchain.services.vault.vault import Vault

PARCEL_BYTES_MAX = 65_536


class Parcel(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="kind",
    tag="cellchain.parcel/1",
    forbid_unknown_fields=True,
):
    """A record on its way to another home."""

    record: VaultRecord
    wrap: Wrap


def pack(vault: Vault, commitment: Digest, recipient: PartyId) -> bytes:
    """Return the parcel of a record for a party that was granted it.

    Raises:
        Refused: ``vault.unknown``: the party may not open it, or it is not here.
    """
    found = vault.index.find(commitment, [recipient])
    if found is None:
        raise unknown()
    record, (wrap,) = found  # a recipient has one
    return msgspec.json.encode(Parcel(record=record, wrap=wrap), order="sorted")


def take_in(vault: Vault, data: bytes, party: PartyId | None = None) -> VaultRecord:
    """Keep what is in a parcel; return what it is, without its content.

    Args:
        vault: Where to.
        data: The parcel.
        party: Whose it has to be; ``None``: that of any party whose opening key is here.

    What is public is closed for everybody at this home as well.

    Raises:
        Refused: ``vault.parcel``: no parcel, or not for a key of this home; ``vault.too_large``,
            ``vault.exists``, ``vault.erased``, ``envelope.wrong_key``.
        Corrupt: ``envelope.altered``.
    """
    try:
        if len(data) > PARCEL_BYTES_MAX:
            raise ValueError(f"{len(data)} bytes")
        parcel = msgspec.json.decode(data, type=Parcel)
        parse_digest(parcel.record.commitment)
        if parcel.record.address is not None:
            parse_digest(parcel.record.address)  # it becomes the name of a file
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, Refused) as error:
        raise Refused("vault.parcel", f"this is no parcel: {str(error)[:120]!a}") from error
    record, wrap = parcel.record, parcel.wrap
    private_key = vault.keys.private_key(wrap.recipient, wrap.epoch)
    if wrap.recipient == PUBLIC or private_key is None or party not in {None, wrap.recipient}:
        raise Refused("vault.parcel", "this parcel is for a key that is not in this home")
    data_key = unwrap_key(wrap, record.label, private_key)
    private_part(record, data_key)  # what does not open is not kept
    if not 0 <= record.size_bytes <= vault.limits.document_bytes_max:
        raise vault.too_large(record.size_bytes)
    wraps = [wrap]
    if record.label.access_class == "public":
        wraps.append(wrap_key(data_key, record.label, vault.everybody()))
    vault.index.add([(record, tuple(wraps))])
    return record
