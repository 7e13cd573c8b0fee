"""The port behind which the files of the lab lie, and its questions run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cellchain.services.lab.shown import Shown


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run is."""

    title: str
    done: int
    total: int | None = None


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Why a run has no answer."""

    code: str
    text: str
    remedy: str = ""


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a run."""

    lines: tuple[str, ...] = ()
    """What it says to people."""
    value: dict[str, Any] = {}
    """The same to programs."""
    notes: tuple[str, ...] = ()
    fault: Fault | None = None
    cancelled: bool = False


class Bench(Protocol):
    """Keeps files, and runs questions in folders of their own; names come from the caller."""

    def keep(self, file: str, data: bytes) -> None:
        """Keep a file.

        Raises:
            Unavailable: ``disk.…``.
        """
        ...

    def drop(self, file: str) -> None:
        """Keep a file no longer."""
        ...

    def run(
        self,
        run: str,
        given: Mapping[str, str],
        arguments: Sequence[str],
        *,
        told: Callable[[Step], None],
        stopped: Callable[[], bool],
    ) -> Ending:
        """Run a command line in a folder of its own, until it ends or is ``stopped``.

        Args:
            run: Its name.
            given: Name in the folder → the file that is put there before.
            arguments: What is asked.
            told: Hears how far it is.
            stopped: Asked now and then.
        """
        ...

    def made(self, run: str) -> Mapping[str, int]:
        """Return the files that a run has made, with their sizes in bytes."""
        ...

    def read(self, run: str, name: str) -> bytes:
        """Return a file that a run has made."""
        ...

    def shown(self, run: str) -> Shown:
        """Return the beginning of the table that an answer consists of.

        Raises:
            Refused: ``lab.no_table``: there is none.
        """
        ...

    def forget(self, run: str) -> None:
        """Throw away what a run has made."""
        ...
