"""The port behind which accounts are kept: structs by kind and key, and the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cellchain.services.access.records import Deed, Kept

K = TypeVar("K", bound="Kept")


class Shelf(Protocol):
    """Keeps structs; every call is durable when it returns."""

    def get(self, kind: type[K], key: str) -> K | None:
        """Return what is kept under ``key``, or ``None``."""
        ...

    def put(self, thing: Kept, key: str, *, of: str = "", until_ms: int | None = None) -> None:
        """Keep ``thing`` under ``key``, in place of what was there.

        Args:
            thing: What to keep.
            key: Its name among its kind.
            of: To whom it belongs, so that it is found by `of`.
            until_ms: When it may be thrown away.
        """
        ...

    def add(self, thing: Kept, key: str, *, of: str = "", until_ms: int | None = None) -> bool:
        """Keep ``thing`` unless there is something under ``key``; return whether it was kept."""
        ...

    def change(self, kind: type[K], key: str, change: Callable[[K], K]) -> K | None:
        """Replace what is under ``key`` by what ``change`` makes of it, nobody coming between."""
        ...

    def change_among(
        self, kind: type[K], key: str, of: str, change: Callable[[K, Sequence[K]], K]
    ) -> K | None:
        """Replace what is under ``key``, and belongs to ``of`` with others.

        Args:
            kind: Of what.
            key: Its name.
            of: To whom it belongs.
            change: Makes the new one of the old one and of all that belongs to ``of``, in order
                of keys; nobody comes between.
        """
        ...

    def take(self, kind: type[K], key: str) -> K | None:
        """Return what is under ``key`` and keep it no longer: one of several takers gets it."""
        ...

    def take_all(self, kind: type[K], of: str, *, but: str = "") -> int:
        """Keep no longer what belongs to ``of``; return how much that was.

        Args:
            kind: Of what.
            of: To whom it belongs.
            but: Beginning of the keys of what stays; empty: nothing does.
        """
        ...

    def of(self, kind: type[K], of: str) -> Sequence[K]:
        """Return what belongs to ``of``, in order of keys."""
        ...

    def every(self, kind: type[K]) -> Sequence[K]:
        """Return all of a kind, in order of keys."""
        ...

    def forget_ended(self, now_ms: int) -> int:
        """Throw away what has ended; return how much."""
        ...

    def note(self, deed: Deed) -> None:
        """Append to the audit; nothing in it is ever changed."""
        ...

    def deeds(self, party: str, *, before: int | None, limit: int) -> Sequence[tuple[int, Deed]]:
        """Return entries of the audit with their numbers, newest first; all for ``""``."""
        ...
