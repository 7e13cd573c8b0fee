"""Parcels: what one home hands another so that a party there can open a record.

A parcel is canonical JSON, open to anybody's eyes: the record without its content, and the one wrap
for the party it is for. Document ciphertexts do not travel in it; the other home fetches them by
address when it takes the parcel in.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from cellchain.core.errors import Corrupt, Refused
from cellchain.core.names import Digest, PartyId, parse_digest
from cellchain.crypto.envelope import Wrap, unwrap_key, wrap_key
from cellchain.services.vault.record import PUBLIC, VaultRecord, check_description, unknown
from cellchain.services.vault.sealing import private_part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cellchain.services.vault.record import Address, Private
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


def take_in(
    vault: Vault,
    data: bytes,
    require: Callable[[VaultRecord], None],
    party: PartyId | None = None,
) -> VaultRecord:
    """Keep what is in a parcel once it is what it says; return what it is, without its content.

    A parcel is believed nothing: the book says whose the record is, and its content is fetched
    and held against its commitment, in constant memory, before anything is kept.

    Args:
        vault: Where to.
        data: The parcel.
        require: Refuses a record of which the book does not say the same.
        party: Whose it has to be; ``None``: that of any party whose opening key is here.

    What is public is closed for everybody at this home as well.

    Raises:
        Refused: ``vault.parcel``: no parcel, or not for a key of this home; ``vault.commitment``:
            the content is another; ``vault.address``: its ciphertext is that of another record;
            ``vault.too_large``, ``vault.media_type``, ``vault.file_name``, ``vault.exists``,
            ``vault.erased``, ``envelope.wrong_key``, and the codes of ``require``.
        Corrupt: ``envelope.altered``, ``vault.private_part``, ``vault.object_altered``.
        Unavailable: ``vault.not_fetched``: no home that is configured gives the ciphertext.
    """
    parcel = _parcel(data)
    record, wrap = parcel.record, parcel.wrap
    private_key = vault.keys.private_key(wrap.recipient, wrap.epoch)
    if wrap.recipient == PUBLIC or private_key is None or party not in {None, wrap.recipient}:
        raise Refused("vault.parcel", "this parcel is for a key that is not in this home")
    data_key = unwrap_key(wrap, record.label, private_key)
    private = private_part(record, data_key)  # what does not open is not kept
    if not 0 <= record.size_bytes <= vault.limits.document_bytes_max:
        raise vault.too_large(record.size_bytes)
    check_description(private.media_type, private.file_name)
    require(record)
    wraps = [wrap]
    if record.label.access_class == "public":
        wraps.append(wrap_key(data_key, record.label, vault.everybody()))
    vault.check_again(record.commitment)
    with _kept_or_gone(vault, record.address):
        _check(vault, record, data_key, private)
        vault.index.add([(record, tuple(wraps))])
    return record


def _parcel(data: bytes) -> Parcel:
    try:
        if len(data) > PARCEL_BYTES_MAX:
            raise ValueError(f"{len(data)} bytes")
        parcel = msgspec.json.decode(data, type=Parcel)
        parse_digest(parcel.record.commitment)
        if parcel.record.address is not None:
            parse_digest(parcel.record.address)  # it becomes the name of a file
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, Refused) as error:
        raise Refused("vault.parcel", f"this is no parcel: {str(error)[:120]!a}") from error
    return parcel


def _check(vault: Vault, record: VaultRecord, data_key: bytes, private: Private) -> None:
    """Refuse a record whose content is not what was committed to."""
    if private.value is not None and (
        record.address is not None or len(private.value) != record.size_bytes
    ):
        raise Refused("vault.parcel", "its content has another size or place than it says")
    if record.address is not None:
        vault.contents.bring(record.address, record.size_bytes)
    try:
        vault.contents.check(record, data_key, private)
    except Corrupt as error:
        name = record.label.record
        raise Refused(
            "vault.commitment",
            f"the content of {name[:80]!a} is not what was committed to: {error.code}",
        ) from error


@contextmanager
def _kept_or_gone(vault: Vault, address: Address | None) -> Iterator[None]:
    """Let nothing of a ciphertext that was fetched in vain stay here."""
    was_here = address is None or vault.objects.size_bytes(address) is not None
    try:
        yield
    except BaseException:
        if address is not None and not was_here and not vault.index.names(address):
            vault.objects.remove(address)
        raise
