"""Contents: what is in a record, read and held against its commitment, in constant memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cellchain.core.errors import Corrupt, Unavailable
from cellchain.crypto.commitment import committing
from cellchain.crypto.stream import open_stream, sealed_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cellchain.services.vault.ports import ObjectSource, ObjectStore
    from cellchain.services.vault.record import Address, Private, VaultRecord


class Contents:
    """The contents of the records of one vault.

    Args:
        objects: Where ciphertexts are.
        source: Other homes, asked for a ciphertext that is not here.
    """

    def __init__(self, objects: ObjectStore, source: ObjectSource | None) -> None:
        self._objects = objects
        self._source = source

    def read(
        self,
        record: VaultRecord,
        data_key: bytes,
        private: Private,
        start: int = 0,
        end: int | None = None,
    ) -> Iterator[bytes]:
        """Yield the content from byte ``start`` to before ``end``; ``None``: to its end.

        Raises:
            Corrupt: ``vault.commitment``: a whole content is another, which its end tells;
                ``vault.private_part``, ``vault.object_missing``, ``vault.object_altered``,
                ``stream.altered``.
            Unavailable: ``vault.not_fetched``, ``vault.objects``, ``disk.…``.
        """
        pieces = self._pieces(record, data_key, private, start, end)
        if start or end is not None:
            yield from pieces
            return
        hasher = committing(private.salt)
        for piece in pieces:
            hasher.update(piece)
            yield piece
        if hasher.hexdigest() != record.commitment:
            raise Corrupt(
                "vault.commitment",
                f"the content of {record.label.record[:80]!a} is not what was committed to",
            )

    def check(self, record: VaultRecord, data_key: bytes, private: Private) -> None:
        """Hold a whole content against its commitment; raises like `read`."""
        for _ in self.read(record, data_key, private):
            pass  # its end tells

    def bring(self, address: Address, size_bytes: int) -> None:
        """Have the ciphertext of a content of that size here.

        Raises:
            Unavailable: ``vault.not_fetched``; Corrupt: ``vault.object_altered``.
        """
        self._fetch(address, size_bytes)
        if self._objects.size_bytes(address) is None:
            raise Unavailable(
                "vault.not_fetched",
                f"the ciphertext {address} is not here, and no other home is configured",
                remedy="name its owner's home in `[vault] homes`",
            )

    def _pieces(
        self, record: VaultRecord, data_key: bytes, private: Private, start: int, end: int | None
    ) -> Iterator[bytes]:
        if private.value is not None:
            return iter((private.value[start:end],))
        address = record.address
        if address is None:
            raise Corrupt("vault.private_part", "a record with neither content nor address")
        self._fetch(address, record.size_bytes)
        return open_stream(
            data_key,
            record.label,
            lambda first, stop: self._objects.read(address, first, stop),
            size_bytes=record.size_bytes,
            start=start,
            end=end,
        )

    def _fetch(self, address: Address, size_bytes: int) -> None:
        """Fetch an object from another home, where one is asked and it is not here."""
        if self._source is None or self._objects.size_bytes(address) is not None:
            return
        fetched = self._objects.put(self._source.fetch(address, size_bytes=sealed_size(size_bytes)))
        if fetched != address:
            self._objects.remove(fetched)
            raise Corrupt("vault.object_altered", f"what was fetched is not {address}")
