"""Uploads: a document arrives in pieces, over minutes or days, and is kept when it is whole.

A piece counts from the moment its offset comes back; whoever was cut off asks for the offset and
goes on from there. Nothing of it is readable by anyone before it is finished.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from cellchain.core.errors import Refused
from cellchain.services.vault.ports import Upload
from cellchain.services.vault.record import check_description

if TYPE_CHECKING:
    from collections.abc import Collection

    from cellchain.core.names import PartyId
    from cellchain.crypto.envelope import Label
    from cellchain.services.vault.ports import UploadStore
    from cellchain.services.vault.record import Kept
    from cellchain.services.vault.vault import Vault


class Uploads:
    """Takes in documents piece by piece.

    Args:
        vault: Keeps them.
        store: Where pieces wait.
    """

    def __init__(self, vault: Vault, store: UploadStore) -> None:
        self._vault = vault
        self._store = store

    def begin(self, owner: PartyId, *, size: int, media_type: str, file_name: str) -> str:
        """Begin an upload of ``size`` bytes; return its id.

        Raises:
            Refused: ``vault.too_large``, ``vault.media_type``, ``vault.file_name``;
                ``vault.quota``: too many, or too large together, are unfinished.
        """
        check_description(media_type, file_name)
        limits, now_ms = self._vault.limits, self._vault.now_ms()
        if not 0 <= size <= limits.document_bytes_max:
            raise self._vault.too_large(size)
        self.expire()
        waiting = [upload for upload in self._store.all() if upload.owner == owner]
        announced = sum(upload.size_bytes for upload in waiting) + size
        if len(waiting) >= limits.uploads_max or announced > limits.upload_bytes_max:
            raise Refused(
                "vault.quota",
                f"{owner} has {len(waiting)} unfinished uploads; at most {limits.uploads_max} of "
                f"{limits.upload_bytes_max} bytes together",
                remedy="finish one, or wait a day",
            )
        upload = Upload(
            upload=secrets.token_urlsafe(24),
            owner=owner,
            size_bytes=size,
            media_type=media_type,
            file_name=file_name,
            offset=0,
            touched_ms=now_ms,
        )
        self._store.create(upload)
        return upload.upload

    def offset(self, owner: PartyId, upload: str) -> int:
        """Return how many bytes have arrived, where the next piece belongs.

        Raises:
            Refused: ``vault.unknown``: none of that id, expired, or somebody else's.
        """
        return self._own(owner, upload).offset

    def append(self, owner: PartyId, upload: str, offset: int, piece: bytes) -> int:
        """Add ``piece`` at ``offset``; return the offset after it.

        Raises:
            Refused: ``vault.unknown``; ``vault.offset``: not where it goes on; ``vault.too_large``:
                more than was announced, or a piece of more than 16 MiB.
        """
        found = self._own(owner, upload)
        if offset != found.offset:
            raise Refused("vault.offset", f"at {offset}; this upload goes on at {found.offset}")
        if offset + len(piece) > found.size_bytes:
            raise Refused(
                "vault.too_large", f"{offset + len(piece)} bytes; {found.size_bytes} were announced"
            )
        if len(piece) > self._vault.limits.piece_bytes_max:
            allowed = self._vault.limits.piece_bytes_max
            raise Refused("vault.too_large", f"a piece of {len(piece)} bytes; at most {allowed}")
        return self._store.append(found, piece, self._vault.now_ms())

    def finish(
        self, owner: PartyId, upload: str, label: Label, recipients: Collection[PartyId]
    ) -> Kept:
        """Keep what arrived, as `Vault.keep` does; the upload is gone then.

        Raises:
            Refused: ``vault.unknown``; ``vault.unfinished``: fewer bytes than announced; and the
                codes of `Vault.keep`, after which the upload is still there.
        """
        found = self._own(owner, upload)
        if found.offset != found.size_bytes:
            raise Refused(
                "vault.unfinished", f"{found.offset} of {found.size_bytes} bytes have arrived"
            )
        kept = self._vault.keep(
            self._store.read(found),
            label,
            owner=owner,
            recipients=recipients,
            media_type=found.media_type,
            file_name=found.file_name,
        )
        self._store.remove(upload)
        return kept

    def drop(self, owner: PartyId, upload: str) -> None:
        """Destroy an unfinished upload."""
        self._store.remove(self._own(owner, upload).upload)

    def expire(self) -> int:
        """Destroy uploads that nobody has added to for a day; return how many."""
        late = [upload for upload in self._store.all() if self._is_late(upload)]
        for upload in late:
            self._store.remove(upload.upload)
        return len(late)

    def _own(self, owner: PartyId, upload: str) -> Upload:
        found = self._store.find(upload)
        if found is None or found.owner != owner or self._is_late(found):
            raise Refused("vault.unknown", "there is no such upload", remedy="begin another")
        return found

    def _is_late(self, upload: Upload) -> bool:
        return upload.touched_ms + self._vault.limits.upload_lives_ms < self._vault.now_ms()
