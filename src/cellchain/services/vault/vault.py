"""The vault: documents and values behind the commitments of the ledger, for those who may read.

Each record is closed with a data key of its own, the key wrapped for each recipient. What counts
is the index: an object comes before the row that names it and goes after it, so that a crash
leaves at most a ciphertext that nobody can open, which `sweep` removes.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

from cellchain.core.canonical import decode
from cellchain.core.errors import CellchainError, Corrupt, Refused
from cellchain.core.names import Digest, PartyId
from cellchain.crypto.commitment import SALT_BYTES_MIN, commit, committing
from cellchain.crypto.envelope import (
    DATA_KEY_BYTES,
    Recipient,
    opening_public_key,
    unwrap_key,
    wrap_key,
)
from cellchain.crypto.stream import seal_stream
from cellchain.services.vault.contents import Contents
from cellchain.services.vault.record import (
    JSON,
    PUBLIC,
    Address,
    Kept,
    Limits,
    OpenedDocument,
    Private,
    Statement,
    VaultRecord,
    check_description,
    unknown,
    unusable,
)
from cellchain.services.vault.sealing import private_part, sealed_record, wraps_for

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from cellchain.core.canonical import Json
    from cellchain.crypto.envelope import Label, Wrap
    from cellchain.services.vault.ports import (
        Members,
        ObjectSource,
        ObjectStore,
        OpeningKeys,
        Scanner,
        VaultIndex,
    )

INLINE_BYTES_MAX = 4096
"""Larger content lies in an object of its own."""
ORPHAN_LIVES_MS = 24 * 3_600_000
"""An object without a row is left alone so long: its row may be on the way."""


class Vault:
    """The vault of one home.

    Args:
        index: What is in it.
        objects: Where ciphertexts are.
        keys: Private halves of the opening keys of this home.
        members: Public halves of everybody's.
        now_ms: The clock.
        limits: What is taken in.
        scanner: Looks at documents that are kept.
        source: Other homes, asked for a ciphertext that is not here.
    """

    def __init__(
        self,
        index: VaultIndex,
        objects: ObjectStore,
        keys: OpeningKeys,
        members: Members,
        *,
        now_ms: Callable[[], int],
        limits: Limits = Limits(),  # noqa: B008  # frozen
        scanner: Scanner | None = None,
        source: ObjectSource | None = None,
    ) -> None:
        self.index = index
        self.objects = objects
        self.keys = keys
        self.members = members
        self.now_ms = now_ms
        self.limits = limits
        self._scanner = scanner
        self.contents = Contents(objects, source)

    def keep(
        self,
        content: Iterable[bytes],
        label: Label,
        *,
        owner: PartyId,
        recipients: Collection[PartyId] = (),
        media_type: str,
        file_name: str,
        salt: bytes | None = None,
    ) -> Kept:
        """Keep a document of any size in constant memory, for its owner and ``recipients``.

        The class of the label adds everybody (``public``) or the authorities (``authority``).

        Raises:
            Refused: ``vault.too_large``, ``vault.infected``, ``vault.media_type``,
                ``vault.file_name``, ``vault.recipients``, ``vault.no_opening_key``.
            Unavailable: ``vault.objects``, ``vault.scanner``, ``disk.…``; nothing is kept then.
        """
        check_description(media_type, file_name)
        closed_for = self._recipients(label, owner, recipients, self._authorities)
        data_key, salt = os.urandom(DATA_KEY_BYTES), salt or os.urandom(SALT_BYTES_MIN)
        hasher, size_bytes = committing(salt), 0

        def passing() -> Iterator[bytes]:
            nonlocal size_bytes
            for piece in content if self._scanner is None else self._scanner.passing(content):
                size_bytes += len(piece)
                if size_bytes > self.limits.document_bytes_max:
                    raise self.too_large(size_bytes)
                hasher.update(piece)
                yield piece

        address = self.objects.put(seal_stream(data_key, label, passing()))
        private = Private(salt=salt, media_type=media_type, file_name=file_name)
        commitment = Digest(hasher.hexdigest())
        record = sealed_record(
            data_key,
            private,
            commitment,
            label,
            owner,
            address=address,
            size_bytes=size_bytes,
            kept_ms=self.now_ms(),
        )
        try:
            self.index.add([(record, wraps_for(data_key, label, closed_for))])
        except Refused:
            self.objects.remove(address)
            raise
        return Kept(commitment=commitment, address=address, size_bytes=size_bytes)

    def discard(self, commitment: Digest) -> None:
        """Destroy a record that nothing in the book is about: its registration was refused."""
        address = self.index.remove(commitment)
        if address is not None and not self.index.names(address):
            self.objects.remove(address)

    def keep_values(self, statements: Iterable[Statement]) -> list[Digest]:
        """Keep many small contents in one transaction; return their commitments in order.

        Raises:
            Refused: ``vault.too_large``: more than 4096 bytes, which `keep` takes; and the codes
                of `keep`. None of them is kept then.
        """
        authorities = cache(self._authorities)  # they are looked up once
        rows = [self._closed(statement, authorities) for statement in statements]
        self.index.add(rows)
        return [record.commitment for record, _ in rows]

    def open(self, commitment: Digest, reader: PartyId | None) -> OpenedDocument:
        """Open a record for ``reader``; ``None``: for anybody.

        Raises:
            Refused: ``vault.unknown``: alike whether there is none, it was erased, it is not for
                this reader, or this home has no key of the reader.
            Corrupt: ``vault.commitment``, ``stream.altered``: it was never held against its
                commitment here, and is something else.
        """
        opened = self._opened(commitment, [PUBLIC, *([reader] if reader else [])])
        if opened is None:
            raise unknown()
        record, data_key = opened
        private = private_part(record, data_key)
        self._check_once(record, data_key, private)

        def read(start: int = 0, end: int | None = None) -> Iterator[bytes]:
            return self.contents.read(record, data_key, private, start, end)

        return OpenedDocument(
            label=record.label,
            owner=record.owner,
            media_type=private.media_type,
            file_name=private.file_name,
            size_bytes=record.size_bytes,
            read=read,
        )

    def check_again(self, commitment: Digest) -> None:
        """Check a record that is here and was never checked; what does not fit stays unchecked."""
        if self.index.checked(commitment):
            return
        try:
            opened = self._opened(commitment, self.keys.parties())
            if opened is not None:
                self._check_once(*opened, private_part(*opened))
        except CellchainError as error:  # a parcel that fits may take its place
            if unusable(error):
                self.index.note_damaged(commitment, error.code)

    def value(self, commitment: Digest) -> Json:
        """Return a value that this home may open by any of its keys, else ``None``.

        What cannot be used is as if it were closed, and noted as damaged: not what was committed
        to, no canonical JSON, or closed wrongly. One party's error is no other party's trouble.
        """
        try:
            opened = self._opened(commitment, self.keys.parties())
            return None if opened is None else self._value(*opened)
        except (Refused, Corrupt) as error:
            if not unusable(error):
                raise
            self.index.note_damaged(commitment, error.code)
            return None

    def may_open(self, commitments: Sequence[Digest], reader: PartyId | None) -> set[Digest]:
        """Return those of ``commitments`` that `open` would open for ``reader``."""
        held = self.keys.parties()
        readers = [name for name in (PUBLIC, reader) if name is not None and name in held]
        return self.index.opened_by(commitments, readers)

    def grant(self, commitment: Digest, recipient: PartyId) -> None:
        """Let ``recipient`` open a record that this home may open.

        Raises:
            Refused: ``vault.unknown``, ``vault.no_opening_key``.
        """
        opened = self._opened(commitment, self.keys.parties())
        if opened is None:
            raise unknown()
        record, data_key = opened
        wrap = wrap_key(data_key, record.label, self.recipient(recipient))
        self.index.put_wraps([(commitment, wrap)])

    def revoke(self, commitment: Digest, recipient: PartyId) -> None:
        """Let ``recipient`` open a record no longer.

        What it has read it knows. The next version is closed with a new key, for those who are
        recipients then.

        Raises:
            Refused: ``vault.unknown``: it could not; ``vault.owner``: an owner erases instead.
        """
        found = self.index.find(commitment, [recipient])
        if found is None:
            raise unknown()
        if found[0].owner == recipient:
            raise Refused(
                "vault.owner", f"{recipient} owns this", remedy="erase it, or withdraw the document"
            )
        self.index.drop_wrap(commitment, recipient)

    def require_openable(self, commitment: Digest) -> None:
        """Refuse with ``vault.unknown`` what this home can open with none of its keys."""
        if self._opened(commitment, self.keys.parties()) is None:
            raise unknown()

    def read_object(self, address: Address) -> tuple[int, Callable[[int, int], Iterator[bytes]]]:
        """Return the size of a ciphertext and what reads it, for homes that hold wraps of it.

        Raises:
            Refused: ``vault.unknown``.
        """
        size_bytes = self.objects.size_bytes(address) if self.index.names(address) else None
        if size_bytes is None:
            raise unknown()
        return size_bytes, lambda start, end: self.objects.read(address, start, end)

    def sweep(self) -> int:
        """Remove objects that no record names, a day after they were put; return how many."""
        before_ms, removed = self.now_ms() - ORPHAN_LIVES_MS, 0
        for address, put_ms in self.objects.addresses():
            if put_ms < before_ms and not self.index.names(address):
                self.objects.remove(address)
                removed += 1
        return removed

    def too_large(self, size_bytes: int) -> Refused:
        """Return the refusal of a document of ``size_bytes``."""
        allowed = self.limits.document_bytes_max
        return Refused("vault.too_large", f"{size_bytes} bytes; at most {allowed} are kept")

    def unwrapped(self, wrap: Wrap, label: Label) -> bytes | None:
        """Return the data key in a wrap, or ``None`` where no opening key of this home fits it."""
        private_key = self.keys.private_key(wrap.recipient, wrap.epoch)
        if private_key is None:
            return None
        try:
            return unwrap_key(wrap, label, private_key)
        except Refused as refusal:  # one that is broken hides none of the others
            if refusal.code != "envelope.wrong_key":
                raise
            return None

    def _closed(
        self, statement: Statement, authorities: Callable[[], Sequence[PartyId]]
    ) -> tuple[VaultRecord, tuple[Wrap, ...]]:
        label, owner, value = statement.label, statement.owner, statement.value
        check_description(statement.media_type, statement.file_name)
        if len(value) > INLINE_BYTES_MAX:
            raise Refused("vault.too_large", f"a value of {len(value)}; {INLINE_BYTES_MAX} at most")
        data_key = os.urandom(DATA_KEY_BYTES)
        salt = statement.salt or os.urandom(SALT_BYTES_MIN)
        private = Private(
            salt=salt,
            media_type=statement.media_type,
            file_name=statement.file_name,
            value=value,
        )
        commitment = Digest(commit(salt, value).hex())
        record = sealed_record(
            data_key,
            private,
            commitment,
            label,
            owner,
            size_bytes=len(value),
            kept_ms=self.now_ms(),
        )
        closed_for = self._recipients(label, owner, statement.recipients, authorities)
        return record, wraps_for(data_key, label, closed_for)

    def _check_once(self, record: VaultRecord, data_key: bytes, private: Private) -> None:
        if not self.index.checked(record.commitment):
            self.contents.check(record, data_key, private)
            self.index.note_checked(record.commitment)

    def _value(self, record: VaultRecord, data_key: bytes) -> Json:
        private = private_part(record, data_key)
        if private.media_type != JSON or record.address is not None:
            return None
        return decode(b"".join(self.contents.read(record, data_key, private)))

    def _opened(
        self, commitment: Digest, recipients: Collection[str]
    ) -> tuple[VaultRecord, bytes] | None:
        """Return a record and its data key; whatever is in the way, one look-up says it.

        A wrap may be for an epoch whose key is not here: each is tried.
        """
        held = self.keys.parties()
        found = self.index.find(commitment, [name for name in recipients if name in held])
        if found is None:
            return None
        record, wraps = found
        keys = (self.unwrapped(wrap, record.label) for wrap in wraps)
        data_key = next((key for key in keys if key is not None), None)
        return None if data_key is None else (record, data_key)

    def _authorities(self) -> Sequence[PartyId]:
        """Return the authorities for which something can be closed."""
        found = self.members.authorities()
        return [party for party in found if self.members.recipient(party) is not None]

    def _recipients(
        self,
        label: Label,
        owner: PartyId,
        recipients: Collection[PartyId],
        authorities: Callable[[], Sequence[PartyId]],
    ) -> list[Recipient]:
        names = {owner: None} | dict.fromkeys(recipients)
        if label.access_class == "authority":
            names |= dict.fromkeys(authorities())
        if len(names) > self.limits.recipients_max:
            raise Refused("vault.recipients", f"{len(names)}; at most {self.limits.recipients_max}")
        found = [self.recipient(name) for name in names]
        return [*found, self.everybody()] if label.access_class == "public" else found

    def recipient(self, party: PartyId) -> Recipient:
        """Return a party with its opening key.

        Raises:
            Refused: ``vault.no_opening_key``.
        """
        found = self.members.recipient(party)
        if found is None:
            raise Refused(
                "vault.no_opening_key",
                f"{party} has set no opening key, so nothing can be closed for it",
                remedy="in its own home: cellchain vault rotate --as KEY",
            )
        return found

    def everybody(self) -> Recipient:
        """Return the recipient that stands for everybody at this home."""
        if not self.keys.epochs(PUBLIC):
            self.keys.make(PUBLIC, 1)
        epoch = self.keys.epochs(PUBLIC)[-1]
        private_key = self.keys.private_key(PUBLIC, epoch)
        assert private_key is not None
        return Recipient(name=PUBLIC, epoch=epoch, public_key=opening_public_key(private_key))
