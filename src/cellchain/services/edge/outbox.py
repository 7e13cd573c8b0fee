"""The port to a device's outbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """One bundle of a stream and what became of it."""

    first: int
    last: int
    digest: str
    """SHA-256 of the signed bundle in hexadecimal."""
    signed: bytes | None
    """The signed bundle, until its receipt is there."""
    receipt: bytes | None
    """The gateway's signed receipt."""


class Outbox(Protocol):
    """Keeps bundles until they are acknowledged. Every change is on the disk when it returns."""

    def put(self, device: str, boot: str, first: int, last: int, signed: bytes) -> None:
        """Keep a bundle; one with the same beginning is not replaced.

        Raises:
            Refused: ``edge.exists``.
            Unavailable: ``disk.…``.
        """
        ...

    def next_sequence(self, device: str, boot: str) -> int:
        """Return the number of the next reading, from 1."""
        ...

    def waiting(self, device: str, boot: str) -> Sequence[OutboxEntry]:
        """Return the bundles without a receipt, oldest first."""
        ...

    def acknowledge(self, device: str, boot: str, first: int, receipt: bytes) -> None:
        """Keep the receipt in place of the bundle."""
        ...

    def entries(self, device: str, boot: str) -> Sequence[OutboxEntry]:
        """Return every bundle, in order."""
        ...
